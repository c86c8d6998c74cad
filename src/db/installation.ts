import type { Queryable } from './pool.ts';

/** Which database this is. */
export async function readInstallationId(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ id: string }>('select id from victor_data.installation');
  return rows[0]?.id ?? '';
}
