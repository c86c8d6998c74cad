import { resolve } from 'node:path';
import { anythingAlive, endEverything } from './leftovers.ts';
import { isAlive } from './process-identity.ts';
import { readState } from './stack-state.ts';
import type { NamedPid, StackAddresses } from './stack-types.ts';

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

/** The stack that runs in that directory; null when none does, whatever an old file says. */
export async function findStack(stateDir: string): Promise<FoundStack | null> {
  const directory = resolve(stateDir);
  const state = readState(directory);
  if (state === null || state.phase !== 'running' || state.addresses === null) return null;
  if (!isAlive(state.supervisor)) return null;
  return { ...state.addresses, pids: readPids(directory) };
}

/** False when nothing was running. */
export async function stopStack(stateDir: string, say: (message: string) => void): Promise<boolean> {
  const state = readState(resolve(stateDir));
  if (state === null || !anythingAlive(state)) return false;
  say('stopping the local stack');
  await endEverything(state);
  return true;
}
