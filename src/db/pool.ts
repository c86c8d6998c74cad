import pg from 'pg';
import { VictorError, unavailable } from '../errors.ts';

export type Queryable = Pick<pg.Pool, 'query'> | pg.PoolClient;

/** int8 as a number: row numbers stay far below 2^53. */
const INT8 = 20;

export interface PoolOptions {
  /** `data`: short limits, so that a frozen worker cannot hold a lock that a pause waits for. */
  readonly plane: 'control' | 'data' | 'client';
  readonly max: number;
}

export const typeParsers = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : (pg.types.getTypeParser(oid, format as 'text') as (value: string) => unknown),
} as unknown as pg.CustomTypesConfig;

export function createPool(databaseUrl: string, options: PoolOptions): pg.Pool {
  const limits =
    options.plane === 'data'
      ? { statement_timeout: 1500, idle_in_transaction_session_timeout: 3000 }
      : options.plane === 'control'
        ? { statement_timeout: 120_000, idle_in_transaction_session_timeout: 30_000 }
        : { query_timeout: 8000 };
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: options.max,
    connectionTimeoutMillis: 3000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5000,
    application_name: `victor-${options.plane}`,
    ...limits,
    types: typeParsers,
  });
  // an idle connection that the server closes is not a reason to die: the next query opens another
  pool.on('error', () => undefined);
  return pool;
}

const CONNECTION_LOST =
  /^(08|57P0[1-3]|53300)|ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|ENOENT/;

/** Postgres is away or refuses connections: worth trying again. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    CONNECTION_LOST.test(code) ||
    /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered/.test(
      error.message,
    )
  );
}

/** Resources, deadlocks, lock and statement time-outs: the same statement may work in a moment. */
const BUSY = /^(53|40001|40P01|55P03|57014|25P0[23])/;

/** Postgres is away, or too busy now. */
export function isTransient(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return BUSY.test(code) || isConnectionError(error);
}

/** Runs a client command's database work; a lost database becomes one clear error. */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof VictorError) throw error;
    if (isConnectionError(error)) {
      const detail = error instanceof Error ? error.message || String('code' in error ? error.code : '') : '';
      throw unavailable(
        `Postgres cannot be reached (${detail}); start it with \`victor up\` or correct DATABASE_URL`,
        error,
      );
    }
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === '42P01' || code === '3F000') {
      throw unavailable('the database has no victor schema; run `victor migrate`', error);
    }
    if (code === '42501') {
      const detail = error instanceof Error ? error.message : '';
      throw unavailable(
        `the database login may not do this (${detail}); workers and commands need the role victor_app, \`victor migrate\` needs the owner`,
        error,
      );
    }
    throw error;
  }
}

export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // the pool listens to idle connections only: a lost one would end the process, and its next query says so anyway
  const ignore = (): void => undefined;
  client.on('error', ignore);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((lost: Error) => {
      broken = lost;
    });
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
}
