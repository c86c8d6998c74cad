import { conflict, notFound } from '../errors.ts';
import { readExperiment } from './experiments.ts';
import type { Queryable } from './pool.ts';

export interface Clone {
  readonly from: string;
  readonly experimentId: string;
  readonly name: string;
  readonly clusterId: string;
  readonly namespace: string;
  readonly taskQueuePrefix: string;
  readonly createdBy: string;
  readonly createdByRunId: string;
}

/**
 * A new draft with the definition of another experiment: variants, metrics, rules, dataset. Its units are allocated
 * anew, unless the file names a salt. Throws Conflict when the id or the name is taken.
 */
export async function cloneRows(db: Queryable, clone: Clone): Promise<void> {
  // it may be replaced or purged at this moment: either all of it is there, or nothing
  const source = await db.query('select from victor_data.experiments where experiment_id = $1 for share', [
    clone.from,
  ]);
  if (source.rowCount === 0) throw notFound(`no experiment has the id ${clone.from}`);
  const { rowCount } = await db.query(
    `insert into victor_data.experiments (experiment_id, name, spec, salt, profile, warnings, temporal_cluster_id,
       temporal_namespace, task_queue_prefix, created_by, created_by_run_id, dataset_size)
     select $2, $3, jsonb_set(spec, '{name}', to_jsonb($3::text)),
       coalesce(nullif(spec #>> '{allocation,salt}', ''), $2), profile, warnings, $4, $5, $6, $7, $8, dataset_size
     from victor_data.experiments where experiment_id = $1 on conflict do nothing`,
    [
      clone.from,
      clone.experimentId,
      clone.name,
      clone.clusterId,
      clone.namespace,
      clone.taskQueuePrefix,
      clone.createdBy,
      clone.createdByRunId,
    ],
  );
  if (rowCount === 0) {
    const taken = (await readExperiment(db, clone.experimentId)) !== null;
    throw conflict(
      taken
        ? `an experiment with id ${clone.experimentId} exists; choose another id`
        : `an experiment named "${clone.name}" exists and is not archived; choose another one with --name`,
    );
  }
  for (const statement of COPIES) await db.query(statement, [clone.from, clone.experimentId]);
}

const COPIES: readonly string[] = [
  copy('variants', [
    'variant_id',
    'position',
    'name',
    'is_control',
    'traffic_weight',
    'bucket_from',
    'bucket_to',
    'workflow_type',
    'parameter_overrides',
    'runnable',
  ]),
  copy('content_owners', ['hash']),
  copy('dataset_items', ['position', 'unit', 'content_hash', 'file']),
  copy('iteration_counters', ['max_iterations']),
];

function copy(table: string, columns: readonly string[]): string {
  const list = columns.join(', ');
  return `insert into victor_data.${table} (experiment_id, ${list})
    select $2, ${list} from victor_data.${table} where experiment_id = $1`;
}
