import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** In a folder of its own that only its owner may enter: Temporal makes files that everybody may read. */
export const temporalDbFile = (stateDir: string): string => join(stateDir, 'temporal', 'temporal.db');

const marker = (dbFile: string): string => join(dirname(dbFile), 'complete');

/**
 * Temporal makes its tables only when the file is missing. One that was interrupted while making them would never start
 * again: as long as no start has succeeded, each begins afresh.
 */
export function discardUnfinished(dbFile: string): void {
  mkdirSync(dirname(dbFile), { recursive: true, mode: 0o700 });
  if (existsSync(marker(dbFile))) return;
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${dbFile}${suffix}`, { force: true });
}

export function markComplete(dbFile: string): void {
  writeFileSync(marker(dbFile), '');
}
