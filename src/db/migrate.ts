import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { conflict } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import { inTransaction } from './pool.ts';

const MIGRATION_LOCK = 7_310_001;

export interface SchemaVersion {
  readonly applied: number;
  readonly known: number;
}

async function migrationFiles(): Promise<
  readonly { readonly version: number; readonly name: string; readonly path: string }[]
> {
  const folder = join(packageRoot(), 'src', 'db', 'migrations');
  const names = (await readdir(folder)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort();
  return names.map((name) => ({ version: Number(name.slice(0, 4)), name, path: join(folder, name) }));
}

/**
 * Applies the numbered migrations that are missing, all in one transaction under an advisory lock: twice, or twice at
 * once, is harmless. A schema newer than this program is refused. `warn` hears which roles the caller may not create.
 */
export async function migrate(
  pool: pg.Pool,
  warn: (message: string) => void = () => undefined,
): Promise<readonly string[]> {
  const files = await migrationFiles();
  return inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query(`create table if not exists public.victor_migrations (
      version integer primary key, name text not null, applied_at timestamptz not null default now())`);
    const { rows } = await client.query<{ applied: number }>(
      'select coalesce(max(version), 0) as applied from public.victor_migrations',
    );
    const applied = rows[0]?.applied ?? 0;
    const known = files.at(-1)?.version ?? 0;
    if (applied > known) {
      throw conflict(
        `the database schema is at version ${applied}, this program knows ${known}; upgrade victor-experiments`,
      );
    }
    const missing = files.filter((file) => file.version > applied);
    for (const file of missing) {
      await client.query(await readFile(file.path, 'utf8'));
      await client.query('insert into public.victor_migrations (version, name) values ($1, $2)', [
        file.version,
        file.name,
      ]);
    }
    const absent = await grantRoles(client);
    if (absent.length > 0) {
      warn(
        `the roles ${absent.join(', ')} do not exist and this login may not create them: they are skipped; ` +
          'let an administrator create them (`create role NAME nologin`) and run `victor migrate` again',
      );
    }
    return missing.map((file) => file.name);
  });
}

/** Gives the roles of this cluster their rights; returns the names of those that do not exist. */
async function grantRoles(client: pg.PoolClient): Promise<readonly string[]> {
  const { rows } = await client.query<{ absent: string[] }>('select victor_data.grant_roles() as absent');
  return rows[0]?.absent ?? [];
}

export async function schemaVersion(pool: pg.Pool): Promise<SchemaVersion> {
  const known = (await migrationFiles()).at(-1)?.version ?? 0;
  const { rows } = await pool.query<{ exists: boolean }>(
    `select to_regclass('public.victor_migrations') is not null as exists`,
  );
  if (rows[0]?.exists !== true) return { applied: 0, known };
  const versions = await pool.query<{ applied: number }>(
    'select coalesce(max(version), 0) as applied from public.victor_migrations',
  );
  return { applied: versions.rows[0]?.applied ?? 0, known };
}
