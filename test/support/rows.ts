import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { storeExperiment } from '../../activities/create.ts';
import type { Queryable } from '../../src/db/pool.ts';
import { beginExecution, recordOutcome } from '../../src/db/recording.ts';
import type { BeginAnswer, BeginParameters, RecordParameters, StoredResult } from '../../src/db/recording.ts';
import { withExclusiveLock } from '../../src/db/lock.ts';
import { moveStatus } from '../../src/db/transitions.ts';
import type { Outcome } from '../../src/model/execution.ts';
import type { Action, ExperimentStatusName } from '../../src/model/lifecycle.ts';
import type {
  DecisionSpec,
  ExperimentDefinition,
  ExperimentSpec,
  MetricSpec,
  VariantSpec,
} from '../../src/model/spec.ts';

/** Rows as the product writes them, without workers: through begin and record, in the order that a test chooses. */

export const IDENTITY = { clusterId: 'cluster-of-rows', namespace: 'default' };
export const newId = (): string => `e-${randomBytes(6).toString('hex')}`;

export function variantSpec(
  variantId: string,
  isControl: boolean,
  changes: Partial<VariantSpec> = {},
): VariantSpec {
  return {
    variantId,
    name: `The ${variantId}`,
    description: '',
    workflowType: 'definition',
    workflowConfig: { workflow: 'work' },
    parameterOverrides: {},
    isControl,
    trafficWeight: 0.5,
    tags: {},
    ...changes,
  };
}

export function metricSpec(changes: Partial<MetricSpec> = {}): MetricSpec {
  return {
    metricId: 'execution_time',
    name: 'Execution time',
    description: '',
    metricType: 'execution_time',
    optimizationGoal: 'minimize',
    successThreshold: null,
    relativeImprovement: null,
    ...changes,
  };
}

export const successRate = (changes: Partial<MetricSpec> = {}): MetricSpec =>
  metricSpec({
    metricId: 'success_rate',
    name: 'Success rate',
    metricType: 'success_rate',
    optimizationGoal: 'maximize',
    ...changes,
  });

export type SpecChanges = Partial<Omit<ExperimentSpec, 'decision'>> & {
  readonly decision?: Partial<DecisionSpec>;
};

function specOf({ decision, ...changes }: SpecChanges, experimentId: string): ExperimentSpec {
  return {
    name: `Experiment ${experimentId}`,
    description: '',
    hypothesis: '',
    tags: {},
    createdBy: null,
    unit: 'user_id',
    variants: [variantSpec('control', true), variantSpec('fast', false)],
    primaryMetric: metricSpec(),
    secondaryMetrics: [],
    minSampleSize: 1000,
    maxDurationSeconds: null,
    maxIterations: null,
    stallAfterMs: null,
    significanceLevel: 0.05,
    statisticalPower: 0.8,
    confidenceInterval: 0.95,
    allocation: { strategy: 'sticky', hash: 'victor', salt: '' },
    decision: {
      rule: 'fixed',
      spending: 'obrien_fleming',
      spendingParameter: null,
      looks: { kind: 'count', count: 5 },
      checkIntervalMs: 30_000,
      ...decision,
    },
    concurrency: 20,
    timeouts: { executionMs: 60_000, nodeMs: 30_000 },
    profile: 'live',
    ...changes,
  };
}

export function definitionOf(changes: SpecChanges, experimentId: string): ExperimentDefinition {
  const spec = specOf(changes, experimentId);
  return {
    spec,
    runnables: Object.fromEntries(
      spec.variants.map(({ variantId, parameterOverrides }) => [
        variantId,
        { kind: 'definition', workflowType: 'work', taskQueue: null, overrides: parameterOverrides },
      ]),
    ),
    bodies: {},
    dataset: null,
    warnings: [],
  };
}

/** Stores a draft. */
export async function seedDraft(
  pool: pg.Pool,
  changes: SpecChanges = {},
  dataset: ExperimentDefinition['dataset'] = null,
): Promise<string> {
  const experimentId = newId();
  await storeExperiment(pool, {
    experimentId,
    definition: { ...definitionOf(changes, experimentId), dataset },
    identity: IDENTITY,
    taskQueuePrefix: 'victor',
    createdBy: 'tests',
    createdByRunId: `run-${experimentId}`,
  });
  return experimentId;
}

