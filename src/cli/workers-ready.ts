import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from '../errors.ts';
import { pollersMissing } from '../local/doctor-temporal.ts';
import type { StackAddresses } from '../local/stack-types.ts';

const LIMIT_MS = 30_000;

/** "Up" means that somebody answers: waits until both queues are polled. */
export async function waitForWorkers(
  addresses: StackAddresses,
  env: NodeJS.ProcessEnv,
  prefix: string,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    signal.throwIfAborted();
    const missing = await pollersMissing(addresses, env, prefix);
    if (missing.length === 0) return;
    if (Date.now() > deadline) {
      throw unavailable(
        `no worker polls ${missing.join(' and ')} after ${LIMIT_MS / 1000} s; see the logs in ${addresses.stateDir}`,
      );
    }
    await sleep(100);
  }
}
