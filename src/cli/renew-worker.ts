import { setTimeout as sleep } from 'node:timers/promises';
import { createPool, orUnavailable } from '../db/pool.ts';
import { readWorkerConfigs } from '../db/worker-configs.ts';
import { unavailable } from '../errors.ts';
import { findStack, stopStack } from '../local/find-stack.ts';
import { stackProcessesOf } from '../local/stack-processes.ts';
import type { StackHandle } from '../local/stack-types.ts';
import { configHash } from '../settings/config-hash.ts';
import { workerName } from '../temporal/report-config.ts';
import { taskQueuePrefix } from './context.ts';
import type { CliContext } from './context.ts';
import { say } from './output.ts';
import { lastWords, markLogs } from './last-words.ts';

const LIMIT_MS = 30_000;

/** A running stack whose worker was given another file cannot be told so: it is stopped, and the caller starts it again. */
export async function endOtherConfig(context: CliContext, dataArgv: readonly string[]): Promise<void> {
  if ((await findStack(context.stateDir)) === null) return;
  const running = stackProcessesOf(context.stateDir).find(({ name }) => name === 'data');
  // the program itself may stand elsewhere by now; what it is told is what counts
  const told = (argv: readonly string[]): string => JSON.stringify(argv.slice(2));
  if (running === undefined || told(running.argv) === told(dataArgv)) return;
  say(context, 'the running stack has another config file; it is started again');
  await stopStack(context.stateDir, (message) => say(context, message));
}

/** Ends a data worker that has loaded an older version of the config file: the supervisor starts it again. */
export async function renewDataWorker(context: CliContext, stack: StackHandle): Promise<void> {
  const pid = stack.pids().find(({ name }) => name === 'data')?.pid;
  if (pid === undefined) return;
  const hash = configHash(context.configPath);
  const prefix = taskQueuePrefix(context.env);
  const pool = createPool(stack.addresses.databaseUrl, { plane: 'client', max: 1 });
  try {
    const workers = () => orUnavailable(() => readWorkerConfigs(pool, prefix));
    const old = (await workers()).find(({ worker }) => worker === workerName(pid));
    if (old === undefined || old.configHash === hash) return;
    say(context, 'victor.config has changed; the data worker is started again');
    const marks = markLogs(context.stateDir);
    process.kill(pid, 'SIGTERM');
    const deadline = Date.now() + LIMIT_MS;
    while (!(await workers()).some((one) => one.worker !== old.worker && one.configHash === hash)) {
      context.signal.throwIfAborted();
      if (Date.now() > deadline) {
        throw unavailable(
          `the data worker does not start with the changed ${context.configPath ?? 'settings'}${lastWords(context.stateDir, 'data', marks)}`,
        );
      }
      await sleep(200);
    }
  } finally {
    await pool.end();
  }
}
