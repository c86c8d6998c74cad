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
    await db.query(
      `insert into victor_data.contents (hash, body)
       select * from unnest($1::text[], $2::json[]) on conflict do nothing`,
      [batch.map((content) => content.hash), batch.map((content) => content.body)],
    );
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
