import { migrate } from '../db/migrate.ts';
import { createPool, orUnavailable } from '../db/pool.ts';

/**
 * Brings the schema up to date and returns the migrations applied. Again, or twice at once, is harmless. Throws Conflict when
 * the schema is newer than this program, Unavailable when the database is away. `warn` hears what was skipped: the roles
 * `victor_app`, `victor_recorder` and `victor_reader` when they do not exist and the login may not create them.
 *
 * @example
 * ```ts
 * import { migrateDatabase } from 'victor-experiments/client';
 *
 * const applied = await migrateDatabase(process.env['DATABASE_URL']!);
 * console.log(applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`);
 * ```
 */
export async function migrateDatabase(
  databaseUrl: string,
  warn: (message: string) => void = () => undefined,
): Promise<readonly string[]> {
  const pool = createPool(databaseUrl, { plane: 'control', max: 1 });
  try {
    return await orUnavailable(() => migrate(pool, warn));
  } finally {
    await pool.end();
  }
}
