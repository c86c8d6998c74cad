import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, inTransaction, isConnectionError } from '../../src/db/pool.ts';
import { cloneDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { begin, count, seedExperiment } from '../support/rows.ts';
import { eventually } from '../support/workers.ts';

describe('a pool', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await cloneDatabase();
    pool = createPool(database.url, { plane: 'control', max: 2 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const pidOf = async (client: pg.PoolClient): Promise<number> => {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return rows[0]?.pid ?? 0;
  };

  it('survives a connection that the server ends inside a transaction, and rolls the work back', async () => {
    const id = await seedExperiment(pool);
    const lost = inTransaction(pool, async (client) => {
      await begin(client, id, 'u');
      const closed = new Promise((done) => client.once('end', done));
      await pool.query('select pg_terminate_backend($1)', [await pidOf(client)]);
      await closed;
      await client.query('select 1');
    });
    await expect(lost).rejects.toSatisfy(isConnectionError);
    expect(await count(pool, 'executions', id)).toBe(0);
    await Promise.all([1, 2, 3, 4].map(() => inTransaction(pool, pidOf)));
  });

  it('rolls back and can be used again when the work fails', async () => {
    const id = await seedExperiment(pool);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const failed = inTransaction(pool, async (client) => {
        await begin(client, id, 'u');
        throw new Error('the work has failed');
      });
      await expect(failed).rejects.toThrow('the work has failed');
    }
    expect(await count(pool, 'executions', id)).toBe(0);
  });

  it('lets no data-plane session hold a transaction open: a frozen worker loses its lock', async () => {
    const id = await seedExperiment(pool);
    const data = createPool(database.url, { plane: 'data', max: 1 });
    const client = await data.connect();
    const gone = new Promise((done) => client.once('end', done));
    client.on('error', () => undefined);
    await client.query('begin');
    await begin(client, id, 'u');
    await gone;
    client.release(true);
    await eventually('no lock is left', async () => {
      const { rows } = await pool.query(`select from pg_locks where locktype = 'advisory'`);
      return rows.length === 0 ? true : null;
    });
    await data.end();
  });
});
