import type { JsonObject } from '../model/json.ts';
import type { Queryable } from './pool.ts';

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
    event.actor,
    event.reason,
    event.requestId,
    JSON.stringify(event.data),
  ]);
}

export async function hasRequest(db: Queryable, experimentId: string, requestId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'select from victor_data.events where experiment_id = $1 and request_id = $2',
    [experimentId, requestId],
  );
  return rowCount === 1;
}
