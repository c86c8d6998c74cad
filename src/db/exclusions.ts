import type pg from 'pg';
import { notFound } from '../errors.ts';
import { appendEvent } from './events.ts';
import { withExclusiveLock } from './lock.ts';
import { storable } from './text.ts';

export interface Exclusion {
  readonly experimentId: string;
  readonly executionId: string;
  readonly excluded: boolean;
  readonly actor: string;
  readonly reason: string;
}

/**
 * A new revision of whether an execution is left out of the looks to come; looks that were taken stay as they are.
 * False: it was so already. Throws NotFound.
 */
export async function setExcluded(pool: pg.Pool, e: Exclusion): Promise<boolean> {
  return withExclusiveLock(pool, e.experimentId, async (client) => {
    const { rows } = await client.query<{ revision: number | null; excluded: boolean | null }>(
      `select x.revision, x.excluded from victor_data.executions e
       left join lateral (select revision, excluded from victor_data.exclusions x
         where x.experiment_id = $1 and x.execution_id = $2 order by x.revision desc limit 1) x on true
       where e.experiment_id = $1 and e.execution_id = $2`,
      [e.experimentId, e.executionId],
    );
    const [found] = rows;
    if (found === undefined) {
      throw notFound(
        `experiment ${e.experimentId} has no execution "${e.executionId}"; \`victor experiment executions ${e.experimentId}\` lists them`,
      );
    }
    if ((found.excluded ?? false) === e.excluded) return false;
    await client.query(
      `insert into victor_data.exclusions (experiment_id, execution_id, revision, excluded, actor, reason, seq)
       values ($1, $2, $3, $4, $5, $6, nextval('victor_data.row_seq'))`,
      [
        e.experimentId,
        e.executionId,
        (found.revision ?? 0) + 1,
        e.excluded,
        storable(e.actor),
        storable(e.reason),
      ],
    );
    await appendEvent(client, e.experimentId, {
      type: 'excluded',
      actor: e.actor,
      reason: e.reason,
      requestId: null,
      data: { execution_id: e.executionId, excluded: e.excluded },
    });
    return true;
  });
}
