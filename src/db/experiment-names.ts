import type { Queryable } from './pool.ts';

/** Ids and names that begin with `prefix`, of experiments in use, the newest first; at most 200. Controls in names are left out. */
export async function experimentIdsAndNames(db: Queryable, prefix: string): Promise<readonly string[]> {
  const { rows } = await db.query<{ text: string }>(
    `select text from (
       select experiment_id as text, created_at from victor_data.experiments where status <> 'archived'
       union all
       select name, created_at from victor_data.experiments where status <> 'archived' and name !~ '[[:cntrl:]]') known
     where starts_with(text, $1) order by created_at desc, text limit 200`,
    [prefix],
  );
  return rows.map(({ text }) => text);
}
