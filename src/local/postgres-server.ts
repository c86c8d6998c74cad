import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { unavailable } from '../errors.ts';
import { SUPERUSER } from './postgres-home.ts';
import type { PostgresHome } from './postgres-home.ts';

export function postgresArgs(home: PostgresHome, port: number, ephemeral: boolean): readonly string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    // TCP only: a socket's path has a short limit, and its lock file would be one more thing to go stale
    unix_socket_directories: '',
    max_connections: '200',
    // not synchronous_commit: what was committed has to survive `kill -9` of the server, even here
    ...(ephemeral ? { fsync: 'off', full_page_writes: 'off' } : {}),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', home.dataDir, '-p', String(port), ...flags];
}

/**
 * After `kill -9` or a power cut the pid file stays. Postgres sees through that by itself, unless an unrelated process
 * of the same user has got that pid since.
 */
export function removeStalePidFile(dataDir: string): void {
  const path = join(dataDir, 'postmaster.pid');
  let pid: number;
  try {
    pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
  } catch {
    return;
  }
  let command = '';
  try {
    command = execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    // no such process
  }
  if (!command.includes(dataDir)) rmSync(path, { force: true });
}

export function databaseUrl(home: PostgresHome, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${encodeURIComponent(home.password)}@127.0.0.1:${port}/${database}`;
}

/** Runs one statement on a connection of its own. */
async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  // a server that goes away in the middle is reported by the statement
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

export async function waitForPostgres(url: string, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await execute(url, 'select 1');
    } catch (error) {
      if (Date.now() > deadline) {
        const reason = error instanceof Error ? error.message : String(error);
        throw unavailable(`Postgres does not answer: ${reason}`, error);
      }
      await sleep(40);
    }
  }
}

export async function createDatabase(url: string, name: string): Promise<void> {
  try {
    await execute(url, `create database ${pg.escapeIdentifier(name)}`);
  } catch (error) {
    const DUPLICATE_DATABASE = '42P04';
    if (error instanceof Error && 'code' in error && error.code === DUPLICATE_DATABASE) return;
    throw error;
  }
}

export async function dropDatabase(url: string, name: string): Promise<void> {
  await execute(url, `drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
}
