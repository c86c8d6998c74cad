import type { Queryable } from './pool.ts';

export interface RunningExecution {
  readonly seq: number;
  readonly experimentId: string;
  readonly executionId: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly beganAt: Date;
  readonly pastDeadline: boolean;
  readonly deadlineSeconds: number;
}

/** Executions of this Temporal without an outcome that began a while ago, oldest first. */
export async function runningExecutions(
  db: Queryable,
  scope: { readonly clusterId: string; readonly namespace: string; readonly experimentId: string | null },
  olderThanMs: number,
  graceMs: number,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly RunningExecution[]> {
  const { rows } = await db.query<RunningExecution>(
    `select e.seq, e.experiment_id as "experimentId", e.execution_id as "executionId", e.workflow_id as "workflowId",
       victor_data.current_run(e.experiment_id, e.execution_id) as "runId", e.began_at as "beganAt",
       e.deadline_at + $5 * interval '1 millisecond' < clock_timestamp() as "pastDeadline",
       extract(epoch from e.deadline_at - e.began_at)::double precision as "deadlineSeconds"
     from victor_data.experiments x
     join victor_data.executions e on e.experiment_id = x.experiment_id and e.seq > x.closed_through
     where e.seq > $7 and e.temporal_cluster_id = $1 and e.temporal_namespace = $2 and ($3::text is null or e.experiment_id = $3)
       and e.began_at < clock_timestamp() - $4 * interval '1 millisecond'
       and not exists (select from victor_data.outcomes o
         where o.experiment_id = e.experiment_id and o.execution_id = e.execution_id)
     order by e.seq limit $6`,
    [scope.clusterId, scope.namespace, scope.experimentId, olderThanMs, graceMs, page.limit, page.after],
  );
  return rows;
}

/** Experiments of this Temporal with a deployed variant and executions since they were last advanced. */
export async function rolledOutExperiments(
  db: Queryable,
  clusterId: string,
  namespace: string,
): Promise<readonly string[]> {
  const { rows } = await db.query<{ experimentId: string }>(
    `select x.experiment_id as "experimentId" from victor_data.experiments x
     where x.deployed_variant_id is not null and x.temporal_cluster_id = $1 and x.temporal_namespace = $2
       and exists (select from victor_data.executions e where e.experiment_id = x.experiment_id and e.seq > x.closed_through)`,
    [clusterId, namespace],
  );
  return rows.map(({ experimentId }) => experimentId);
}
