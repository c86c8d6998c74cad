import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from '../errors.ts';
import { isAlive, ownIdentity } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

function readHolder(path: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return null;
  }
}

/** Creates the lock with its content in one step (a link, which fails like O_EXCL when the name is taken). */
function tryCreate(path: string, unique: string): boolean {
  writeFileSync(unique, JSON.stringify(ownIdentity()), { mode: 0o600 });
  try {
    linkSync(unique, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(unique, { force: true });
  }
}

/** Moves a dead holder's lock away. Whoever moved a living one (a newcomer was faster) puts it back. */
function removeStale(path: string, unique: string): void {
  try {
    renameSync(path, unique);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  const holder = readHolder(unique);
  try {
    if (holder !== null && isAlive(holder)) linkSync(unique, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(unique, { force: true });
  }
}

/** Waits for its turn, does the work, lets go. A lock whose holder has died is taken over. */
export async function withLock<T>(
  path: string,
  options: { readonly timeoutMs: number; readonly onWait: (holderPid: number) => void },
  work: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + options.timeoutMs;
  let waited = false;
  for (;;) {
    const unique = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
    if (tryCreate(path, unique)) break;
    const holder = readHolder(path);
    if (holder === null || !isAlive(holder)) {
      removeStale(path, unique);
      continue;
    }
    if (Date.now() > deadline) {
      throw unavailable(`process ${holder.pid} holds ${path} for too long; end it and try again`);
    }
    if (!waited) options.onWait(holder.pid);
    waited = true;
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
