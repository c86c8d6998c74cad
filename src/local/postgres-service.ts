import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { invalidInput, unavailable } from '../errors.ts';
import { choosePort } from './ports.ts';
import { preparePostgres } from './postgres-home.ts';
import {
  createDatabase,
  databaseUrl,
  dropDatabase,
  postgresArgs,
  removeStalePidFile,
  waitForPostgres,
} from './postgres-server.ts';
import { START_ATTEMPTS } from './service-context.ts';
import type { ServiceContext } from './service-context.ts';
import type { StackPorts } from './stack-state.ts';

const DEFAULT_PORT = 55432;
const DATABASE = 'victor';
/** Recovery after a kill can take a while. */
const START_MS = 60_000;
const EXTERNAL_MS = 10_000;

export interface PostgresService {
  readonly databaseUrl: string;
  readonly ports: StackPorts;
  readonly cleanUp: () => Promise<void>;
}

const nothing = async (): Promise<void> => undefined;

/** The user's own server. A throw-away stack gets a database of its own there, and drops it at the end. */
async function useConfigured(context: ServiceContext, url: string): Promise<PostgresService> {
  await waitForPostgres(url, EXTERNAL_MS);
  if (!context.config.ephemeral) return { databaseUrl: url, ports: {}, cleanUp: nothing };
  const name = `victor_${randomBytes(6).toString('hex')}`;
  let own: URL;
  try {
    own = new URL(url);
  } catch (error) {
    throw invalidInput('DATABASE_URL is not a URL; write postgres://user:password@host:port/database', error);
  }
  own.pathname = `/${name}`;
  await createDatabase(url, name);
  return { databaseUrl: own.href, ports: {}, cleanUp: () => dropDatabase(url, name) };
}

/** Where the data lies: with what starts it, unless the user names a place. A throw-away stack takes its data along. */
function storageFolder(env: NodeJS.ProcessEnv, stateDir: string): string {
  const named = env['VICTOR_EXPERIMENTS_STORAGE_PATH'];
  if (named === undefined || named === '') return stateDir;
  const folder = resolve(named);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
  } catch (error) {
    const detail = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw invalidInput(
      `VICTOR_EXPERIMENTS_STORAGE_PATH is ${folder}, must be a folder that can be made or written (${detail})`,
      error,
    );
  }
  return folder;
}

async function startOwn(context: ServiceContext): Promise<PostgresService> {
  const { config, stateDir, previousPorts } = context;
  const home = await preparePostgres(
    config.ephemeral ? stateDir : storageFolder(context.env, stateDir),
    config.ephemeral,
    context.say,
    context.ending,
  );
  const logFile = join(stateDir, 'postgres.log');
  for (let attempt = 1; ; attempt += 1) {
    const port = config.ephemeral
      ? await choosePort()
      : await choosePort(previousPorts.postgres, DEFAULT_PORT);
    const kept = context.keep({
      name: 'postgres',
      argv: [home.program, ...postgresArgs(home, port, config.ephemeral)],
      env: { ...context.env, LC_ALL: 'C' },
      cwd: '/',
      user: home.user,
      logFile,
      // fast: ends sessions and writes a checkpoint; immediate: does neither, and nobody will miss it
      stop: { signal: config.ephemeral ? 'SIGQUIT' : 'SIGINT', graceMs: 6000 },
      restart: true,
      beforeStart: () => removeStalePidFile(home.dataDir),
    });
    const healthy = waitForPostgres(databaseUrl(home, port, 'postgres'), START_MS).then(() => null);
    const ended = await Promise.race([kept.firstEnd, healthy]);
    if (ended === null) {
      await createDatabase(databaseUrl(home, port, 'postgres'), DATABASE);
      return { databaseUrl: databaseUrl(home, port, DATABASE), ports: { postgres: port }, cleanUp: nothing };
    }
    await context.forget(kept);
    if (attempt === START_ATTEMPTS || context.ending.aborted) {
      throw unavailable(`Postgres does not start (${ended}); see ${logFile}`);
    }
  }
}

export async function startPostgres(context: ServiceContext): Promise<PostgresService> {
  const url = context.env['DATABASE_URL'];
  return url === undefined || url === '' ? startOwn(context) : useConfigured(context, url);
}
