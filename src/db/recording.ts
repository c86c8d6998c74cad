import type { ExecutionError, Outcome } from '../model/execution.ts';
import type { Json } from '../model/json.ts';
import type { Queryable } from './pool.ts';
import { storable } from './text.ts';

export interface BeginParameters {
  readonly experimentId: string;
  readonly executionId: string;
  readonly unit: string;
  readonly variantId: string;
  readonly bucket: number;
  readonly propensity: number;
  readonly workflowId: string;
  readonly runId: string;
  readonly clusterId: string;
  readonly namespace: string;
  readonly deadlineMs: number;
  /** Which definition `variantId` comes from; null: not checked. */
  readonly definitionId: string | null;
  /** After a roll-out a dataset is over; callers get the deployed variant. */
  readonly fromDataset: boolean;
}

/** An outcome as it is stored, in the database's own names. */
export interface StoredResult {
  readonly variant_id: string;
  readonly phase: 'experiment' | 'after_deploy';
  readonly workflow_id: string;
  readonly run_id: string;
  readonly outcome: Outcome;
  readonly error: ExecutionError | null;
  readonly output: Json;
  readonly output_truncated: boolean;
  readonly duration_seconds: number | null;
  readonly metrics: Readonly<Record<string, number>>;
}

export type BeginAnswer =
  | { readonly kind: 'unknown' }
  /** The definition has changed since it was read. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'not_running'; readonly status: string }
  | { readonly kind: 'foreign'; readonly namespace: string }
  | { readonly kind: 'finished'; readonly result: StoredResult }
  | {
      readonly kind: 'admitted';
      readonly variant_id: string;
      readonly phase: 'experiment' | 'after_deploy';
      readonly deadline_ms: number;
    };

export async function beginExecution(db: Queryable, p: BeginParameters): Promise<BeginAnswer> {
  const { rows } = await db.query<{ answer: BeginAnswer }>({
    name: 'begin_execution',
    text: 'select victor_data.begin_execution($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) as answer',
    values: [
      p.experimentId,
      p.executionId,
      p.unit,
      p.variantId,
      p.bucket,
      p.propensity,
      p.workflowId,
      p.runId,
      p.clusterId,
      p.namespace,
      p.deadlineMs,
      p.definitionId,
      p.fromDataset,
    ],
  });
  return rows[0]?.answer ?? { kind: 'unknown' };
}

export interface RecordParameters {
  readonly experimentId: string;
  readonly executionId: string;
  /** Null: the reconciler, which no run fences. */
  readonly runId: string | null;
  readonly outcome: Outcome;
  readonly error: ExecutionError | null;
  readonly output: Json;
  readonly outputTruncated: boolean;
  readonly durationSeconds: number | null;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The stored outcome, which is the first one recorded. Null: the execution never began. */
export async function recordOutcome(db: Queryable, p: RecordParameters): Promise<StoredResult | null> {
  const { rows } = await db.query<{ stored: StoredResult | null }>({
    name: 'record_outcome',
    text: 'select victor_data.record_outcome($1, $2, $3, $4, $5, $6, $7, $8, $9) as stored',
    values: [
      p.experimentId,
      p.executionId,
      p.runId,
      p.outcome,
      p.error === null ? null : JSON.stringify(storableError(p.error)),
      p.output === null ? null : JSON.stringify(p.output),
      p.outputTruncated,
      p.durationSeconds,
      JSON.stringify(p.metrics),
    ],
  });
  return rows[0]?.stored ?? null;
}

const storableError = ({ type, message, node }: ExecutionError): ExecutionError => ({
  type: storable(type),
  message: storable(message),
  node: node === null ? null : storable(node),
});

/** Null: the execution is unknown, or has not ended. */
export async function readStoredResult(
  db: Queryable,
  experimentId: string,
  executionId: string,
): Promise<StoredResult | null> {
  const { rows } = await db.query<{ stored: StoredResult | null }>(
    'select victor_data.stored_result($1, $2) as stored',
    [experimentId, executionId],
  );
  return rows[0]?.stored ?? null;
}

export async function dropStateValues(
  db: Queryable,
  experimentId: string,
  executionId: string,
): Promise<void> {
  await db.query('delete from victor_data.state_values where experiment_id = $1 and execution_id = $2', [
    experimentId,
    executionId,
  ]);
}

export async function storeStateValue(
  db: Queryable,
  experimentId: string,
  executionId: string,
  hash: string,
  body: string,
): Promise<void> {
  await db.query(
    `insert into victor_data.state_values (experiment_id, execution_id, hash, body) values ($1, $2, $3, $4)
     on conflict do nothing`,
    [experimentId, executionId, hash, body],
  );
}

export async function readStateValue(
  db: Queryable,
  experimentId: string,
  executionId: string,
  hash: string,
): Promise<{ readonly body: Json } | null> {
  const { rows } = await db.query<{ body: Json }>(
    'select body from victor_data.state_values where experiment_id = $1 and execution_id = $2 and hash = $3',
    [experimentId, executionId, hash],
  );
  return rows[0] ?? null;
}
