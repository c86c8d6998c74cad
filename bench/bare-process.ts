import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { NamedPid, StackAddresses } from '../src/local/stack-types.ts';

const WORKER = fileURLToPath(import.meta.resolve('./bare-worker.js'));
const KILL_AFTER_MS = 8000;

export interface BareProcess {
  readonly pid: NamedPid;
  readonly ended: Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/** Resolves when the worker polls. */
export async function startBareProcess(addresses: StackAddresses, taskQueue: string): Promise<BareProcess> {
  const child = fork(WORKER, [addresses.temporalAddress, addresses.temporalNamespace, taskQueue], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const failed = ended.then(() => {
    throw new Error('the bare worker does not start');
  });
  await Promise.race([once(child, 'message'), failed]);
  return {
    pid: { name: 'bare', pid: child.pid ?? 0 },
    ended,
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
