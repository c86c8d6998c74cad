import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { inTransaction } from './pool.ts';

const LOCK_NOT_AVAILABLE = '55P03';
const LOCK_TIMEOUT_MS = 200;

/**
 * A transaction that holds the experiment's exclusive lock: no begin or record is in flight inside it.
 * The wait is short and repeated with jitter, so that a slow holder delays begins by at most one time-out.
 */
export async function withExclusiveLock<T>(
  pool: pg.Pool,
  experimentId: string,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await inTransaction(pool, async (client) => {
        await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
        await client.query('select pg_advisory_xact_lock(victor_data.lock_key($1))', [experimentId]);
        await client.query('set local lock_timeout = 0');
        return work(client);
      });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE)) throw error;
      await sleep(20 + Math.random() * 100);
    }
  }
}
