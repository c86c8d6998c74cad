import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { unavailable } from '../errors.ts';

/** Whom Postgres runs as. Null: as ourselves. */
export interface PostgresUser {
  readonly uid: number;
  readonly gid: number;
}

function look(): PostgresUser | null {
  const ask = (flag: string): number =>
    Number.parseInt(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout, 10);
  const [uid, gid] = [ask('-u'), ask('-g')];
  return Number.isNaN(uid) || Number.isNaN(gid) ? null : { uid, gid };
}

/** Postgres refuses to run as root: then it runs as the user `postgres`, made when missing. */
export function postgresUser(): PostgresUser | null {
  if (userInfo().uid !== 0) return null;
  const found = look();
  if (found !== null) return found;
  spawnSync('groupadd', ['--system', 'postgres']);
  spawnSync('useradd', ['--system', '--gid', 'postgres', '--no-create-home', 'postgres']);
  const made = look();
  if (made === null) {
    throw unavailable(
      'Postgres does not run as root and the user `postgres` could not be made; ' +
        'run as another user, make that user (useradd postgres), or set DATABASE_URL',
    );
  }
  return made;
}

/** May that user enter the folder? */
export function canEnter(user: PostgresUser | null, folder: string): boolean {
  if (user === null) return true;
  return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...user, cwd: '/' }).status === 0;
}
