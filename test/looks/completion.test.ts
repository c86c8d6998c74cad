import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finishDataset } from '../../src/db/experiments.ts';
import type { CompletionCause } from '../../src/model/lifecycle.ts';
import {
  around,
  begin,
  move,
  numbers,
  pairs,
  record,
  rewind,
  runAll,
  seedExperiment,
} from '../support/rows.ts';
import { openControlPlane, sequential } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';

describe('completion', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await openControlPlane();
  });
  afterAll(() => plane.close());

  const ended = async (id: string) => {
    const { status, completedBecause } = await plane.status(id);
    return { status, because: completedBecause };
  };
  const running = { status: 'running', because: null };
  const over = (because: CompletionCause) => ({ status: 'completed', because });
  const analyzed = (because: CompletionCause) => ({ status: 'analyzed', because });
  const items = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      unit: null,
      body: { kind: 'inline' as const, input: { index } },
    }));
  const largestSeq = async (id: string): Promise<number> => {
    const [seq] = await numbers(
      plane.pool,
      'select max(seq) as n from victor_data.executions where experiment_id = $1',
      [id],
    );
    return seq ?? NaN;
  };

  it('by sample size: every variant has begun min_sample_size units, ended or not', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 3 });
    for (const unit of ['c1', 'c2', 'c3', 'c4', 'f1', 'f2'])
      await begin(plane.pool, id, unit, unit[0] === 'f' ? 'fast' : 'control');
    // a unit that returns counts once
    await begin(plane.pool, id, 'f1', 'fast', { executionId: 'f1 again' });
    expect((await plane.check(id)).completedNow).toBe(false);
    await begin(plane.pool, id, 'f3', 'fast');
    expect((await plane.check(id)).completedNow).toBe(true);
    expect((await plane.check(id)).completedNow).toBe(false);
    expect(await ended(id)).toEqual(over('sample_size'));
    expect(await begin(plane.pool, id, 'f4', 'fast')).toEqual({ kind: 'not_running', status: 'completed' });
  });

  it('a dataset of exactly the sample size completes by sample size, and all of alpha is spent', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 10, decision: sequential() }, items(20));
    const runs = pairs(10, around(10), around(10));
    await runAll(plane.pool, id, runs.slice(0, -1));
    await plane.settle(id);
    expect(await ended(id)).toEqual(running);
    await runAll(plane.pool, id, runs.slice(-1));
    await finishDataset(plane.pool, id);
    const looks = await plane.settle(id);
    expect(await ended(id)).toEqual(analyzed('sample_size'));
    expect(looks.map((look) => look.informationFraction)).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
    expect(looks.map((look) => look.final)).toEqual([false, false, false, false, true]);
    const spent = looks.map((look) => look.alphaSpent);
    expect(spent).toEqual([...spent].sort((a, b) => a - b));
    expect(new Set(spent).size).toBe(5);
    expect(spent.at(-1)).toBe(0.05);
    expect(looks.at(-1)?.boundary).toBeGreaterThan(1.96);
  });

  it('says whether the dataset of a running experiment should be running', async () => {
    const id = await seedExperiment(plane.pool, {}, items(1));
    expect((await plane.check(id)).datasetMissing).toBe(true);
    await move(plane.pool, id, 'pause');
    expect((await plane.check(id)).datasetMissing).toBe(false);
    await move(plane.pool, id, 'resume');
    await finishDataset(plane.pool, id);
    expect((await plane.check(id)).datasetMissing).toBe(false);
    expect((await plane.check(await seedExperiment(plane.pool))).datasetMissing).toBe(false);
  });

  it('by the end of the dataset, not before', async () => {
    const id = await seedExperiment(plane.pool, {}, items(4));
    await runAll(plane.pool, id, pairs(2, around(1), around(1)));
    await plane.settle(id);
    expect(await ended(id)).toEqual(running);
    await finishDataset(plane.pool, id);
    const [look] = await plane.settle(id);
    expect(await ended(id)).toEqual(analyzed('dataset_end'));
    expect(look).toMatchObject({ look: 1, final: true, alphaSpent: 0.05, informationFraction: 0.002 });
  });

  it('by max_iterations: executions begun, all variants together', async () => {
    const id = await seedExperiment(plane.pool, { maxIterations: 4 });
    await runAll(plane.pool, id, pairs(1, around(1), around(1)));
    await begin(plane.pool, id, 'c0', 'control', { executionId: 'c0 again' });
    await plane.check(id);
    expect(await ended(id)).toEqual(running);
    await begin(plane.pool, id, 'c0', 'control', { executionId: 'c0 once more' });
    await plane.check(id);
    expect(await ended(id)).toEqual(over('max_iterations'));
  });

  it('by max_iterations also when begins were repeated at once', async () => {
    const id = await seedExperiment(plane.pool, { maxIterations: 3 });
    await Promise.all(Array.from({ length: 12 }, (_, index) => begin(plane.pool, id, `u${index % 3}`)));
    await plane.check(id);
    expect(await ended(id)).toEqual(over('max_iterations'));
  });

  it('by max_duration, in which time paused does not count', async () => {
    const id = await seedExperiment(plane.pool, { maxDurationSeconds: 100 });
    await rewind(plane.pool, id, 60);
    await plane.check(id);
    await move(plane.pool, id, 'pause');
    await rewind(plane.pool, id, 1000);
    await move(plane.pool, id, 'resume');
    await rewind(plane.pool, id, 30);
    await plane.check(id);
    expect(await ended(id)).toEqual(running);
    await rewind(plane.pool, id, 11);
    await plane.check(id);
    expect(await ended(id)).toEqual(over('max_duration'));
    const { totalDurationSeconds } = await plane.results(id);
    expect(totalDurationSeconds).toBeGreaterThan(101);
    expect(totalDurationSeconds).toBeLessThan(120);
  });

  it('does not come while paused, whatever the time', async () => {
    const id = await seedExperiment(plane.pool, { maxDurationSeconds: 100, stallAfterMs: 100_000 });
    await move(plane.pool, id, 'pause');
    await rewind(plane.pool, id, 1000);
    await plane.check(id);
    expect(await ended(id)).toEqual({ status: 'paused', because: null });
    await move(plane.pool, id, 'resume');
    await plane.check(id);
    expect(await ended(id)).toEqual(running);
  });

  it('by stall: no new unit was begun for that long', async () => {
    const id = await seedExperiment(plane.pool, { stallAfterMs: 60_000 });
    await rewind(plane.pool, id, 50);
    await begin(plane.pool, id, 'u');
    await rewind(plane.pool, id, 50);
    // a unit that returns is not a new one
    await begin(plane.pool, id, 'u', 'control', { executionId: 'u again' });
    await plane.check(id);
    expect(await ended(id)).toEqual(running);
    await move(plane.pool, id, 'pause');
    await move(plane.pool, id, 'resume');
    await rewind(plane.pool, id, 50);
    await plane.check(id);
    expect(await ended(id)).toEqual(running);
    await rewind(plane.pool, id, 11);
    await plane.check(id);
    expect(await ended(id)).toEqual(over('stall'));
  });

  it('by stall also when nothing was ever begun', async () => {
    const id = await seedExperiment(plane.pool, { stallAfterMs: 60_000 });
    await rewind(plane.pool, id, 61);
    await plane.settle(id);
    expect(await ended(id)).toEqual(analyzed('stall'));
  });

  it('by hand', async () => {
    const id = await seedExperiment(plane.pool);
    await move(plane.pool, id, 'stop');
    expect(await ended(id)).toEqual(over('manual'));
  });

  it('by a boundary: a look that stops the experiment is the final one', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 50, decision: sequential() });
    await runAll(plane.pool, id, pairs(20, around(10), around(5)));
    const looks = await plane.settle(id);
    expect(await ended(id)).toEqual(analyzed('boundary'));
    expect(looks.at(-1)).toMatchObject({ final: true, decision: 'winner' });
    expect(looks.at(-1)?.content.inputs.final).toBe(false);
    expect(looks.at(-1)?.alphaSpent).toBeLessThan(0.05);
    expect((await plane.check(id)).due).toBeNull();
  });

  it('is not by a limit that another one was before', async () => {
    const id = await seedExperiment(plane.pool, {
      minSampleSize: 1,
      maxIterations: 2,
      maxDurationSeconds: 1,
    });
    await runAll(plane.pool, id, pairs(1, around(1), around(1)));
    await rewind(plane.pool, id, 10);
    await plane.check(id);
    expect(await ended(id)).toEqual(over('sample_size'));
  });

  it('leaves executions in flight to end and be recorded; the final look waits for them', async () => {
    const id = await seedExperiment(plane.pool);
    await runAll(plane.pool, id, pairs(5, around(10), around(10)));
    await begin(plane.pool, id, 'last', 'fast');
    const last = await largestSeq(id);
    await move(plane.pool, id, 'stop');
    // rows of others move the sequence on, not the cut
    await runAll(plane.pool, await seedExperiment(plane.pool), pairs(3, around(1), around(1)));
    expect(await plane.settle(id)).toEqual([]);
    expect(await ended(id)).toEqual(over('manual'));
    expect(await record(plane.pool, id, 'last', 'timeout', { durationSeconds: 100 })).toMatchObject({
      outcome: 'timeout',
    });
    const [look] = await plane.settle(id);
    expect(look).toMatchObject({ final: true, cut: last });
    expect(look?.content.inputs.primary.arms.map((arm) => arm.executions)).toEqual([5, 6]);
    expect(await ended(id)).toEqual(analyzed('manual'));
  });

  it('takes the looks that are still due before the final one, which spends what is left', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 10, decision: sequential() });
    await runAll(plane.pool, id, pairs(5, around(10), around(10)));
    await move(plane.pool, id, 'stop');
    const looks = await plane.settle(id);
    expect(looks.map((look) => [look.informationFraction, look.final])).toEqual([
      [0.2, false],
      [0.4, false],
      [0.5, true],
    ]);
    expect(looks.at(-1)?.alphaSpent).toBe(0.05);
    expect(looks[1]?.alphaSpent).toBeLessThan(0.01);
  });

  it('leaves all of the rest of alpha to the final look when units go beyond the sample size', async () => {
    // 4/5 of 3 units is 3 units: the full sample size, at a number before the last
    const id = await seedExperiment(plane.pool, { minSampleSize: 3, decision: sequential() });
    await runAll(plane.pool, id, pairs(6, around(10), around(10)));
    const looks = await plane.settle(id);
    expect(looks.map((look) => [look.informationFraction, look.final])).toEqual([
      [1 / 3, false],
      [2 / 3, false],
      [1, false],
      [1, true],
    ]);
    expect(looks[2]?.alphaSpent).toBeLessThan(0.05);
    expect(looks[3]).toMatchObject({ alphaSpent: 0.05, boundary: expect.any(Number) as number });
    expect((await plane.results(id)).pValue).toEqual(expect.any(Number));
    expect(await ended(id)).toEqual(analyzed('sample_size'));
  });

  it('is said once, when two checks come at once', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 1 });
    await runAll(plane.pool, id, pairs(1, around(1), around(1)));
    const answers = await Promise.all([plane.check(id), plane.check(id), plane.check(id)]);
    expect(answers.filter((answer) => answer.completedNow)).toHaveLength(1);
    const [stops] = await numbers(
      plane.pool,
      `select count(*) as n from victor_data.events where experiment_id = $1 and data ->> 'action' = 'stop'`,
      [id],
    );
    expect(stops).toBe(1);
  });

  it('a check asks again in time: at the limit, and seldom while the next look is far', async () => {
    const seldom = await seedExperiment(plane.pool, { minSampleSize: 1000 });
    await rewind(plane.pool, seldom, 1000);
    await runAll(plane.pool, seldom, pairs(1, around(1), around(1)));
    expect((await plane.check(seldom)).nextCheckMs).toBe(30_000 * 20);
    const limited = await seedExperiment(plane.pool, { minSampleSize: 1000, maxDurationSeconds: 1100 });
    await rewind(plane.pool, limited, 1000);
    await runAll(plane.pool, limited, pairs(1, around(1), around(1)));
    const { nextCheckMs } = await plane.check(limited);
    expect(nextCheckMs).toBeGreaterThan(90_000);
    expect(nextCheckMs).toBeLessThan(101_000);
    const near = await seedExperiment(plane.pool, { minSampleSize: 2, maxDurationSeconds: 10 });
    await runAll(plane.pool, near, pairs(1, around(1), around(1)));
    expect((await plane.check(near)).nextCheckMs).toBeLessThan(10_100);
    const waiting = await seedExperiment(plane.pool, { minSampleSize: 1 });
    await begin(plane.pool, waiting, 'c', 'control');
    await begin(plane.pool, waiting, 'f', 'fast');
    expect((await plane.check(waiting)).nextCheckMs).toBe(30_000);
  });
});
