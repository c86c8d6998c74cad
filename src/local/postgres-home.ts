import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unavailable } from '../errors.ts';
import { writeAtomically } from './atomic-file.ts';
import { SHARED_PLACE, postgresBinaries } from './postgres-binaries.ts';
import { canEnter, postgresUser } from './postgres-user.ts';
import type { PostgresUser } from './postgres-user.ts';
import { lastLines, runCommand } from './run-command.ts';

export const SUPERUSER = 'victor';

export interface PostgresHome {
  readonly dataDir: string;
  readonly password: string;
  readonly user: PostgresUser | null;
  readonly program: string;
}

function makeSharedPlace(): void {
  mkdirSync(SHARED_PLACE, { recursive: true, mode: 0o755 });
  chmodSync(SHARED_PLACE, 0o755);
}

/** The folder for `pgdata`: the state directory, or a place elsewhere (noted in it) when Postgres cannot go there. */
function homeFolder(stateDir: string, user: PostgresUser | null, say: (message: string) => void): string {
  if (canEnter(user, stateDir)) return stateDir;
  const note = join(stateDir, 'postgres-home');
  if (!existsSync(note)) {
    makeSharedPlace();
    writeAtomically(note, join(SHARED_PLACE, `data-${randomBytes(6).toString('hex')}`));
  }
  const home = readFileSync(note, 'utf8');
  mkdirSync(home, { recursive: true, mode: 0o755 });
  say(`the user postgres may not enter ${stateDir}; its data is in ${home}`);
  return home;
}

/** The folder that lies outside the state directory, if there is one: an ephemeral stack removes it too. */
export function outsideHome(stateDir: string): string | null {
  const note = join(stateDir, 'postgres-home');
  return existsSync(note) ? readFileSync(note, 'utf8') : null;
}

function passwordOf(stateDir: string): string {
  const path = join(stateDir, 'postgres-password');
  if (!existsSync(path)) writeAtomically(path, randomBytes(18).toString('base64url'));
  return readFileSync(path, 'utf8');
}

async function initialise(
  initdb: string,
  home: string,
  options: {
    readonly password: string;
    readonly user: PostgresUser | null;
    readonly ephemeral: boolean;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  // made under another name, so that an interrupted attempt is never taken for a database
  const unfinished = join(home, 'pgdata.new');
  const passwordFile = join(home, 'pgdata.password');
  await rm(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (options.user !== null) {
    for (const path of [unfinished, passwordFile]) chownSync(path, options.user.uid, options.user.gid);
  }
  try {
    const { code, output } = await runCommand(
      [initdb, '--pgdata', unfinished, '--username', SUPERUSER, '--pwfile', passwordFile]
        .concat(['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions'])
        .concat(options.ephemeral ? ['--no-sync', '--no-data-checksums'] : []),
      { ...options.user, signal: options.signal, cwd: '/', env: { ...process.env, LC_ALL: 'C' } },
    );
    if (code !== 0) throw unavailable(`Postgres cannot make its data directory: ${lastLines(output, 5)}`);
    await rename(unfinished, join(home, 'pgdata'));
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Everything that must be in place before the server can start. */
export async function preparePostgres(
  stateDir: string,
  ephemeral: boolean,
  say: (message: string) => void,
  signal: AbortSignal,
): Promise<PostgresHome> {
  const user = postgresUser();
  const binaries = postgresBinaries(user, makeSharedPlace);
  const home = homeFolder(stateDir, user, say);
  const password = passwordOf(stateDir);
  const dataDir = join(home, 'pgdata');
  if (!existsSync(dataDir)) {
    await initialise(binaries.initdb, home, { password, user, ephemeral, signal });
  }
  return { dataDir, password, user, program: binaries.postgres };
}
