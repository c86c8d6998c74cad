import type { ExecutionRow, OutcomeOrRunning } from '../model/execution-row.ts';
import type { Queryable } from './pool.ts';

export interface ExecutionQuery {
  readonly variantId: string | null;
  readonly outcome: OutcomeOrRunning | null;
  /** Only executions whose number is below this one; null: from the newest. */
  readonly before: number | null;
  readonly limit: number;
}

type Stored = Omit<ExecutionRow, 'beganAt' | 'endedAt'> & {
  readonly beganAt: Date;
  readonly endedAt: Date | null;
};

/** The newest first, paged by their number: no page costs more than another, and what begins meanwhile moves none. */
export async function readExecutions(
  db: Queryable,
  experimentId: string,
  query: ExecutionQuery,
): Promise<readonly ExecutionRow[]> {
  const { rows } = await db.query<Stored>(
    `select e.execution_id as "executionId", e.seq as number, e.unit, e.variant_id as "variantId", e.phase,
       coalesce(o.outcome, 'running') as outcome, e.began_at as "beganAt", o.ended_at as "endedAt",
       o.duration_seconds as "durationSeconds", coalesce(o.metrics, '{}') as metrics, o.error,
       e.phase <> 'experiment' or coalesce(x.excluded, false) as excluded,
       case when x.excluded then x.reason end as "exclusionReason",
       e.workflow_id as "workflowId", victor_data.current_run(e.experiment_id, e.execution_id) as "runId"
     from victor_data.executions e
     left join lateral (
       select * from victor_data.outcomes o
       where o.experiment_id = e.experiment_id and o.execution_id = e.execution_id
       order by o.revision desc limit 1) o on true
     left join lateral (
       select * from victor_data.exclusions x
       where x.experiment_id = e.experiment_id and x.execution_id = e.execution_id
       order by x.revision desc limit 1) x on true
     where e.experiment_id = $1 and ($2::text is null or e.variant_id = $2)
       and ($3::text is null or coalesce(o.outcome, 'running') = $3) and ($4::bigint is null or e.seq < $4)
     order by e.seq desc limit $5`,
    [experimentId, query.variantId, query.outcome, query.before, query.limit],
  );
  return rows.map((row) => ({
    ...row,
    beganAt: row.beganAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  }));
}
