import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { inject } from 'vitest';
import { waitForWorkers } from '../../src/cli/workers-ready.ts';
import type { StackAddresses } from '../../src/local/stack-types.ts';
import { openVictor } from '../../src/operations/victor.ts';
import type { Victor } from '../../src/operations/victor.ts';
import { packageRoot } from '../../src/package-root.ts';
import { cloneDatabase } from './database.ts';

export const MAIN = join(packageRoot(), 'dist', 'src', 'cli', 'main.js');
/** Handlers of the tests: test/support/handlers.config.ts. */
export const HANDLERS = join(packageRoot(), 'test', 'support', 'handlers.config.ts');

export interface TestPlanes {
  readonly addresses: StackAddresses;
  readonly prefix: string;
  /** Environment of commands and further workers. */
  readonly env: NodeJS.ProcessEnv;
  readonly victor: Victor;
  readonly start: (plane: 'control' | 'data') => ChildProcess;
  /** The living worker processes, by plane, the oldest first. */
  readonly processes: { readonly control: ChildProcess[]; readonly data: ChildProcess[] };
  readonly stop: () => Promise<void>;
}

/** Both workers as processes of the built product, on the shared server, with a database and queues of their own. */
export async function startPlanes(
  options: {
    readonly addresses?: StackAddresses;
    readonly databaseUrl?: string;
    /** The victor.config of the data worker. */
    readonly handlers?: string;
    /** More for the environment of commands and workers. */
    readonly env?: NodeJS.ProcessEnv;
    /** Of the task queues; default: a random one. */
    readonly prefix?: string;
  } = {},
): Promise<TestPlanes> {
  const database = options.databaseUrl === undefined ? await cloneDatabase() : null;
  const shared = options.addresses ?? inject('stack');
  const addresses = { ...shared, databaseUrl: options.databaseUrl ?? database?.url ?? '' };
  const prefix = options.prefix ?? `test-${randomBytes(4).toString('hex')}`;
  const env = {
    ...process.env,
    DATABASE_URL: addresses.databaseUrl,
    TEMPORAL_ADDRESS: addresses.temporalAddress,
    TEMPORAL_NAMESPACE: addresses.temporalNamespace,
    VICTOR_TASK_QUEUE_PREFIX: prefix,
    ...options.env,
    VICTOR_LOG_LEVEL: process.env['VICTOR_LOG_LEVEL'] ?? 'error',
  };
  const processes: TestPlanes['processes'] = { control: [], data: [] };
  const start = (plane: 'control' | 'data'): ChildProcess => {
    const config = plane === 'data' ? ['--config', options.handlers ?? HANDLERS] : [];
    const child = spawn(process.execPath, [MAIN, 'worker', `--${plane}`, ...config], {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    processes[plane].push(child);
    child.once('exit', () => processes[plane].splice(processes[plane].indexOf(child), 1));
    return child;
  };
  start('control');
  start('data');
  try {
    await waitForWorkers(addresses, env, prefix, AbortSignal.timeout(40_000));
  } catch (error) {
    await Promise.all([...processes.control, ...processes.data].map(endChild));
    await database?.drop();
    throw error;
  }
  const victor = openVictor({ ...addresses, taskQueuePrefix: prefix, env });
  return {
    addresses,
    prefix,
    env,
    victor,
    start,
    processes,
    stop: async () => {
      await victor.close();
      await Promise.all([...processes.control, ...processes.data].map(endChild));
      await database?.drop();
    },
  };
}

async function endChild(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 8000);
  await gone;
  clearTimeout(timer);
}

/** Asks again until the answer is not null; fails with what was awaited. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null> | T | null,
  limitMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not after ${limitMs} ms`);
    await new Promise((done) => setTimeout(done, 100));
  }
}
