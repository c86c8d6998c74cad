import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { anythingAlive, endEverything } from './leftovers.ts';
import { isAlive } from './process-identity.ts';
import { withLock } from './lock-file.ts';
import { readState } from './stack-state.ts';
import type { NamedPid, StackAddresses } from './stack-types.ts';

/** The longest start: a Temporal built from source. */
export const START_LIMIT_MS = 1_500_000;

export interface FoundStack extends StackAddresses {
  readonly pids: readonly NamedPid[];
}

/** The supervisor itself is among them, so that a person can look at it. */
export function readPids(stateDir: string): readonly NamedPid[] {
  const state = readState(stateDir);
  if (state === null || !isAlive(state.supervisor)) return [];
  const children = state.processes.map(({ name, pid }) => ({ name, pid }));
  return [{ name: 'supervisor', pid: state.supervisor.pid }, ...children];
}

/**
 * The stack that runs in that directory; null when none does, whatever an old file says.
 *
 * @example
 * ```ts
 * import { findStack } from 'victor-experiments';
 *
 * const stack = await findStack('.victor');
 * console.log(stack === null ? 'no stack runs' : stack.webUiUrl);
 * ```
 */
export async function findStack(stateDir: string): Promise<FoundStack | null> {
  const directory = resolve(stateDir);
  const state = readState(directory);
  if (state === null || state.phase !== 'running' || state.addresses === null) return null;
  if (!isAlive(state.supervisor)) return null;
  return { ...state.addresses, pids: readPids(directory) };
}

/**
 * False when nothing was running.
 *
 * @example
 * ```ts
 * import { stopStack } from 'victor-experiments';
 *
 * const stopped = await stopStack('.victor', console.error);
 * console.log(stopped ? 'stopped' : 'nothing ran');
 * ```
 */
export async function stopStack(stateDir: string, say: (message: string) => void): Promise<boolean> {
  const directory = resolve(stateDir);
  if (!existsSync(directory)) return false;
  const onWait = (pid: number): void => say(`process ${pid} is starting this stack; waiting for it`);
  return withLock(join(directory, 'up.lock'), { timeoutMs: START_LIMIT_MS, onWait }, async () => {
    const state = readState(directory);
    if (state === null || !anythingAlive(state)) return false;
    say('stopping the local stack');
    await endEverything(state);
    return true;
  });
}
