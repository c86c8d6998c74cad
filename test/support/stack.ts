import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '../../src/local/stack.ts';
import type { StackHandle, StackOptions } from '../../src/local/stack-types.ts';

export interface TestStackOptions {
  readonly dynamicConfig?: StackOptions['dynamicConfig'];
  /** Temporal then survives `kill -9` and is started again; in memory its death ends the stack. */
  readonly persistentTemporal?: boolean;
  readonly processes?: StackOptions['processes'];
  readonly prepare?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Servers of the tests' own (or those that DATABASE_URL and TEMPORAL_ADDRESS name), gone when the tests are. */
export async function startTestStack(options: TestStackOptions = {}): Promise<StackHandle> {
  const stateDir = mkdtempSync(join(tmpdir(), 'victor-test-'));
  return startStack({
    stateDir,
    ephemeral: true,
    env: options.env ?? process.env,
    say: (message) => console.error(message),
    processes: options.processes ?? [],
    ...(options.prepare === undefined ? {} : { prepare: options.prepare }),
    ...(options.dynamicConfig === undefined ? {} : { dynamicConfig: options.dynamicConfig }),
    ...(options.persistentTemporal === true ? { temporalDbFile: join(stateDir, 'temporal.db') } : {}),
  });
}
