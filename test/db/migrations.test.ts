import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate, schemaVersion } from '../../src/db/migrate.ts';
import { createPool } from '../../src/db/pool.ts';
import { packageRoot } from '../../src/package-root.ts';
import { cloneDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';

const FOLDER = join(packageRoot(), 'src', 'db', 'migrations');
const ALL = readdirSync(FOLDER).sort();
const KNOWN = Number(ALL.at(-1)?.slice(0, 4));

describe('migrate', () => {
  let database: TestDatabase;
  let pools: pg.Pool[];
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await cloneDatabase();
    pools = Array.from({ length: 4 }, () => createPool(database.url, { plane: 'control', max: 1 }));
    pool = pools[0]!;
  });
  beforeEach(() =>
    pool.query(`drop schema if exists victor cascade; drop schema if exists victor_data cascade;
      drop table if exists public.victor_migrations`),
  );
  afterAll(async () => {
    await Promise.all(pools.map((each) => each.end()));
    await database.drop();
  });

  it('applies every migration in order to an empty database, and a second time nothing', async () => {
    expect(await schemaVersion(pool)).toEqual({ applied: 0, known: KNOWN });
    expect(await migrate(pool)).toEqual(ALL);
    expect(await migrate(pool)).toEqual([]);
    expect(await schemaVersion(pool)).toEqual({ applied: KNOWN, known: KNOWN });
  });

  it('applies each migration once when several programs start at once', async () => {
    const applied = await Promise.all(pools.map((each) => migrate(each)));
    expect(applied.filter((names) => names.length > 0)).toEqual([ALL]);
    const { rows } = await pool.query('select name from public.victor_migrations order by version');
    expect(rows.map((row: { name: string }) => row.name)).toEqual(ALL);
  });

  it('refuses a schema that is newer than the program, and leaves it as it is', async () => {
    await migrate(pool);
    await pool.query(`insert into public.victor_migrations (version, name) values (9000, '9000_later.sql')`);
    await expect(migrate(pool)).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringMatching(/version 9000.*knows \d+.*upgrade/) as string,
    });
    expect(await schemaVersion(pool)).toEqual({ applied: 9000, known: KNOWN });
  });

  it('partitions the large tables by experiment_id, eight ways', async () => {
    await migrate(pool);
    const { rows } = await pool.query(
      `select c.relname as name, p.partstrat as strategy, pg_get_partkeydef(c.oid) as key,
         (select count(*) from pg_inherits i where i.inhparent = c.oid) as parts
       from pg_partitioned_table p join pg_class c on c.oid = p.partrelid order by 1`,
    );
    expect(rows).toEqual(
      ['executions', 'metric_values', 'outcomes', 'units'].map((name) => ({
        name,
        strategy: 'h',
        key: 'HASH (experiment_id)',
        parts: 8,
      })),
    );
  });
});
