import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeLook } from '../../activities/look.ts';
import { nextLook } from '../../activities/due.ts';
import { createPool } from '../../src/db/pool.ts';
import { readStored } from '../../src/documents/status.ts';
import { cloneDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { begin, move, record, runAll, seedExperiment } from '../support/rows.ts';

/** The public SQL interface. A column may be added; none may go or change its place in a notebook's query. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  experiments: [
    'experiment_id',
    'name',
    'status',
    'profile',
    'spec',
    'created_by',
    'created_at',
    'started_at',
    'paused_at',
    'completed_at',
    'completed_because',
    'analyzed_at',
    'archived_at',
    'paused_seconds',
    'dataset_size',
    'deployed_variant_id',
    'deployed_at',
    'deleted_at',
  ],
  variants: [
    'experiment_id',
    'variant_id',
    'position',
    'name',
    'is_control',
    'traffic_weight',
    'workflow_type',
    'parameter_overrides',
    'variant_status',
  ],
  executions: [
    'experiment_id',
    'execution_id',
    'seq',
    'unit',
    'variant_id',
    'phase',
    'workflow_id',
    'run_id',
    'began_at',
    'deadline_at',
    'outcome',
    'ended_at',
    'error',
    'output',
    'duration_seconds',
    'recorded_by',
    'execution_time',
    'token_usage',
    'tool_calls_count',
    'cost',
    'excluded',
    'exclusion_reason',
  ],
  units: ['experiment_id', 'unit', 'variant_id', 'allocated_at', 'executions'],
  allocations: [
    'experiment_id',
    'unit',
    'variant_id',
    'bucket',
    'epoch',
    'reason',
    'propensity',
    'seq',
    'allocated_at',
  ],
  metric_values: ['experiment_id', 'execution_id', 'name', 'revision', 'value', 'seq'],
  metric_summaries: [
    'experiment_id',
    'variant_id',
    'metric',
    'n',
    'mean',
    'variance',
    'minimum',
    'maximum',
    'standard_deviation',
    'total',
    'units',
    'mean_sum',
    'mean_count',
    'var_sum',
    'cov_sum_count',
    'var_count',
  ],
  looks: [
    'experiment_id',
    'look',
    'final',
    'taken_at',
    'cut',
    'watermark',
    'information_fraction',
    'information',
    'boundary',
    'alpha_spent',
    'decision',
    'reason',
    'inputs',
    'result',
  ],
  decisions: ['experiment_id', 'look', 'taken_at', 'final', 'decision', 'reason'],
  events: ['experiment_id', 'number', 'at', 'type', 'actor', 'reason', 'data'],
};

describe('the views of schema victor', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let id: string;

  beforeAll(async () => {
    database = await cloneDatabase();
    pool = createPool(database.url, { plane: 'control', max: 3 });
    id = await seedExperiment(pool);
    await runAll(pool, id, [
      { unit: 'a', variantId: 'control', seconds: 1 },
      { unit: 'a', variantId: 'control', seconds: 4, executionId: 'a2' },
      { unit: 'b', variantId: 'fast', seconds: 2, outcome: 'failure' },
    ]);
    await begin(pool, id, 'c', 'fast', { runId: 'first' });
    await begin(pool, id, 'c', 'fast', { runId: 'second' });
    await begin(pool, id, 'd', 'fast');
    await record(pool, id, 'd', 'success', {
      metrics: { execution_time: 8, token_usage: 120, tool_calls_count: 3, cost: 0.25 },
      output: { answer: 42 },
      error: null,
      durationSeconds: 8,
    });
    await move(pool, id, 'stop');
    const planned = await nextLook(pool, await readStored(pool, id), 0);
    if (planned === null) throw new Error('no look is planned');
    await takeLook(pool, id, planned);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const rowsOf = async (view: string, order: string): Promise<Record<string, unknown>[]> => {
    const { rows } = await pool.query<Record<string, unknown>>(
      `select * from victor.${view} where experiment_id = $1 order by ${order}`,
      [id],
    );
    return rows;
  };

  it('are these, and no others', async () => {
    const { rows } = await pool.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'victor'`,
    );
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(COLUMNS).sort());
  });

  it.each(Object.entries(COLUMNS))('%s has its columns, and rows', async (view, columns) => {
    const { fields, rows } = await pool.query(`select * from victor.${view} where experiment_id = $1`, [id]);
    expect(fields.map(({ name }) => name)).toEqual(columns);
    expect(rows.length).toBeGreaterThan(0);
  });

  it('executions shows outcomes, metrics, and the run that owns each row', async () => {
    expect(await rowsOf('executions', 'seq')).toMatchObject([
      { execution_id: 'a', unit: 'a', outcome: 'success', execution_time: 1, token_usage: null },
      { execution_id: 'a2', unit: 'a', outcome: 'success', execution_time: 4 },
      { execution_id: 'b', variant_id: 'fast', outcome: 'failure', recorded_by: 'workflow' },
      { execution_id: 'c', outcome: 'running', run_id: 'second', ended_at: null, execution_time: null },
      {
        execution_id: 'd',
        token_usage: 120,
        tool_calls_count: 3,
        cost: 0.25,
        output: { answer: 42 },
        duration_seconds: 8,
        phase: 'experiment',
      },
    ]);
  });

  it('units and allocations show each unit once', async () => {
    expect(await rowsOf('units', 'unit')).toMatchObject([
      { unit: 'a', variant_id: 'control', executions: 2 },
      { unit: 'b', variant_id: 'fast', executions: 1 },
      { unit: 'c', executions: 1 },
      { unit: 'd', executions: 1 },
    ]);
    expect(await rowsOf('allocations', 'unit')).toMatchObject(
      ['a', 'b', 'c', 'd'].map((unit) => ({ unit, bucket: 0, epoch: 0, reason: 'hash', propensity: 0.5 })),
    );
  });

  it('metric_summaries are the moments of the newest values', async () => {
    await pool.query(
      `insert into victor_data.metric_values (experiment_id, execution_id, name, revision, seq, value)
       values ($1, 'a2', 'execution_time', 1, nextval('victor_data.row_seq'), 6)`,
      [id],
    );
    const times = (await rowsOf('metric_summaries', 'variant_id, metric')).filter(
      (row) => row['metric'] === 'execution_time',
    );
    expect(times).toMatchObject([
      {
        variant_id: 'control',
        n: 2,
        mean: 3.5,
        variance: 12.5,
        minimum: 1,
        maximum: 6,
        total: 7,
        // one unit with two executions
        units: 1,
        mean_sum: 7,
        mean_count: 2,
        var_sum: null,
        cov_sum_count: null,
        var_count: null,
      },
      {
        variant_id: 'fast',
        n: 2,
        mean: 5,
        variance: 18,
        minimum: 2,
        maximum: 8,
        total: 10,
        units: 2,
        mean_sum: 5,
        mean_count: 1,
        var_sum: 18,
        cov_sum_count: 0,
        var_count: 0,
      },
    ]);
    const rates = (await rowsOf('metric_summaries', 'variant_id')).filter(
      (row) => row['metric'] === 'success_rate',
    );
    expect(rates).toMatchObject([
      { variant_id: 'control', n: 2, mean: 1, total: 2 },
      // the running one is not in it
      { variant_id: 'fast', n: 2, mean: 0.5, total: 1, variance: 0.5 },
    ]);
    expect((await rowsOf('metric_values', 'seq')).at(-1)).toMatchObject({
      execution_id: 'a2',
      revision: 1,
      value: 6,
    });
  });

  it('a question about one experiment reads the partitions of one experiment', async () => {
    // outcomes are looked up by key, row by row
    for (const view of ['executions', 'units', 'allocations', 'metric_values', 'metric_summaries']) {
      const { rows } = await pool.query<Record<'QUERY PLAN', string>>(
        `explain select * from victor.${view} where experiment_id = '${id}'`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      const scanned = [...plan.matchAll(/ on (executions|units|metric_values)_(\d)/g)];
      expect(scanned.length, view).toBeGreaterThan(0);
      expect(new Set(scanned.map((match) => match[2])).size, plan).toBe(1);
    }
  });

  it('looks and decisions show the look that was taken', async () => {
    const [look] = await rowsOf('looks', 'look');
    expect(look).toMatchObject({ look: 1, final: true, alpha_spent: 0, decision: 'insufficient_data' });
    expect(await rowsOf('decisions', 'look')).toMatchObject([
      { look: 1, final: true, decision: 'insufficient_data', reason: look?.['reason'] },
    ]);
  });

  it('events tell the story in order', async () => {
    expect((await rowsOf('events', 'number')).map((row) => [row['number'], row['type']])).toEqual([
      [1, 'created'],
      [2, 'transition'],
      [3, 'transition'],
      [4, 'completion'],
      [5, 'look'],
      [6, 'decision'],
      [7, 'transition'],
    ]);
  });
});
