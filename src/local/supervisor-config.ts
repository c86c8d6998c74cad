import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from './atomic-file.ts';
import type { DynamicConfig, ManagedProcess, StackAddresses } from './stack-types.ts';

/** What the starter hands to the supervisor. Addresses of servers of the user's own travel in the environment. */
export interface SupervisorConfig {
  readonly ephemeral: boolean;
  readonly processes: readonly ManagedProcess[];
  readonly prepare: readonly string[] | null;
  readonly dynamicConfig: DynamicConfig;
  /** Null: in memory. */
  readonly temporalDbFile: string | null;
  /** Null: the environment names a server. */
  readonly temporalBinary: string | null;
}

/** What the supervisor tells the starter, for as long as that listens. */
export type SupervisorMessage =
  | { readonly kind: 'say'; readonly message: string }
  | { readonly kind: 'ready'; readonly addresses: StackAddresses }
  | { readonly kind: 'failed'; readonly message: string };

const configPath = (stateDir: string): string => join(stateDir, 'supervisor.json');

export function writeConfig(stateDir: string, config: SupervisorConfig): void {
  writeAtomically(configPath(stateDir), JSON.stringify(config));
}

export function readConfig(stateDir: string): SupervisorConfig {
  return JSON.parse(readFileSync(configPath(stateDir), 'utf8')) as SupervisorConfig;
}
