import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from '../errors.ts';
import { pollersMissing } from '../local/doctor-temporal.ts';
import type { StackAddresses } from '../local/stack-types.ts';

const LIMIT_MS = 30_000;
const MOST_FAILURES = 3;

/** The end of what the workers wrote: most often it names the fault. */
export function lastWords(stateDir: string): string {
  const lines = ['control', 'data'].flatMap((name) => {
    const path = join(stateDir, `${name}.log`);
    const last = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n').at(-1) : undefined;
    return last === undefined || last === '' ? [] : [`${name}: ${last.slice(0, 500)}`];
  });
  return lines.length === 0 ? '' : ` (${lines.join('; ')})`;
}

/** "Up" means that somebody answers: waits until both queues are polled. */
export async function waitForWorkers(
  addresses: StackAddresses,
  env: NodeJS.ProcessEnv,
  prefix: string,
  signal: AbortSignal,
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
      throw unavailable(
        `no worker polls ${missing.join(' and ')} after ${LIMIT_MS / 1000} s; see the logs in ${addresses.stateDir}${lastWords(addresses.stateDir)}`,
      );
    }
    await sleep(100);
  }
}
