import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run, SpecChanges } from '../support/rows.ts';
import {
  around,
  metricSpec,
  move,
  pairs,
  runAll,
  seedExperiment,
  successRate,
  variantSpec,
} from '../support/rows.ts';
import { openControlPlane, sequential } from './control-plane.ts';
import type { ControlPlane, TakenLook } from './control-plane.ts';

describe('a treatment wins when', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await openControlPlane();
  });
  afterAll(() => plane.close());

  /** Half of the sample size, so that the look is an interim one. */
  async function interim(runs: readonly Run[], changes: SpecChanges = {}) {
    const id = await seedExperiment(plane.pool, { minSampleSize: 60, decision: sequential(2), ...changes });
    await runAll(plane.pool, id, runs);
    const [look] = await plane.settle(id);
    if (look === undefined) throw new Error('no look was taken');
    return { id, look };
  }
  async function goesOn(id: string, look: TakenLook, code: string, named: RegExp): Promise<void> {
    const { decision, boundary, statistic } = look.content.result;
    // it did cross
    expect(Math.abs(statistic ?? 0)).toBeGreaterThan(boundary ?? Infinity);
    expect(decision).toMatchObject({ stop: false, winner: null, recommendation: 'continue', code });
    expect(look).toMatchObject({
      final: false,
      decision: code,
      reason: expect.stringMatching(named) as string,
    });
    expect(await plane.status(id)).toMatchObject({
      status: 'running',
      lastDecision: { code, reason: expect.stringMatching(named) as string },
    });
    expect(await plane.results(id)).toMatchObject({
      winningVariantId: null,
      recommendation: 'continue',
      reasonCode: code,
      statisticalSignificance: true,
    });
    // at the end it is named again, and there is still no winner
    await move(plane.pool, id, 'stop');
    await plane.settle(id);
    expect(await plane.results(id)).toMatchObject({
      status: 'analyzed',
      winningVariantId: null,
      recommendation: 'inconclusive',
      reasonCode: code,
    });
  }

  it('no difference is rejected in the direction of the goal, and all else is well', async () => {
    const { id, look } = await interim(pairs(30, around(10), around(8)), {
      primaryMetric: metricSpec({ relativeImprovement: 0.1, successThreshold: 9 }),
    });
    expect(look).toMatchObject({ final: true, decision: 'winner' });
    expect(look.reason).toMatch(
      /Execution time of fast is 8.007 against 10.01 of control \(-19.99 %\).*: fast wins\./,
    );
    expect(await plane.results(id)).toMatchObject({
      status: 'analyzed',
      winningVariantId: 'fast',
      recommendation: 'deploy_winner',
      reasonCode: 'winner',
      statisticalSignificance: true,
      sampleRatio: { ok: true },
    });
    expect((await plane.status(id)).completedBecause).toBe('boundary');
  });

  it('its success rate is higher, where that is the goal', async () => {
    const good = (run: Run, index: number): Run => ({
      ...run,
      outcome: run.variantId === 'fast' || index % 4 === 0 ? 'success' : 'timeout',
    });
    const { id } = await interim(pairs(30, around(10), around(10)).map(good), {
      primaryMetric: successRate(),
    });
    expect(await plane.results(id)).toMatchObject({ winningVariantId: 'fast', reasonCode: 'winner' });
  });

  it('(a) not when the boundary is not crossed, although p is below alpha', async () => {
    const { id, look } = await interim(pairs(30, around(10), around(9.8)));
    expect(look).toMatchObject({ final: false, decision: 'continue' });
    expect(Math.abs(look.content.result.statistic ?? 0)).toBeGreaterThan(1.96);
    expect(look.boundary).toBeGreaterThan(2.9);
    expect(await plane.results(id)).toMatchObject({ status: 'running', statisticalSignificance: false });
  });

  it('(b) not when its estimated improvement is below the stated one', async () => {
    const primaryMetric = metricSpec({ relativeImprovement: 0.25 });
    const { id, look } = await interim(pairs(30, around(10), around(8)), { primaryMetric });
    await goesOn(id, look, 'below_relative_improvement', /improvement of 19.99 % is below the required 25 %/);
  });

  it('(b) exactly the stated improvement is enough', async () => {
    const exact = (mean: number) => (index: number) => mean + (index % 2 === 0 ? 0.25 : -0.25);
    const { id } = await interim(pairs(30, exact(10), exact(7.5)), {
      primaryMetric: metricSpec({ relativeImprovement: 0.25 }),
    });
    expect((await plane.results(id)).reasonCode).toBe('winner');
  });

  it('(c) not when it misses the success threshold, whichever way the goal goes', async () => {
    const slow = await interim(pairs(30, around(10), around(8)), {
      primaryMetric: metricSpec({ successThreshold: 7.5 }),
    });
    await goesOn(slow.id, slow.look, 'below_success_threshold', /8.007 misses the success threshold 7.5/);
    const runs = pairs(30, around(10), around(10)).map(
      (run, index): Run => ({
        ...run,
        outcome: run.variantId === 'fast' ? (index % 20 === 1 ? 'failure' : 'success') : 'failure',
      }),
    );
    const rare = await interim(runs, { primaryMetric: successRate({ successThreshold: 0.95 }) });
    await goesOn(rare.id, rare.look, 'below_success_threshold', /0.9 misses the success threshold 0.95/);
  });

  it('(e) not when the sample ratio is wrong', async () => {
    // 120 units for control where 75 are due
    const extra = Array.from({ length: 90 }, (_, index) => ({
      unit: `extra${index}`,
      variantId: 'control',
      seconds: around(10)(index),
    }));
    const { id, look } = await interim([...extra, ...pairs(30, around(10), around(8))]);
    await goesOn(id, look, 'sample_ratio_mismatch', /control 120 for 75, fast 30 for 75; p = /);
    const results = await plane.results(id);
    expect(results.sampleRatio).toMatchObject({
      ok: false,
      expected: { control: 75, fast: 75 },
      observed: { control: 120, fast: 30 },
    });
    expect(results.sampleRatio.pValue).toBeLessThan(0.001);
    expect(results.warnings).toContainEqual(expect.objectContaining({ code: 'SAMPLE_RATIO_MISMATCH' }));
  });

  it('(e) the sample ratio is that of the weights', async () => {
    const extra = Array.from({ length: 90 }, (_, index) => ({
      unit: `extra${index}`,
      variantId: 'control',
      seconds: around(10)(index),
    }));
    const { id } = await interim([...extra, ...pairs(30, around(10), around(8))], {
      variants: [
        variantSpec('control', true, { trafficWeight: 0.8 }),
        variantSpec('fast', false, { trafficWeight: 0.2 }),
      ],
    });
    expect(await plane.results(id)).toMatchObject({ winningVariantId: 'fast', sampleRatio: { ok: true } });
  });

  it('(f) not when the variants lose different shares of their executions to cancels', async () => {
    const runs = pairs(30, around(10), around(8)).map(
      (run, index): Run => ({
        ...run,
        outcome: run.variantId === 'fast' && index % 4 === 1 ? 'cancelled' : 'success',
      }),
    );
    const { id, look } = await interim(runs);
    await goesOn(id, look, 'differential_loss', /lose different shares of their executions \(p = /);
  });

  it('(f) equal shares of cancels do no harm, and count with their time', async () => {
    const runs = pairs(30, around(10), around(8)).map(
      (run, index): Run => ({ ...run, outcome: index % 4 < 2 ? 'cancelled' : 'success' }),
    );
    const { id, look } = await interim(runs);
    expect((await plane.results(id)).reasonCode).toBe('winner');
    expect(look.content.inputs.primary.arms.map((arm) => arm.executions)).toEqual([30, 30]);
    expect(look.content.inputs.cohort.map((arm) => arm.cancelled)).toEqual([15, 15]);
  });

  it('else a crossing in the harmful direction stops: control is best, and nothing wins', async () => {
    const { id, look } = await interim(pairs(30, around(10), around(12)), {
      primaryMetric: metricSpec({ relativeImprovement: 0.1 }),
    });
    expect(look).toMatchObject({ final: true, decision: 'control_best' });
    expect(look.reason).toMatch(/fast is worse than control/);
    expect(await plane.results(id)).toMatchObject({
      status: 'analyzed',
      winningVariantId: null,
      recommendation: 'inconclusive',
      reasonCode: 'control_best',
    });
    expect((await plane.status(id)).completedBecause).toBe('boundary');
  });

  it('at the final look a crossing without the conditions is inconclusive, and the experiment analyzed', async () => {
    for (const rule of ['fixed', 'group_sequential'] as const) {
      const id = await seedExperiment(plane.pool, {
        minSampleSize: 30,
        decision: { rule, looks: { kind: 'count', count: 1 } },
        primaryMetric: metricSpec({ relativeImprovement: 0.25 }),
      });
      await runAll(plane.pool, id, pairs(30, around(10), around(8)));
      await plane.settle(id);
      expect(await plane.results(id)).toMatchObject({
        status: 'analyzed',
        winningVariantId: null,
        recommendation: 'inconclusive',
        reasonCode: 'below_relative_improvement',
      });
    }
  });

  it('at the final look no crossing is not significant, and the experiment analyzed', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 30 });
    await runAll(plane.pool, id, pairs(30, around(10), around(9.99)));
    await plane.settle(id);
    const results = await plane.results(id);
    expect(results).toMatchObject({
      status: 'analyzed',
      recommendation: 'inconclusive',
      reasonCode: 'not_significant',
      statisticalSignificance: false,
    });
    expect(results.pValue).toBeGreaterThan(0.05);
    expect(results.confidence).toBe(1 - (results.pValueAdjusted ?? NaN));
  });
});
