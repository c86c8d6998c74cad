import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitForWorkers } from '../src/cli/workers-ready.ts';
import { startStack } from '../src/local/stack.ts';
import type { StackHandle } from '../src/local/stack-types.ts';
import { packageRoot } from '../src/package-root.ts';

export const TASK_QUEUE_PREFIX = 'bench';

const dist = (...names: readonly string[]): string => join(packageRoot(), 'dist', ...names);
const MAIN = dist('src', 'cli', 'main.js');
const HANDLERS = dist('bench', 'handlers.config.js');

export interface TimedStack {
  readonly stack: StackHandle;
  readonly env: NodeJS.ProcessEnv;
  readonly serversSeconds: number;
  readonly workersSeconds: number;
}

/** A throw-away stack with both workers, as `victor up` starts them; never the user's own servers. */
export async function startBenchStack(signal: AbortSignal, say: (line: string) => void): Promise<TimedStack> {
  const {
    DATABASE_URL: _database,
    TEMPORAL_ADDRESS: _address,
    TEMPORAL_NAMESPACE: _namespace,
    ...rest
  } = process.env;
  const env = { ...rest, VICTOR_TASK_QUEUE_PREFIX: TASK_QUEUE_PREFIX };
  const worker = (plane: 'control' | 'data', ...args: readonly string[]) => ({
    name: plane,
    argv: [process.execPath, ...args.slice(0, 1), MAIN, 'worker', `--${plane}`, ...args.slice(1)],
  });
  const beganAt = performance.now();
  const stack = await startStack({
    stateDir: mkdtempSync(join(tmpdir(), 'victor-bench-')),
    ephemeral: true,
    env,
    say,
    prepare: [process.execPath, MAIN, 'migrate', '--quiet'],
    processes: [worker('control'), worker('data', '--enable-source-maps', '--config', HANDLERS)],
  });
  const serversAt = performance.now();
  try {
    await waitForWorkers(stack.addresses, env, TASK_QUEUE_PREFIX, signal);
  } catch (error) {
    await stack.stop();
    throw error;
  }
  return {
    stack,
    env,
    serversSeconds: (serversAt - beganAt) / 1000,
    workersSeconds: (performance.now() - serversAt) / 1000,
  };
}
