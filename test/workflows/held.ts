import pg from 'pg';
import type { TestPlanes } from '../support/workers.ts';
import { eventually } from '../support/workers.ts';
import { rows } from './experiments.ts';

export interface Held {
  /** Until so many statements wait for it. */
  readonly waiting: (count: number) => Promise<true>;
  /** Ends the connections of those that wait, as a database that fails over does. */
  readonly cutOff: () => Promise<void>;
  readonly release: () => Promise<void>;
}

/** Makes whoever comes to a place in the database wait there. */
async function hold(planes: TestPlanes, statement: string, values: readonly unknown[] = []): Promise<Held> {
  const client = new pg.Client({ connectionString: planes.addresses.databaseUrl });
  // a test that fails while it holds: its database is dropped under it
  client.on('error', () => undefined);
  await client.connect();
  await client.query('begin');
  await client.query(statement, [...values]);
  const [own] = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows;
  const waiters = (): Promise<{ pid: number }[]> =>
    rows(planes, 'select pid from pg_stat_activity where $1 = any(pg_blocking_pids(pid))', [own?.pid]);
  return {
    waiting: (count) =>
      eventually(`${count} wait`, async () => ((await waiters()).length >= count ? true : null), 10_000),
    cutOff: async () => {
      for (const { pid } of await waiters()) await rows(planes, 'select pg_terminate_backend($1)', [pid]);
    },
    release: async () => {
      await client.end();
    },
  };
}

/** Every transition, and every begin and record, waits before it reads anything. */
export const holdExperiment = (planes: TestPlanes, experimentId: string): Promise<Held> =>
  hold(planes, 'select pg_advisory_xact_lock_shared(victor_data.lock_key($1))', [experimentId]);

/** Whoever sums up an experiment waits at the last table, its row already read, its move already committed. */
export const holdSummaries = (planes: TestPlanes): Promise<Held> =>
  hold(planes, 'lock table victor_data.failed_looks in access exclusive mode');
