import { migrate } from '../db/migrate.ts';
import { createPool, orUnavailable } from '../db/pool.ts';

/**
 * Brings the schema up to date and returns the migrations applied. Again, or twice at once, is harmless. Throws Conflict when
 * the schema is newer than this program, Unavailable when the database is away.
 *
 * @example
 * ```ts
 * import { migrateDatabase } from 'victor-experiments/client';
 *
 * const applied = await migrateDatabase(process.env['DATABASE_URL']!);
 * console.log(applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`);
 * ```
 */
export async function migrateDatabase(databaseUrl: string): Promise<readonly string[]> {
  const pool = createPool(databaseUrl, { plane: 'control', max: 1 });
  try {
    return await orUnavailable(() => migrate(pool));
  } finally {
    await pool.end();
  }
}
