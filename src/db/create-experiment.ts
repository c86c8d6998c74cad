import { conflict } from '../errors.ts';
import { snakeKeys } from '../model/case.ts';
import type { ExperimentDefinition } from '../model/spec.ts';
import { readExperiment } from './experiments.ts';
import type { DatasetRow, ExperimentRow } from './experiments.ts';
import type { Queryable } from './pool.ts';

export interface NewExperiment {
  readonly experimentId: string;
  readonly definition: ExperimentDefinition;
  readonly salt: string;
  readonly ranges: readonly { readonly variantId: string; readonly from: number; readonly to: number }[];
  readonly clusterId: string;
  readonly namespace: string;
  readonly taskQueuePrefix: string;
  readonly createdBy: string;
  /** Makes a repeated creation by the same caller harmless. */
  readonly createdByRunId: string;
}

/** False: this creator has created it before. A different creator, or a name in use, is a Conflict. */
export async function insertExperiment(db: Queryable, e: NewExperiment): Promise<boolean> {
  const { spec } = e.definition;
  const inserted = await db.query(
    `insert into victor_data.experiments (experiment_id, name, spec, salt, profile, warnings, temporal_cluster_id,
       temporal_namespace, task_queue_prefix, created_by, created_by_run_id, dataset_size)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing`,
    [
      e.experimentId,
      spec.name,
      JSON.stringify(snakeKeys(spec)),
      e.salt,
      spec.profile,
      JSON.stringify(e.definition.warnings),
      e.clusterId,
      e.namespace,
      e.taskQueuePrefix,
      e.createdBy,
      e.createdByRunId,
      e.definition.dataset?.length ?? null,
    ],
  );
  if (inserted.rowCount === 0) {
    const existing = await readExperiment(db, e.experimentId);
    if (existing?.createdByRunId === e.createdByRunId) return false;
    if (existing !== null) {
      throw idTaken(existing);
    }
    throw nameTaken(spec.name);
  }
  await insertVariants(db, e);
  return true;
}

/** Another definition for a draft: what it varies, measures and reads is that of `e` from now on. */
export async function replaceDefinition(db: Queryable, e: NewExperiment): Promise<void> {
  const { spec } = e.definition;
  const taken = await db.query(
    `select from victor_data.experiments where name = $2 and experiment_id <> $1 and status <> 'archived'`,
    [e.experimentId, spec.name],
  );
  if (taken.rowCount !== 0) throw nameTaken(spec.name);
  // its contents stay until it is purged: an unrecorded run of the draft may still need them
  for (const table of ['variants', 'dataset_items', 'iteration_counters']) {
    await db.query(`delete from victor_data.${table} where experiment_id = $1`, [e.experimentId]);
  }
  await db.query(
    `update victor_data.experiments set name = $2, spec = $3, salt = $4, profile = $5, warnings = $6, dataset_size = $7,
       definition_id = gen_random_uuid() where experiment_id = $1`,
    [
      e.experimentId,
      spec.name,
      JSON.stringify(snakeKeys(spec)),
      e.salt,
      spec.profile,
      JSON.stringify(e.definition.warnings),
      e.definition.dataset?.length ?? null,
    ],
  );
  await insertVariants(db, e);
}

const nameTaken = (name: string): Error =>
  conflict(
    `an experiment named "${name}" exists and is not archived; choose another name, or archive it with \`victor experiment archive "${name}"\``,
  );

function idTaken({ experimentId, status, deletedAt }: ExperimentRow): Error {
  const state = deletedAt === null ? status : `${status} and hidden`;
  const free =
    status === 'archived' ? `, or free this one: \`victor experiment delete ${experimentId} --purge\`` : '';
  return conflict(`an experiment with id ${experimentId} exists (${state}); choose another id${free}`);
}

async function insertVariants(db: Queryable, e: NewExperiment): Promise<void> {
  const { spec } = e.definition;
  for (const [position, variant] of spec.variants.entries()) {
    const range = e.ranges.find((candidate) => candidate.variantId === variant.variantId);
    await db.query(
      `insert into victor_data.variants (experiment_id, variant_id, position, name, is_control, traffic_weight,
         bucket_from, bucket_to, workflow_type, parameter_overrides, runnable)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        e.experimentId,
        variant.variantId,
        position,
        variant.name,
        variant.isControl,
        variant.trafficWeight,
        range?.from,
        range?.to,
        variant.workflowType,
        JSON.stringify(variant.parameterOverrides),
        JSON.stringify(e.definition.runnables[variant.variantId]),
      ],
    );
  }
  if (spec.maxIterations !== null) {
    await db.query(
      'insert into victor_data.iteration_counters (experiment_id, max_iterations) values ($1, $2)',
      [e.experimentId, spec.maxIterations],
    );
  }
}

export async function insertDataset(
  db: Queryable,
  experimentId: string,
  rows: readonly DatasetRow[],
): Promise<void> {
  for (let start = 0; start < rows.length; start += 1000) {
    const batch = rows.slice(start, start + 1000);
    await db.query(
      `insert into victor_data.dataset_items (experiment_id, position, unit, content_hash, file)
       select $1, * from unnest($2::int[], $3::text[], $4::text[], $5::jsonb[])`,
      [
        experimentId,
        batch.map((row) => row.position),
        batch.map((row) => row.unit),
        batch.map((row) => row.contentHash),
        batch.map((row) => (row.file === null ? null : JSON.stringify(row.file))),
      ],
    );
  }
}
