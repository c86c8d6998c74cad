import { migrate } from '../db/migrate.ts';
import { createPool, orUnavailable } from '../db/pool.ts';

/**
 * Brings the schema up to date and returns the migrations applied. Again, or twice at once, is harmless. Throws Conflict when
 * the schema is newer than this program, Unavailable when the database is away. `warn` hears what was skipped: the roles
 * `victor_app`, `victor_recorder` and `victor_reader` when they do not exist and the login may not create them.
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
