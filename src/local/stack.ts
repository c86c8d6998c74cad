import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { invalidInput } from '../errors.ts';
import { START_LIMIT_MS, findStack, readPids, stopStack } from './find-stack.ts';
import { launchSupervisor } from './launch-supervisor.ts';
import { anythingAlive, endEverything } from './leftovers.ts';
import { withLock } from './lock-file.ts';
import { outsideHome } from './postgres-home.ts';
import { readState } from './stack-state.ts';
import type { StackAddresses, StackHandle, StackOptions } from './stack-types.ts';
import { writeConfig } from './supervisor-config.ts';
import { configuredTemporal } from './temporal-address.ts';
import { ensureTemporalBinary } from './temporal-binary.ts';
import { temporalDbFile } from './temporal-db.ts';

async function configure(stateDir: string, options: StackOptions): Promise<void> {
  const own = configuredTemporal(options.env) === null;
  const dbFile = options.temporalDbFile ?? (options.ephemeral ? null : temporalDbFile(stateDir));
  writeConfig(stateDir, {
    ephemeral: options.ephemeral,
    processes: options.processes,
    prepare: options.prepare ?? null,
    dynamicConfig: options.dynamicConfig ?? {},
    temporalDbFile: dbFile,
    temporalBinary: own ? await ensureTemporalBinary(options.env, options.say) : null,
  });
}

/** After a supervisor that was killed: the processes and folders that it could not take along. */
async function sweep(stateDir: string): Promise<void> {
  const state = readState(stateDir);
  if (state !== null) await endEverything(state);
  const outside = outsideHome(stateDir);
  for (const folder of [outside, stateDir]) {
    if (folder !== null) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function startEphemeral(stateDir: string, options: StackOptions): Promise<StackHandle> {
  if (readdirSync(stateDir).length > 0) {
    throw invalidInput(`${stateDir} is not empty; a throw-away stack needs a directory of its own`);
  }
  // Postgres, which may run as another user, has to pass through; the files in it stay private
  chmodSync(stateDir, 0o711);
  try {
    await configure(stateDir, options);
    const { addresses, child, ended } = await launchSupervisor(stateDir, options);
    let asked = false;
    const swept = ended.then(async (reason) => {
      await sweep(stateDir);
      return asked ? null : reason;
    });
    return {
      addresses,
      pids: () => readPids(stateDir),
      ended: swept,
      stop: async () => {
        asked = true;
        child.ref();
        child.stdin?.end();
        await swept;
      },
    };
  } catch (error) {
    await sweep(stateDir);
    throw error;
  }
}

function lastingHandle(stateDir: string, addresses: StackAddresses, say: StackOptions['say']): StackHandle {
  return {
    addresses,
    pids: () => readPids(stateDir),
    ended: new Promise(() => undefined),
    stop: async () => {
      await stopStack(stateDir, say);
    },
  };
}

async function startLasting(stateDir: string, options: StackOptions): Promise<StackHandle> {
  const found = await findStack(stateDir);
  if (found !== null) {
    const { pids: _pids, ...addresses } = found;
    return lastingHandle(stateDir, addresses, options.say);
  }
  const state = readState(stateDir);
  if (state !== null && anythingAlive(state)) {
    options.say('ending what a previous stack has left running');
    await endEverything(state);
  }
  await configure(stateDir, options);
  const { addresses } = await launchSupervisor(stateDir, options);
  return lastingHandle(stateDir, addresses, options.say);
}

/**
 * Starts Temporal, Postgres and the processes, or finds the lasting stack that already runs in that directory. A
 * throw-away stack ends with its owner, however that dies.
 *
 * @example
 * ```ts
 * import { startStack } from 'victor-experiments';
 *
 * const stack = await startStack({
 *   stateDir: 'throw-away',
 *   ephemeral: true,
 *   env: process.env,
 *   say: console.error,
 *   processes: [],
 * });
 * console.log(stack.addresses.temporalAddress);
 * await stack.stop();
 * ```
 */
export async function startStack(options: StackOptions): Promise<StackHandle> {
  const stateDir = resolve(options.stateDir);
  mkdirSync(stateDir, { recursive: true });
  if (options.ephemeral) return startEphemeral(stateDir, options);
  return withLock(
    join(stateDir, 'up.lock'),
    {
      timeoutMs: START_LIMIT_MS,
      onWait: (pid) => options.say(`process ${pid} is starting this stack; waiting for it`),
    },
    () => startLasting(stateDir, options),
  );
}
