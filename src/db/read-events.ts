import type { ExperimentEvent } from '../model/events.ts';
import type { ExperimentStatusName } from '../model/lifecycle.ts';
import type { Queryable } from './pool.ts';

export interface EventPage {
  /** Null: there is no such experiment. Read together with the events, so that nothing follows what a final status ends. */
  readonly status: ExperimentStatusName | null;
  readonly events: readonly ExperimentEvent[];
}

/** The events after a number, in order, with the status as of the same moment. */
export async function readEvents(
  db: Queryable,
  experimentId: string,
  after: number,
  limit: number,
): Promise<EventPage> {
  const { rows } = await db.query<EventPage>(
    `select e.status, coalesce((
       select json_agg(json_build_object('number', v.number,
         'at', to_char(v.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'type', v.type, 'actor', v.actor,
         'reason', v.reason, 'data', v.data) order by v.number)
       from (select * from victor_data.events v where v.experiment_id = $1 and v.number > $2
         order by v.number limit $3) v), '[]') as events
     from victor_data.experiments e where e.experiment_id = $1`,
    [experimentId, after, limit],
  );
  return rows[0] ?? { status: null, events: [] };
}