/** Stores an experiment and starts it. */
export async function seedExperiment(
  pool: pg.Pool,
  changes: SpecChanges = {},
  dataset: ExperimentDefinition['dataset'] = null,
): Promise<string> {
  const experimentId = await seedDraft(pool, changes, dataset);
  await move(pool, experimentId, 'start');
  return experimentId;
}

export const move = (
  pool: pg.Pool,
  experimentId: string,
  action: Action,
  requestId: string | null = null,
): Promise<ExperimentStatusName> =>
  withExclusiveLock(pool, experimentId, (client) =>
    moveStatus(client, {
      experimentId,
      action,
      actor: 'tests',
      reason: action === 'deploy' ? 'there is no winner' : null,
      requestId,
      variantId: action === 'deploy' ? 'control' : null,
      now: false,
      cause: null,
    }),
  );

/** The execution's id is the unit's name unless `given` names another. */
export function begin(
  db: Queryable,
  experimentId: string,
  unit: string,
  variantId = 'control',
  given: Partial<BeginParameters> = {},
): Promise<BeginAnswer> {
  const executionId = given.executionId ?? unit;
  return beginExecution(db, {
    experimentId,
    executionId,
    unit,
    variantId,
    bucket: 0,
    propensity: 0.5,
    workflowId: `execution/${experimentId}/${executionId}`,
    runId: `run-${executionId}`,
    ...IDENTITY,
    deadlineMs: 60_000,
    definitionId: null,
    fromDataset: false,
    ...given,
  });
}

export function record(
  db: Queryable,
  experimentId: string,
  executionId: string,
  outcome: Outcome = 'success',
  given: Partial<RecordParameters> = {},
): Promise<StoredResult | null> {
  const durationSeconds = given.durationSeconds ?? 1;
  return recordOutcome(db, {
    experimentId,
    executionId,
    runId: `run-${executionId}`,
    outcome,
    error: null,
    output: null,
    outputTruncated: false,
    durationSeconds,
    metrics: { execution_time: durationSeconds },
    ...given,
  });
}

export interface Run {
  readonly unit: string;
  readonly variantId: string;
  readonly seconds: number;
  readonly outcome?: Outcome;
  readonly executionId?: string;
}

/** Executions that begin and end one after the other. */
export async function runAll(db: Queryable, experimentId: string, runs: readonly Run[]): Promise<void> {
  for (const run of runs) {
    const executionId = run.executionId ?? run.unit;
    const begun = await begin(db, experimentId, run.unit, run.variantId, { executionId });
    if (begun.kind !== 'admitted') throw new Error(`${executionId} was not admitted: ${begun.kind}`);
    await record(db, experimentId, executionId, run.outcome, { durationSeconds: run.seconds });
  }
}

/** `pairs` units in each variant, in turn; from number `first` on. */
export function pairs(
  count: number,
  control: (index: number) => number,
  fast: (index: number) => number,
  first = 0,
): Run[] {
  return Array.from({ length: count }, (_, n) => first + n).flatMap((index) => [
    { unit: `c${index}`, variantId: 'control', seconds: control(index) },
    { unit: `f${index}`, variantId: 'fast', seconds: fast(index) },
  ]);
}

/** Values around `mean` that vary a little, the same in every run. */
export const around =
  (mean: number): ((index: number) => number) =>
  (index) =>
    mean + 0.1 * (((index * 7) % 11) - 5);

/** As if the experiment had begun `seconds` earlier, and everything in it. */
export async function rewind(db: Queryable, experimentId: string, seconds: number): Promise<void> {
  const back = (columns: readonly string[]): string =>
    columns.map((column) => `${column} = ${column} - $2 * interval '1 second'`).join(', ');
  const tables = {
    experiments: ['started_at', 'paused_at', 'resumed_at', 'completed_at'],
    units: ['allocated_at'],
    executions: ['began_at', 'deadline_at'],
  };
  for (const [table, columns] of Object.entries(tables)) {
    await db.query(`update victor_data.${table} set ${back(columns)} where experiment_id = $1`, [
      experimentId,
      seconds,
    ]);
  }
}

/** Numbers of one query's rows. */
export async function numbers(
  db: Queryable,
  text: string,
  values: readonly unknown[] = [],
): Promise<number[]> {
  const { rows } = await db.query<{ n: number | string }>(text, [...values]);
  return rows.map((row) => Number(row.n));
}

export async function count(db: Queryable, table: string, experimentId: string): Promise<number> {
  const [n] = await numbers(
    db,
    `select count(*)::int as n from victor_data.${table} where experiment_id = $1`,
    [experimentId],
  );
  return n ?? 0;
}
