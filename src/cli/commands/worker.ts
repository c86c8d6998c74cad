import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { invalidInput } from '../../errors.ts';
import { createLogger } from '../../log.ts';
import { experimentDefaults, meterFlush, findAddresses, taskQueuePrefix } from '../context.ts';
import type { CliContext } from '../context.ts';
import { contextOf, newCommand } from '../program.ts';
import type { Invocation } from '../program.ts';

interface Options {
  readonly control?: boolean;
  readonly data?: boolean;
}

/** The arguments that make this program a worker. */
export const workerArgv = (plane: 'control' | 'data', configPath: string | null): readonly string[] => [
  process.execPath,
  process.argv[1] ?? '',
  'worker',
  `--${plane}`,
  ...(plane === 'data' && configPath !== null ? ['--config', configPath] : []),
];

const STUCK = 70;

export function workerCommand({ signal }: Invocation): Command {
  const command = newCommand(
    'worker',
    'serve experiments (--control) or executions (--data); without either: both',
  )
    .option('--control', 'only the control plane')
    .option('--data', 'only the data plane, which loads victor.config');
  return command.action(async (options: Options) => {
    const context = contextOf(command, signal);
    if (options.control === true && options.data === true) {
      throw invalidInput('--control and --data are two processes; give one of them, or neither for both');
    }
    const { configPath } = context;
    if (options.control === true) await serve('control', context, null);
    else if (options.data === true) await serve('data', context, configPath);
    else await serveBoth(configPath, context.env);
  });
}

async function serve(
  plane: 'control' | 'data',
  context: CliContext,
  configPath: string | null,
): Promise<void> {
  const { env } = context;
  const log = createLogger(`victor-${plane}`, context.settings.logLevel.value ?? 'warn');
  // a promise that a user's handler has forgotten must not cost the other executions their worker
  if (plane === 'data')
    process.on('unhandledRejection', (error) => log.error({ error }, 'unhandled rejection'));
  // the worker's library is large, and only workers need it
  const { runWorker } = await import('../../temporal/worker.ts');
  await runWorker(plane, {
    ...(await findAddresses(context)),
    env,
    taskQueuePrefix: taskQueuePrefix(env),
    experimentDefaults: experimentDefaults(context.settings),
    meterFlush: meterFlush(context.settings),
    configPath,
    log,
    onStuck: () => process.exit(STUCK),
  });
}

/** Each plane has a process of its own; the end of one ends the other. */
async function serveBoth(configPath: string | null, env: NodeJS.ProcessEnv): Promise<void> {
  const children = (['control', 'data'] as const).map((plane) => {
    const [file = '', ...args] = workerArgv(plane, configPath);
    return spawn(file, args, { env, stdio: 'inherit' });
  });
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => children.forEach((child) => child.kill(name)));
  }
  await Promise.all(
    children.map(
      (child) =>
        new Promise<void>((done, fail) => {
          child.once('error', fail);
          child.once('exit', (code) => {
            children.forEach((other) => other.kill('SIGTERM'));
            if (code !== null && code !== 0) process.exitCode = code;
            done();
          });
        }),
    ),
  );
}
