import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from './atomic-file.ts';
import type { ProcessIdentity } from './process-identity.ts';
import type { StackAddresses } from './stack-types.ts';

interface NamedProcess extends ProcessIdentity {
  readonly name: string;
}

export interface StackPorts {
  readonly temporal?: number;
  readonly webUi?: number;
  readonly postgres?: number;
}

/** `stack.json`. It stays after a stop, so that the next start can take the same ports. */
export interface StackState {
  readonly phase: 'starting' | 'running' | 'stopped';
  readonly ephemeral: boolean;
  readonly supervisor: ProcessIdentity;
  readonly processes: readonly NamedProcess[];
  readonly ports: StackPorts;
  readonly addresses: StackAddresses | null;
}

const statePath = (stateDir: string): string => join(stateDir, 'stack.json');

/** Null for no file and for one that is not ours: both mean that nothing is known to run. */
export function readState(stateDir: string): StackState | null {
  try {
    const state = JSON.parse(readFileSync(statePath(stateDir), 'utf8')) as StackState;
    return typeof state.supervisor?.pid === 'number' && Array.isArray(state.processes) ? state : null;
  } catch {
    return null;
  }
}

export function writeState(stateDir: string, state: StackState): void {
  writeAtomically(statePath(stateDir), `${JSON.stringify(state, null, 2)}\n`);
}
