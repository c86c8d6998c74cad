import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from '../errors.ts';
import { pollersMissing } from '../local/doctor-temporal.ts';
import type { StackAddresses } from '../local/stack-types.ts';
import { lastWords } from './last-words.ts';
import type { LogMarks } from './last-words.ts';

const LIMIT_MS = 30_000;
const MOST_FAILURES = 3;

/** "Up" means that somebody answers: waits until both queues are polled. */
export async function waitForWorkers(
  addresses: StackAddresses,
  env: NodeJS.ProcessEnv,
  prefix: string,
  signal: AbortSignal,
  since: LogMarks = { control: 0, data: 0 },
): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  let failures = 0;
  for (;;) {
    signal.throwIfAborted();
    const missing = await pollersMissing(addresses, env, prefix).catch((error: unknown) => {
      failures += 1;
      if (failures < MOST_FAILURES) return null;
      throw unavailable(
        `Temporal at ${addresses.temporalAddress} went away while the workers were starting`,
        error,
      );
    });
    if (missing === null) continue;
    if (missing.length === 0) return;
    if (Date.now() > deadline) {
      const planes = (['control', 'data'] as const).filter((plane) =>
        missing.includes(`${prefix}-${plane === 'control' ? 'control' : 'executions'}`),
      );
      const words = planes.map((plane) => lastWords(addresses.stateDir, plane, since)).join('');
      throw unavailable(
        `no worker polls ${missing.join(' and ')} after ${LIMIT_MS / 1000} s; see the logs in ${addresses.stateDir}${words}`,
      );
    }
    await sleep(100);
  }
}
