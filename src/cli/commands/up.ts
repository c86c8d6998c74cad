import type { Command } from 'commander';
import { startStack } from '../../local/stack.ts';
import type { StackOptions } from '../../local/stack-types.ts';
import { taskQueuePrefix } from '../context.ts';
import { assertConfigLoads } from '../config-loads.ts';
import { markLogs } from '../last-words.ts';
import { print, say } from '../output.ts';
import { contextOf, newCommand } from '../program.ts';
import type { Invocation } from '../program.ts';
import { slowly } from '../progress.ts';
import { endOtherConfig, renewDataWorker } from '../renew-worker.ts';
import { waitForWorkers } from '../workers-ready.ts';
import { workerArgv } from './worker.ts';

/** Migration and both workers, as the supervisor starts them. */
export const stackProcesses = (
  configPath: string | null,
  env: Readonly<Record<string, string>> = {},
): Pick<StackOptions, 'prepare' | 'processes'> => ({
  prepare: [process.execPath, process.argv[1] ?? '', 'migrate', '--quiet'],
  processes: [
    { name: 'control', argv: workerArgv('control', null), env },
    { name: 'data', argv: workerArgv('data', configPath), env },
  ],
});

export function upCommand({ signal }: Invocation): Command {
  const command = newCommand('up', 'start (or find) Temporal, Postgres and the workers on this computer');
  return command.action(async () => {
    const context = contextOf(command, signal);
    await assertConfigLoads(context);
    const marks = markLogs(context.stateDir);
    await endOtherConfig(context, workerArgv('data', context.configPath));
    const starting = startStack({
      stateDir: context.stateDir,
      ephemeral: false,
      env: context.env,
      say: (message) => say(context, message),
      ...stackProcesses(context.configPath),
    });
    const stack = await slowly(context, 'Start Temporal and Postgres', starting);
    const prefix = taskQueuePrefix(context.env);
    const ready = waitForWorkers(stack.addresses, context.env, prefix, signal, marks);
    await slowly(context, 'Wait for the workers', ready);
    await renewDataWorker(context, stack);
    const { addresses } = stack;
    print(
      context,
      { ...addresses, pids: Object.fromEntries(stack.pids().map(({ name, pid }) => [name, pid])) },
      () =>
        [
          `Temporal   ${addresses.temporalAddress}  (namespace ${addresses.temporalNamespace})`,
          ...(addresses.webUiUrl === null ? [] : [`Web UI     ${addresses.webUiUrl}`]),
          `Postgres   ${addresses.databaseUrl}`,
          `State      ${addresses.stateDir}   (stop with \`victor down\`)`,
        ].join('\n'),
    );
  });
}
