import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { migrate } from '../../src/db/migrate.ts';
import { createPool } from '../../src/db/pool.ts';
import { createExperiment } from '../../src/operations/create.ts';
import { deleteExperiment } from '../../src/operations/delete.ts';
import { migrateDatabase } from '../../src/operations/migrate.ts';
import { getExperimentStatus } from '../../src/operations/read.ts';
import { startExperiment } from '../../src/operations/transition.ts';
import { openVictor } from '../../src/operations/victor.ts';
import { waitForResults } from '../../src/operations/wait.ts';
import { cloneDatabase, createDatabase, databaseAt } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { twoVariants } from '../support/experiments.ts';
import { begin, record, seedExperiment } from '../support/rows.ts';
import { startPlanes } from '../support/workers.ts';

/** Roles belong to the cluster, which other test files share: the logins have names of their own, and go again. */
const suffix = randomBytes(4).toString('hex');
const PASSWORD = 'only-for-tests';
const DENIED = { code: '42501' };

let database: TestDatabase;
let owner: pg.Pool;
let logins: string[];

beforeAll(async () => {
  database = await cloneDatabase();
  owner = createPool(database.url, { plane: 'control', max: 3 });
  logins = [];
});
afterAll(async () => {
  await owner.query(logins.map((login) => `drop owned by ${login}; drop role ${login}`).join('; '));
  await owner.end();
  await database.drop();
});

async function loginUrl(name: string, member: string | null): Promise<string> {
  const login = `${name}_${suffix}`;
  await owner.query(
    `create role ${login} login password '${PASSWORD}' ${member === null ? '' : `in role ${member}`}`,
  );
  logins.push(login);
  const url = new URL(database.url);
  url.username = login;
  url.password = PASSWORD;
  return url.toString();
}

