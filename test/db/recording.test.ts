import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../src/db/pool.ts';
import { readStoredResult, storeStateValue } from '../../src/db/recording.ts';
import { cloneDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { eventually } from '../support/workers.ts';
import { begin, count, move, numbers, record, seedDraft, seedExperiment } from '../support/rows.ts';

describe('begin and record', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await cloneDatabase();
    pool = createPool(database.url, { plane: 'data', max: 10 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const many = <T>(n: number, work: (index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: n }, (_, index) => work(index)));

  /** Holds a transaction open until `others` wait for it; gives what they got once it has committed. */
  const whileOpen = async <T>(
    first: (client: pg.PoolClient) => Promise<unknown>,
    others: () => Promise<T>,
  ): Promise<T> => {
    const client = await pool.connect();
    await client.query('begin');
    await first(client);
    const answers = others();
    await eventually('others wait', async () => {
      const [waiting] = await numbers(
        pool,
        `select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return waiting === 0 ? null : true;
    });
    await client.query('commit');
    client.release();
    return answers;
  };

  it('lets a begin wait for another of the same execution, and gives it the same row', async () => {
    const id = await seedExperiment(pool);
    const answers = await whileOpen(
      (client) => begin(client, id, 'u', 'fast'),
      () => many(5, () => begin(pool, id, 'u', 'control')),
    );
    expect(answers).toEqual(Array(5).fill(expect.objectContaining({ kind: 'admitted', variant_id: 'fast' })));
    expect(await count(pool, 'executions', id)).toBe(1);
  });

  it('lets a record wait for another of the same execution, and gives it the same outcome', async () => {
    const id = await seedExperiment(pool);
    await begin(pool, id, 'u');
    const answers = await whileOpen(
      (client) => record(client, id, 'u', 'timeout'),
      () => many(5, () => record(pool, id, 'u', 'success')),
    );
    expect(answers).toEqual(Array(5).fill(expect.objectContaining({ outcome: 'timeout' })));
    expect(await count(pool, 'metric_values', id)).toBe(1);
  });

  it('admits one execution of an id, however often it begins at once', async () => {
    const id = await seedExperiment(pool);
    const answers = await many(50, () => begin(pool, id, 'u', 'fast'));
    expect(answers.map((answer) => answer.kind)).toEqual(Array(50).fill('admitted'));
    expect(answers).toEqual(Array(50).fill(expect.objectContaining({ variant_id: 'fast' })));
    expect(await count(pool, 'executions', id)).toBe(1);
    expect(await count(pool, 'units', id)).toBe(1);
    expect(await count(pool, 'takeovers', id)).toBe(0);
  });

  it('stores one outcome, and gives every recorder that one', async () => {
    const id = await seedExperiment(pool);
    await begin(pool, id, 'u');
    const outcomes = ['success', 'failure', 'timeout', 'cancelled'] as const;
    const answers = await many(50, (index) =>
      record(pool, id, 'u', outcomes[index % 4], { durationSeconds: 1 + index }),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toEqual(await readStoredResult(pool, id, 'u'));
    expect(await count(pool, 'outcomes', id)).toBe(1);
    expect(
      await numbers(pool, 'select value as n from victor_data.metric_values where experiment_id = $1', [id]),
    ).toEqual([answers[0]?.duration_seconds]);
  });

  it('gives a later record the first outcome, whatever it brings, and adds no values', async () => {
    const id = await seedExperiment(pool);
    await begin(pool, id, 'u');
    const first = await record(pool, id, 'u', 'failure', {
      error: { type: 'Error', message: 'it broke', node: 'n1' },
      metrics: { execution_time: 2, cost: 0.5 },
      durationSeconds: 2,
    });
    expect(first).toMatchObject({
      outcome: 'failure',
      error: { type: 'Error', message: 'it broke', node: 'n1' },
      metrics: { execution_time: 2, cost: 0.5 },
      duration_seconds: 2,
    });
    const second = await record(pool, id, 'u', 'success', { metrics: { token_usage: 9 }, output: { a: 1 } });
    expect(second).toEqual(first);
    expect(await count(pool, 'metric_values', id)).toBe(2);
  });

  it.each([
    ['paused', ['pause']],
    ['completed', ['stop']],
    ['archived', ['pause', 'archive']],
  ] as const)(
    'gives a repeated begin its outcome when %s, and admits nothing new',
    async (status, actions) => {
      const id = await seedExperiment(pool);
      await begin(pool, id, 'u');
      const stored = await record(pool, id, 'u');
      for (const action of actions) await move(pool, id, action);
      expect(await begin(pool, id, 'u')).toEqual({ kind: 'finished', result: stored });
      expect(await begin(pool, id, 'u', 'control', { runId: 'another' })).toEqual({
        kind: 'finished',
        result: stored,
      });
      expect(await begin(pool, id, 'v')).toEqual({ kind: 'not_running', status });
      expect(await count(pool, 'executions', id)).toBe(1);
      expect(await count(pool, 'units', id)).toBe(1);
    },
  );

  it('records a begun execution in every state', async () => {
    for (const actions of [['pause'], ['stop'], ['pause', 'archive']] as const) {
      const id = await seedExperiment(pool);
      await begin(pool, id, 'u');
      for (const action of actions) await move(pool, id, action);
      expect(await record(pool, id, 'u', 'cancelled')).toMatchObject({ outcome: 'cancelled' });
    }
  });

  it('lets another run take over a row without an outcome, and fences the old one off', async () => {
    const id = await seedExperiment(pool);
    await begin(pool, id, 'u', 'fast', { runId: 'old' });
    expect(await begin(pool, id, 'u', 'control', { runId: 'new' })).toMatchObject({
      kind: 'admitted',
      variant_id: 'fast',
    });
    expect(await record(pool, id, 'u', 'failure', { runId: 'old' })).toBeNull();
    expect(await count(pool, 'outcomes', id)).toBe(0);
    expect(await record(pool, id, 'u', 'success', { runId: 'new' })).toMatchObject({
      outcome: 'success',
      run_id: 'new',
    });
    expect(await record(pool, id, 'u', 'failure', { runId: 'old' })).toMatchObject({
      outcome: 'success',
      run_id: 'new',
    });
    expect(await count(pool, 'executions', id)).toBe(1);
  });

  it('lets a third run take over from the second, also when paused', async () => {
    const id = await seedExperiment(pool);
    await begin(pool, id, 'u', 'control', { runId: 'one' });
    await begin(pool, id, 'u', 'control', { runId: 'two' });
    await move(pool, id, 'pause');
    expect((await begin(pool, id, 'u', 'control', { runId: 'three' })).kind).toBe('admitted');
    expect(await record(pool, id, 'u', 'success', { runId: 'two' })).toBeNull();
    expect(await record(pool, id, 'u', 'success', { runId: 'three' })).toMatchObject({ run_id: 'three' });
    expect(await count(pool, 'takeovers', id)).toBe(2);
  });

  it('gives a run that begins again the time that is left until its deadline', async () => {
    const id = await seedExperiment(pool);
    const first = await begin(pool, id, 'u', 'control', { deadlineMs: 100_000 });
    await pool.query(
      `update victor_data.executions set deadline_at = deadline_at - interval '40 s' where experiment_id = $1`,
      [id],
    );
    const second = await begin(pool, id, 'u', 'control', { deadlineMs: 100_000 });
    const left = [first, second].map((answer) => (answer.kind === 'admitted' ? answer.deadline_ms : NaN));
    expect(left[0]).toBeGreaterThan(90_000);
    expect(left[0]).toBeLessThanOrEqual(100_000);
    expect(left[1]).toBeGreaterThan(50_000);
    expect(left[1]).toBeLessThanOrEqual(60_000);
  });

  it('lets the reconciler record whichever run is current, once', async () => {
    const id = await seedExperiment(pool);
    await begin(pool, id, 'u', 'control', { runId: 'old' });
    await begin(pool, id, 'u', 'control', { runId: 'new' });
    const stored = await record(pool, id, 'u', 'timeout', { runId: null });
    expect(stored).toMatchObject({ outcome: 'timeout', run_id: 'new' });
    expect(await record(pool, id, 'u', 'success', { runId: 'new' })).toEqual(stored);
    const { rows } = await pool.query(
      'select recorded_by from victor_data.outcomes where experiment_id = $1',
      [id],
    );
    expect(rows).toEqual([{ recorded_by: 'reconciler' }]);
  });

  it('gives null for an execution that never began, and stores nothing', async () => {
    const id = await seedExperiment(pool);
    expect(await record(pool, id, 'never')).toBeNull();
    expect(await record(pool, id, 'never', 'timeout', { runId: null })).toBeNull();
    expect(await record(pool, 'no-experiment', 'never')).toBeNull();
    expect(await count(pool, 'outcomes', id)).toBe(0);
    expect(await count(pool, 'metric_values', id)).toBe(0);
  });

  it('answers what it does not know or does not admit', async () => {
    expect(await begin(pool, 'no-experiment', 'u')).toEqual({ kind: 'unknown' });
    const draft = await seedDraft(pool);
    expect(await begin(pool, draft, 'u')).toEqual({ kind: 'not_running', status: 'draft' });
    expect(await count(pool, 'units', draft)).toBe(0);
  });

  it.each([
    ['another Temporal', { clusterId: 'another' }],
    ['another namespace', { namespace: 'another' }],
  ])('refuses the execution of %s, running or finished', async (_, place) => {
    const id = await seedExperiment(pool);
    await begin(pool, id, 'u');
    const foreign = { kind: 'foreign', namespace: 'default' };
    expect(await begin(pool, id, 'u', 'control', { runId: 'other', ...place })).toEqual(foreign);
    expect(await count(pool, 'takeovers', id)).toBe(0);
    await record(pool, id, 'u');
    expect(await begin(pool, id, 'u', 'control', place)).toEqual(foreign);
  });

  it('allocates a unit once, and every execution of it to that variant', async () => {
    const id = await seedExperiment(pool);
    const answers = await many(40, (index) =>
      begin(pool, id, 'one unit', index % 2 === 0 ? 'control' : 'fast', { executionId: `x${index}` }),
    );
    const variants = answers.map((answer) => (answer.kind === 'admitted' ? answer.variant_id : answer.kind));
    expect(new Set(variants).size).toBe(1);
    expect(await count(pool, 'units', id)).toBe(1);
    expect(await count(pool, 'executions', id)).toBe(40);
    const { rows } = await pool.query(
      'select distinct variant_id as v from victor_data.executions where experiment_id = $1',
      [id],
    );
    expect(rows).toEqual([{ v: variants[0] }]);
  });

  it('keeps no unit of a begin that another begin of the same execution has beaten', async () => {
    const id = await seedExperiment(pool);
    const answers = await whileOpen(
      (client) => begin(client, id, 'first', 'fast', { executionId: 'same' }),
      () => many(5, (index) => begin(pool, id, `unit ${index}`, 'control', { executionId: 'same' })),
    );
    expect(answers).toEqual(Array(5).fill(expect.objectContaining({ kind: 'admitted', variant_id: 'fast' })));
    const { rows } = await pool.query('select unit from victor_data.units where experiment_id = $1', [id]);
    expect(rows).toEqual([{ unit: 'first' }]);
  });

  it('admits exactly max_iterations executions under concurrency', async () => {
    const id = await seedExperiment(pool, { maxIterations: 13 });
    const answers = await many(40, (index) => begin(pool, id, `u${index}`));
    expect(answers.filter((answer) => answer.kind === 'admitted')).toHaveLength(13);
    expect(answers.filter((answer) => answer.kind === 'not_running')).toHaveLength(27);
    expect(await count(pool, 'executions', id)).toBe(13);
    expect(await count(pool, 'units', id)).toBe(13);
    const [begun] = await numbers(
      pool,
      'select begun as n from victor_data.iteration_counters where experiment_id = $1',
      [id],
    );
    expect(begun).toBe(13);
  });

  it('takes no second iteration for a begin that is repeated at once, and refuses it none', async () => {
    const id = await seedExperiment(pool, { maxIterations: 4 });
    const answers = await many(40, (index) => begin(pool, id, `u${index % 4}`));
    expect(answers.map((answer) => answer.kind)).toEqual(Array(40).fill('admitted'));
    expect(await count(pool, 'executions', id)).toBe(4);
    expect(await begin(pool, id, 'u5')).toEqual({ kind: 'not_running', status: 'completed' });
    expect((await begin(pool, id, 'u0')).kind).toBe('admitted');
  });

  it('removes the state of an execution when it is recorded, and only then', async () => {
    const id = await seedExperiment(pool);
    await begin(pool, id, 'u', 'control', { runId: 'new' });
    await storeStateValue(pool, id, 'u', 'hash', '"large"');
    await storeStateValue(pool, id, 'v', 'hash', '"large"');
    await record(pool, id, 'u', 'success', { runId: 'old' });
    expect(await count(pool, 'state_values', id)).toBe(2);
    await record(pool, id, 'u', 'success', { runId: 'new' });
    expect(await count(pool, 'state_values', id)).toBe(1);
  });

  it.each([
    ['text', 'x'],
    ['an empty text', ''],
    ['NUL', 'a\u0000b'],
    ['half a surrogate pair', 'a\ud83d'],
    ['emoji', '👩‍🔬 ok'],
    ['a quote', `'"\\; drop table victor_data.outcomes; --`],
    ['false', false],
    ['zero', 0],
    ['the smallest number', 5e-324],
    ['null', null],
    ['a list', [1, [2, { 'a\u0000': 'b' }]]],
  ])('gives an output back as it was: %s', async (_, output) => {
    const id = await seedExperiment(pool);
    await begin(pool, id, 'u');
    expect((await record(pool, id, 'u', 'success', { output }))?.output).toEqual(output);
    expect((await readStoredResult(pool, id, 'u'))?.output).toEqual(output);
    const finished = await begin(pool, id, 'u');
    expect(finished.kind === 'finished' && finished.result.output).toEqual(output);
  });

  it('records an error whose text Postgres cannot hold, with a mark in the place of it', async () => {
    const id = await seedExperiment(pool);
    await begin(pool, id, 'u');
    const error = { type: 'Nul\u0000Error', message: 'cut in half: \ud83d', node: 'n\udc00' };
    expect((await record(pool, id, 'u', 'failure', { error }))?.error).toEqual({
      type: 'Nul\ufffdError',
      message: 'cut in half: \ufffd',
      node: 'n\ufffd',
    });
    const { rows } = await pool.query(
      `select error ->> 'message' as message from victor.executions where experiment_id = $1`,
      [id],
    );
    expect(rows).toEqual([{ message: 'cut in half: \ufffd' }]);
  });

  it('records an outcome whose metric is not a number, or too large to add up, without that metric', async () => {
    const id = await seedExperiment(pool);
    await begin(pool, id, 'u');
    const stored = await record(pool, id, 'u', 'success', {
      metrics: {
        execution_time: 3,
        cost: NaN,
        token_usage: Infinity,
        tool_calls_count: 1e100,
        score: -1.7e308,
      },
    });
    expect(stored?.outcome).toBe('success');
    const { rows } = await pool.query(
      'select name, value from victor_data.metric_values where experiment_id = $1',
      [id],
    );
    expect(rows).toEqual([{ name: 'execution_time', value: 3 }]);
  });

  it.each(['Infinity', '-Infinity', 'NaN', '1e100', '-1e100'])(
    'holds no metric value that is %s',
    async (value) => {
      const id = await seedExperiment(pool);
      await expect(
        pool.query(
          `insert into victor_data.metric_values (experiment_id, execution_id, name, seq, value)
         values ($1, 'u', 'execution_time', nextval('victor_data.row_seq'), $2)`,
          [id, value],
        ),
      ).rejects.toMatchObject({ constraint: 'metric_values_finite' });
    },
  );

  it.each([
    ['outcomes', 'outcome', 'outcomes_outcome', { outcome: 'lost' }],
    ['outcomes', 'recorded_by', 'outcomes_recorded_by', { recorded_by: 'nobody' }],
  ])('holds no %s with an unknown %s', async (_table, _column, constraint, given) => {
    const id = await seedExperiment(pool);
    const row = { outcome: 'success', recorded_by: 'workflow', ...given };
    await expect(
      pool.query(
        `insert into victor_data.outcomes (experiment_id, execution_id, seq, outcome, recorded_by)
         values ($1, 'u', 1, $2, $3)`,
        [id, row.outcome, row.recorded_by],
      ),
    ).rejects.toMatchObject({ constraint });
  });
});
