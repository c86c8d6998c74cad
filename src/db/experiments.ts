import type { DatasetItem, ExperimentSpec, Warning } from '../model/spec.ts';
import type { Runnable } from '../model/graph.ts';
import type { CompletionCause, ExperimentStatusName } from '../model/lifecycle.ts';
import type { JsonObject } from '../model/json.ts';
import { camelKeys } from '../model/case.ts';
import type { Queryable } from './pool.ts';

export interface ExperimentRow {
  readonly experimentId: string;
  readonly name: string;
  readonly status: ExperimentStatusName;
  readonly spec: ExperimentSpec;
  readonly salt: string;
  readonly warnings: readonly Warning[];
  readonly clusterId: string;
  readonly namespace: string;
  readonly taskQueuePrefix: string;
  readonly createdByRunId: string;
  /** Another one once a draft has been replaced. */
  readonly definitionId: string;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly pausedAt: Date | null;
  readonly resumedAt: Date | null;
  readonly completedAt: Date | null;
  readonly completedBecause: CompletionCause | null;
  readonly completedSeq: number | null;
  readonly analyzedAt: Date | null;
  readonly archivedAt: Date | null;
  readonly deletedAt: Date | null;
  readonly deployedVariantId: string | null;
  readonly deployedAt: Date | null;
  readonly pausedVariants: readonly string[];
  /** The final look does not wait for what still runs. */
  readonly truncateFinal: boolean;
  readonly pausedSeconds: number;
  readonly datasetSize: number | null;
  readonly datasetFinished: boolean;
  readonly closedThrough: number;
  readonly nextCheckAt: Date | null;
  /** The database's clock at the moment of the read. */
  readonly now: Date;
}

const COLUMNS = `experiment_id as "experimentId", name, status, spec, salt, warnings,
  temporal_cluster_id as "clusterId", temporal_namespace as "namespace", task_queue_prefix as "taskQueuePrefix",
  created_by_run_id as "createdByRunId", definition_id as "definitionId",
  created_at as "createdAt", started_at as "startedAt", paused_at as "pausedAt", resumed_at as "resumedAt", completed_at as "completedAt",
  archived_at as "archivedAt", deleted_at as "deletedAt", deployed_variant_id as "deployedVariantId", deployed_at as "deployedAt",
  paused_variants as "pausedVariants", truncate_final as "truncateFinal",
  completed_because as "completedBecause", completed_seq as "completedSeq", analyzed_at as "analyzedAt",
  paused_seconds as "pausedSeconds", dataset_size as "datasetSize", dataset_finished as "datasetFinished",
  closed_through as "closedThrough", next_check_at as "nextCheckAt", clock_timestamp() as now`;

export async function readExperiment(db: Queryable, experimentId: string): Promise<ExperimentRow | null> {
  const { rows } = await db.query<ExperimentRow>(
    `select ${COLUMNS} from victor_data.experiments where experiment_id = $1`,
    [experimentId],
  );
  const [row] = rows;
  return row === undefined ? null : { ...row, spec: camelKeys(row.spec) as ExperimentSpec };
}

/** Experiments whose id is `text`, begins with it, or whose name is it and is in use. The exact id comes first; only it finds a deleted one. */
export async function findExperiments(
  db: Queryable,
  text: string,
): Promise<readonly { experimentId: string; name: string }[]> {
  const { rows } = await db.query<{ experimentId: string; name: string }>(
    `select experiment_id as "experimentId", name from victor_data.experiments
     where experiment_id = $1 or deleted_at is null and (starts_with(experiment_id, $1) or name = $1 and status <> 'archived')
     order by experiment_id <> $1, name <> $1, created_at limit 20`,
    [text],
  );
  return rows;
}

export interface VariantRow {
  readonly variantId: string;
  readonly name: string;
  readonly isControl: boolean;
  readonly trafficWeight: number;
  readonly bucketFrom: number;
  readonly bucketTo: number;
  readonly parameterOverrides: JsonObject;
  readonly runnable: Runnable;
}