async function withLogin<T>(url: string, work: (db: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const namesIn = async (schema: string): Promise<readonly string[]> => {
  const { rows } = await owner.query<{ name: string }>(
    `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind in ('r', 'p', 'v') order by 1`,
    [schema],
  );
  return rows.map(({ name }) => name);
};

describe('the roles of the schema', () => {
  it('victor_reader sees every view with its rows, no table, and changes nothing', async () => {
    const id = await seedExperiment(owner);
    await begin(owner, id, 'ann', 'control', { runId: 'first' });
    await begin(owner, id, 'ann', 'control', { runId: 'second' });
    const views = await namesIn('victor');
    const tables = await namesIn('victor_data');
    expect(tables.length).toBeGreaterThan(40);
    await withLogin(await loginUrl('reader', 'victor_reader'), async (db) => {
      for (const view of views) await db.query(`select * from ${view}`);
      const { rows } = await db.query('select run_id from victor.executions where experiment_id = $1', [id]);
      expect(rows).toEqual([{ run_id: 'second' }]);
      for (const table of tables) {
        await expect(db.query(`select from ${table}`), table).rejects.toMatchObject(DENIED);
      }
      for (const view of views) {
        // some could not be written by anybody
        await expect(db.query(`delete from ${view}`), view).rejects.toMatchObject({
          code: expect.stringMatching(/^(42501|55000)$/) as string,
        });
      }
      for (const statement of [
        `update victor.experiments set status = 'paused'`,
        `insert into victor.allocations (experiment_id) values ('x')`,
        `select victor_data.current_run('x', 'y')`,
        `select victor_data.record_outcome('x', 'y', null, 'success', null, null, false, 1, '{}')`,
        `select nextval('victor_data.row_seq')`,
        'create table victor.mine ()',
      ]) {
        await expect(db.query(statement), statement).rejects.toMatchObject(DENIED);
      }
    });
  });

  it('victor_recorder begins and records, and may do nothing else', async () => {
    const id = await seedExperiment(owner);
    const all = [...(await namesIn('victor_data')), ...(await namesIn('victor'))];
    const pool = createPool(await loginUrl('recorder', 'victor_recorder'), { plane: 'data', max: 2 });
    try {
      expect(await begin(pool, id, 'bob')).toMatchObject({ kind: 'admitted', variant_id: 'control' });
      expect(await record(pool, id, 'bob', 'success')).toMatchObject({ outcome: 'success' });
      expect(await begin(pool, id, 'bob')).toMatchObject({ kind: 'finished' });
      // as the reconciler does, for an execution of anybody
      await begin(owner, id, 'carol');
      await expect(record(pool, id, 'carol', 'failure', { runId: null })).rejects.toMatchObject(DENIED);
      expect(await record(owner, id, 'carol', 'timeout', { runId: null })).toMatchObject({
        outcome: 'timeout',
      });
      for (const one of all) {
        await expect(pool.query(`select from ${one}`), one).rejects.toMatchObject(DENIED);
      }
      const { rows } = await owner.query<{ call: string }>(
        `select format('%s(%s)', p.oid::regproc, (select string_agg('null::' || format_type(t, null), ', ')
           from unnest(p.proargtypes) t)) as call
         from pg_proc p where p.pronamespace = 'victor_data'::regnamespace
           and p.proname not in ('begin_execution', 'record_outcome')`,
      );
      expect(rows.length).toBeGreaterThan(4);
      for (const { call } of rows) {
        await expect(pool.query(`select ${call}`), call).rejects.toMatchObject(DENIED);
      }
    } finally {
      await pool.end();
    }
    const { rows } = await owner.query(
      'select execution_id, outcome, recorded_by from victor.executions where experiment_id = $1 order by seq',
      [id],
    );
    expect(rows).toEqual([
      { execution_id: 'bob', outcome: 'success', recorded_by: 'workflow' },
      { execution_id: 'carol', outcome: 'timeout', recorded_by: 'reconciler' },
    ]);
  });

  it('functions that run with the rights of their owner find no object but their own', async () => {
    const { rows } = await owner.query<{ name: string; settings: string[] }>(
      `select proname as name, proconfig as settings from pg_proc
       where pronamespace = 'victor_data'::regnamespace and prosecdef order by 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(['begin_execution', 'current_run', 'record_outcome']);
    for (const { name, settings } of rows) {
      expect(settings, name).toContain('search_path=pg_catalog, pg_temp');
    }
  });

  it('victor_app runs a whole experiment, and cannot change the schema', async () => {
    const url = await loginUrl('app', 'victor_app');
    const planes = await startPlanes({ databaseUrl: url });
    try {
      const { status } = await createExperiment(planes.victor, {
        from: {
          config: twoVariants('Run by the role of workers', ['large', 'hash'], {
            min_sample_size: 6,
            inputs: { items: Array.from({ length: 12 }, (_, n) => ({ text: `item ${n}` })) },
          }),
        },
      });
      await startExperiment(planes.victor, status.experimentId);
      const results = await waitForResults(planes.victor, status.experimentId);
      expect(results.status).toBe('analyzed');
      expect(results.totalSamples).toBe(12);
      await deleteExperiment(planes.victor, status.experimentId, { purge: true });
    } finally {
      await planes.stop();
    }
    await withLogin(url, async (db) => {
      for (const statement of [
        'alter table victor_data.experiments add column mine text',
        'drop view victor.events',
        'truncate victor_data.outcomes',
        `create function victor_data.mine() returns int language sql as 'select 1'`,
        'select victor_data.grant_roles()',
      ]) {
        await expect(db.query(statement), statement).rejects.toMatchObject(DENIED);
      }
    });
  });
});

it('a login without the rights is told which role it needs', async () => {
  const url = await loginUrl('nobody', 'victor_reader');
  const victor = openVictor({ ...inject('stack'), databaseUrl: url });
  const refused = {
    kind: 'Unavailable',
    message: expect.stringContaining('need the role victor_app') as string,
  };
  try {
    await expect(getExperimentStatus(victor, 'any')).rejects.toMatchObject(refused);
    await expect(migrateDatabase(url)).rejects.toMatchObject(refused);
  } finally {
    await victor.close();
  }
});

describe('the roles and the migration', () => {
  /** A database of another login, which owns it and may not create roles. */
  async function ownDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
    const login = new URL(await loginUrl('owner', null));
    const name = `victor_roles_${suffix}`;
    const server = inject('stack').databaseUrl;
    login.pathname = new URL(await createDatabase(server, name, null)).pathname;
    await owner.query(`alter database ${name} owner to ${login.username}`);
    return {
      url: login.toString(),
      drop: () => withServer(server, `drop database ${name} with (force)`),
    };
  }
  const withServer = async (server: string, statement: string): Promise<void> => {
    await withLogin(databaseAt(server, null), (db) => db.query(statement));
  };

  it('an owner without the right to create roles grants those that exist', async () => {
    const { url, drop } = await ownDatabase();
    const pool = createPool(url, { plane: 'control', max: 1 });
    const heard: string[] = [];
    try {
      await migrate(pool, (message) => heard.push(message));
      expect(heard).toEqual([]);
      const { rows } = await pool.query(
        `select has_table_privilege('victor_reader', 'victor.executions', 'select') as reads,
           has_table_privilege('victor_app', 'victor_data.executions', 'insert') as writes`,
      );
      expect(rows).toEqual([{ reads: true, writes: true }]);

      // as on a cluster where the roles are missing: the same function, asked for a role that nobody has created
      const { rows: made } = await pool.query<{ definition: string }>(
        `select pg_get_functiondef('victor_data.grant_roles'::regproc) as definition`,
      );
      const absent = `victor_absent_${suffix}`;
      await pool.query(made[0]!.definition.replaceAll('victor_reader', absent));
      await migrate(pool, (message) => heard.push(message));
      expect(heard).toEqual([
        expect.stringMatching(new RegExp(`${absent} do not exist.*victor migrate.* again`)),
      ]);
      await owner.query(`create role ${absent} nologin`);
      logins.push(absent);
      await migrate(pool, (message) => heard.push(message));
      expect(heard).toHaveLength(1);
      const { rows: granted } = await pool.query(
        `select has_table_privilege($1, 'victor.executions', 'select') as reads`,
        [absent],
      );
      expect(granted).toEqual([{ reads: true }]);
    } finally {
      await pool.end();
      await drop();
    }
  });

  it('roles are made once when the databases of a cluster are migrated at once', async () => {
    const names = ['first', 'second', 'third'].map((name) => `victor_absent_${name}_${suffix}`);
    const databases = await Promise.all([cloneDatabase(), cloneDatabase(), cloneDatabase()]);
    const pools = databases.map(({ url }) => createPool(url, { plane: 'control', max: 1 }));
    try {
      for (const pool of pools) {
        const { rows } = await pool.query<{ definition: string }>(
          `select pg_get_functiondef('victor_data.grant_roles'::regproc) as definition`,
        );
        await pool.query(
          rows[0]!.definition
            .replaceAll('victor_app', names[0]!)
            .replaceAll('victor_recorder', names[1]!)
            .replaceAll('victor_reader', names[2]!),
        );
      }
      logins.push(...names);
      await Promise.all(pools.map((pool) => migrate(pool)));
      const { rows } = await owner.query('select rolname as name from pg_roles where rolname = any ($1)', [
        names,
      ]);
      expect(rows).toHaveLength(3);
    } finally {
      await Promise.all(pools.map((pool) => pool.end()));
      await Promise.all(databases.map(({ drop }) => drop()));
    }
  });
});
