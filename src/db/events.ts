import type { JsonObject } from '../model/json.ts';
import type { Queryable } from './pool.ts';
import { storable } from './text.ts';

export interface NewEvent {
  readonly type: string;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly requestId: string | null;
  readonly data: JsonObject;
}

/** Under the experiment's exclusive lock only, so that the numbers have no gaps. */
export async function appendEvent(db: Queryable, experimentId: string, event: NewEvent): Promise<void> {
  await db.query('select victor_data.append_event($1, $2, $3, $4, $5, $6)', [
    experimentId,
    event.type,
    storableOrNull(event.actor),
    storableOrNull(event.reason),
    storableOrNull(event.requestId),
    JSON.stringify(event.data),
  ]);
}

/** People's and other programs' text: an unstorable character must not refuse a move. */
const storableOrNull = (text: string | null): string | null => (text === null ? null : storable(text));

export interface UsedRequest {
  readonly action: string;
  readonly variantId: string | null;
}

/** What a request id was used for; null: never seen. */
export async function readRequest(
  db: Queryable,
  experimentId: string,
  requestId: string,
): Promise<UsedRequest | null> {
  const { rows } = await db.query<UsedRequest>(
    `select coalesce(data ->> 'action', type) as action, data ->> 'variant_id' as "variantId" from victor_data.events
     where experiment_id = $1 and request_id = $2`,
    [experimentId, storable(requestId)],
  );
  return rows[0] ?? null;
}