export async function readVariants(db: Queryable, experimentId: string): Promise<readonly VariantRow[]> {
  const { rows } = await db.query<VariantRow>(
    `select variant_id as "variantId", name, is_control as "isControl", traffic_weight as "trafficWeight",
       bucket_from as "bucketFrom", bucket_to as "bucketTo", parameter_overrides as "parameterOverrides", runnable
     from victor_data.variants where experiment_id = $1 order by position`,
    [experimentId],
  );
  return rows;
}

export interface DatasetRow {
  readonly position: number;
  readonly unit: string | null;
  readonly contentHash: string | null;
  readonly file: Extract<DatasetItem['body'], { kind: 'file' }> | null;
}

export async function readDatasetItem(
  db: Queryable,
  experimentId: string,
  position: number,
): Promise<DatasetRow | null> {
  const { rows } = await db.query<DatasetRow>({
    name: 'read_dataset_item',
    text: `select position, unit, content_hash as "contentHash", file from victor_data.dataset_items
      where experiment_id = $1 and position = $2`,
    values: [experimentId, position],
  });
  return rows[0] ?? null;
}

/** Positions after `after` whose execution has no outcome yet, in order. */
export async function pendingPositions(
  db: Queryable,
  experimentId: string,
  after: number,
  limit: number,
): Promise<readonly number[]> {
  const { rows } = await db.query<{ position: number }>(
    `select d.position from victor_data.dataset_items d
     where d.experiment_id = $1 and d.position > $2 and not exists (
       select from victor_data.outcomes o
       where o.experiment_id = $1 and o.execution_id = lpad(d.position::text, greatest(6, length(d.position::text)), '0'))
     order by d.position limit $3`,
    [experimentId, after, limit],
  );
  return rows.map((row) => row.position);
}

export async function finishDataset(db: Queryable, experimentId: string): Promise<void> {
  await db.query('update victor_data.experiments set dataset_finished = true where experiment_id = $1', [
    experimentId,
  ]);
}

export interface OpenExperiment {
  readonly experimentId: string;
  readonly status: ExperimentStatusName;
}

/** Experiments of this Temporal that should have an open workflow. */
export async function openExperiments(
  db: Queryable,
  clusterId: string,
  namespace: string,
): Promise<readonly OpenExperiment[]> {
  const { rows } = await db.query<OpenExperiment>(
    `select experiment_id as "experimentId", status from victor_data.experiments
     where status <> 'archived' and temporal_cluster_id = $1 and temporal_namespace = $2
       and created_at < clock_timestamp() - interval '10 seconds' order by created_at`,
    [clusterId, namespace],
  );
  return rows;
}

export interface ListRow extends OpenExperiment {
  readonly name: string;
  readonly createdAt: Date;
  readonly look: number;
  readonly totalSamples: number;
  readonly recommendation: string | null;
}

/** The newest first; either those that are deleted, or the others. */
export async function listExperiments(
  db: Queryable,
  filter: { readonly status: string | null; readonly deleted: boolean },
): Promise<readonly ListRow[]> {
  const { rows } = await db.query<ListRow>(
    `select e.experiment_id as "experimentId", e.name, e.status, e.created_at as "createdAt",
       coalesce(l.look, 0) as look, l.result ->> 'recommendation' as recommendation,
       (select count(*) from victor_data.executions x
         where x.experiment_id = e.experiment_id and x.phase = 'experiment') as "totalSamples"
     from victor_data.experiments e
     left join lateral (select look, result from victor_data.looks l where l.experiment_id = e.experiment_id
       order by look desc limit 1) l on true
     where ($1::text is null or e.status = $1) and (e.deleted_at is not null) = $2 order by e.created_at desc, e.experiment_id`,
    [filter.status, filter.deleted],
  );
  return rows;
}

/** Names that a new experiment cannot have. */
export async function namesInUse(db: Queryable): Promise<readonly string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select name from victor_data.experiments where status <> 'archived'`,
  );
  return rows.map(({ name }) => name);
}
