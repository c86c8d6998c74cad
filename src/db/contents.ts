import type { Json } from '../model/json.ts';
import type { Queryable } from './pool.ts';

export interface Content {
  readonly hash: string;
  /** JSON text. */
  readonly body: string;
}

const BATCH = 200;

export async function storeContents(db: Queryable, contents: readonly Content[]): Promise<void> {
  for (let start = 0; start < contents.length; start += BATCH) {
    const batch = contents.slice(start, start + BATCH);
    const hashes = batch.map((content) => content.hash);
    for (let held = 0; held < new Set(hashes).size; ) {
      await db.query(
        `insert into victor_data.contents (hash, body)
         select * from unnest($1::text[], $2::json[]) on conflict do nothing`,
        [hashes, batch.map((content) => content.body)],
      );
      // one that was there may be going with a purge: hold it, or store it again
      const kept = await db.query('select from victor_data.contents where hash = any ($1) for key share', [
        hashes,
      ]);
      held = kept.rowCount ?? 0;
    }
  }
}

/** Says that an experiment needs these contents. */
export async function ownContents(
  db: Queryable,
  experimentId: string,
  hashes: readonly string[],
): Promise<void> {
  await db.query(
    `insert into victor_data.content_owners (experiment_id, hash)
     select $1, * from unnest($2::text[]) on conflict do nothing`,
    [experimentId, [...new Set(hashes)]],
  );
}

export async function ownedContents(db: Queryable, experimentId: string): Promise<readonly string[]> {
  const { rows } = await db.query<{ hash: string }>(
    'select hash from victor_data.content_owners where experiment_id = $1',
    [experimentId],
  );
  return rows.map(({ hash }) => hash);
}

const STILL_REFERENCED = '23503';

/** Removes those of `hashes` that nobody owns. One that is taken up at this moment stays. */
export async function removeUnowned(db: Queryable, hashes: readonly string[]): Promise<void> {
  for (let start = 0; start < hashes.length; start += BATCH) {
    try {
      await db.query(
        `delete from victor_data.contents c where c.hash = any ($1)
         and not exists (select from victor_data.content_owners o where o.hash = c.hash)`,
        [hashes.slice(start, start + BATCH)],
      );
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === STILL_REFERENCED)) throw error;
    }
  }
}

export async function readContent(db: Queryable, hash: string): Promise<{ readonly body: Json } | null> {
  const { rows } = await db.query<{ body: Json }>({
    name: 'read_content',
    text: 'select body from victor_data.contents where hash = $1',
    values: [hash],
  });
  return rows[0] ?? null;
}
