import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../support/rows.ts';
import {
  around,
  begin,
  move,
  pairs,
  record,
  runAll,
  seedExperiment,
  successRate,
  variantSpec,
} from '../support/rows.ts';
import { openControlPlane, sequential } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';

describe('numbers for people', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await openControlPlane();
  });
  afterAll(() => plane.close());

  it.each([
    [0, 0, 0],
    [5, 0, 0],
    [0, 5, 0],
    [12, 5, 0.5],
    [3, 12, 0.3],
    [10, 10, 1],
    [15, 12, 1],
  ])(
    'the information fraction is the smallest min(1, units / min_sample_size): %d and %d of 10',
    async (c, f, t) => {
      const id = await seedExperiment(plane.pool, { minSampleSize: 10 });
      for (let index = 0; index < Math.max(c, f); index += 1) {
        if (index < c) await begin(plane.pool, id, `c${index}`, 'control');
        if (index < f) await begin(plane.pool, id, `f${index}`, 'fast');
      }
      // a unit that returns is one unit
      if (c > 0) await begin(plane.pool, id, 'c0', 'control', { executionId: 'again' });
      expect((await plane.status(id)).informationFraction).toBe(t);
    },
  );

  it('the information fraction of a look counts units up to its cut, that of the status all', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 10, decision: sequential() });
    await runAll(plane.pool, id, pairs(3, around(1), around(1)));
    const [look] = await plane.settle(id);
    expect(look).toMatchObject({ informationFraction: 0.2 });
    expect(await plane.status(id)).toMatchObject({ informationFraction: 0.3, look: 1 });
    await move(plane.pool, id, 'stop');
    expect((await plane.settle(id)).at(-1)?.informationFraction).toBe(0.3);
  });

  it.each([
    [100, [0.5, 0.5], 200],
    [100, [0.9, 0.1], 1000],
    [100, [0.7, 0.3], 334],
    [1, [0.5, 0.5], 2],
    [29, [0.71, 0.29], 100],
    [57, [0.43, 0.57], 133],
    [1000, [0.999, 0.001], 1_000_000],
  ])(
    'planned_units is ceil(min_sample_size / smallest weight): %d at %j',
    async (minSampleSize, weights, planned) => {
      const id = await seedExperiment(plane.pool, {
        minSampleSize,
        variants: [
          variantSpec('control', true, { trafficWeight: weights[0]! }),
          variantSpec('fast', false, { trafficWeight: weights[1]! }),
        ],
      });
      expect((await plane.status(id)).plannedUnits).toBe(planned);
    },
  );

  it('started = success + failure + timeout + cancelled + running, in the status', async () => {
    const id = await seedExperiment(plane.pool);
    const outcomes = ['success', 'success', 'success', 'failure', 'failure', 'timeout', 'cancelled'] as const;
    for (const [index, outcome] of outcomes.entries()) {
      await begin(plane.pool, id, `u${index}`, index % 2 === 0 ? 'control' : 'fast');
      await record(plane.pool, id, `u${index}`, outcome);
    }
    for (const unit of ['r1', 'r2']) await begin(plane.pool, id, unit);
    const { document } = (await plane.check(id)).summary;
    expect(document).toMatchObject({
      executions: { started: 9, success: 3, failure: 2, timeout: 1, cancelled: 1, running: 2, excluded: 0 },
      total_samples: 9,
      variant_samples: { control: 6, fast: 3 },
      units: { control: 6, fast: 3 },
    });
  });

  async function analysed(runs: readonly Run[], changes: Parameters<typeof seedExperiment>[1] = {}) {
    const id = await seedExperiment(plane.pool, changes);
    await runAll(plane.pool, id, runs);
    await move(plane.pool, id, 'stop');
    await plane.settle(id);
    const results = await plane.results(id);
    const { control, fast } = results.variantResults;
    if (control === undefined || fast === undefined) throw new Error('a variant has no result');
    return { results, control, fast };
  }

  it('a difference is variant - control; only improvements are turned to the goal: less is better', async () => {
    const { results, control, fast } = await analysed(pairs(12, around(10), around(8)));
    const [c, f] = [control.primaryMetricValue ?? NaN, fast.primaryMetricValue ?? NaN];
    expect(f).toBeLessThan(c);
    expect(fast.difference).toBeCloseTo(f - c, 12);
    expect(fast.relativeChange).toBeCloseTo((f - c) / c, 12);
    expect(fast.absoluteImprovement).toBeCloseTo(c - f, 12);
    expect(fast.relativeImprovement).toBeCloseTo((c - f) / c, 12);
    expect(fast.effectSize).toBeLessThan(0);
    expect(results.looks[0]?.statistic).toBeLessThan(0);
    const [low, high] = fast.confidenceInterval ?? [NaN, NaN];
    expect(low).toBeLessThan(f - c);
    expect(high).toBeGreaterThan(f - c);
    expect(high).toBeLessThan(0);
    const [relativeLow, relativeHigh] = fast.relativeConfidenceInterval ?? [NaN, NaN];
    expect(relativeLow).toBeLessThan((f - c) / c);
    expect(relativeHigh).toBeGreaterThan((f - c) / c);
    expect(relativeHigh).toBeLessThan(0);
    expect(results.probabilityBest?.['fast']).toBeGreaterThan(0.99);
    expect(results.confidenceInterval).toEqual(fast.confidenceInterval);
  });

  it('a difference is variant - control; only improvements are turned to the goal: more is better', async () => {
    const runs = pairs(20, around(1), around(1)).map(
      (run, index): Run => ({
        ...run,
        outcome:
          run.variantId === 'fast'
            ? index % 20 === 1
              ? 'failure'
              : 'success'
            : index % 4 === 0
              ? 'success'
              : 'failure',
      }),
    );
    const { results, control, fast } = await analysed(runs, { primaryMetric: successRate() });
    expect(control.primaryMetricValue).toBeCloseTo(0.5, 12);
    expect(fast.primaryMetricValue).toBeCloseTo(0.9, 12);
    expect(fast.difference).toBeCloseTo(0.4, 12);
    expect(fast.relativeChange).toBeCloseTo(0.8, 12);
    expect(fast.absoluteImprovement).toBeCloseTo(0.4, 12);
    expect(fast.relativeImprovement).toBeCloseTo(0.8, 12);
    // Cohen's h
    expect(fast.effectSize).toBeCloseTo(2 * Math.asin(Math.sqrt(0.9)) - 2 * Math.asin(Math.sqrt(0.5)), 12);
    expect(results.looks[0]?.statistic).toBeGreaterThan(0);
    expect(results.probabilityBest?.['fast']).toBeGreaterThan(0.99);
  });

  it('a worse variant has negative improvements, whichever way the goal goes', async () => {
    const slower = await analysed(pairs(12, around(8), around(10)));
    expect(slower.fast.difference).toBeGreaterThan(0);
    expect(slower.fast.relativeChange).toBeGreaterThan(0);
    expect(slower.fast.absoluteImprovement).toBeLessThan(0);
    expect(slower.fast.relativeImprovement).toBeLessThan(0);
    expect(slower.results.probabilityBest?.['fast']).toBeLessThan(0.01);
    const runs = pairs(20, around(1), around(1)).map(
      (run, index): Run => ({
        ...run,
        outcome: run.variantId === 'fast' && index % 4 === 1 ? 'timeout' : 'success',
      }),
    );
    const { fast } = await analysed(runs, { primaryMetric: successRate() });
    expect(fast.difference).toBe(-0.5);
    expect(fast.relativeImprovement).toBe(-0.5);
  });

  it('the fields of control that compare are null', async () => {
    const { control } = await analysed(pairs(5, around(10), around(8)), {
      secondaryMetrics: [successRate()],
    });
    for (const field of [
      'difference',
      'relativeChange',
      'relativeImprovement',
      'absoluteImprovement',
      'confidenceInterval',
      'relativeConfidenceInterval',
      'pValue',
      'pValueAdjusted',
      'effectSize',
      'stagewise',
    ] as const)
      expect(control[field]).toBeNull();
    expect(control).toMatchObject({ isControl: true, units: 5, executions: 5, primaryMetricSamples: 5 });
    expect(control.secondaryMetrics['success_rate']).toMatchObject({
      value: 1,
      samples: 5,
      difference: null,
    });
  });

  it('means are the ratio of sums over units; the deviation is over executions', async () => {
    const runs: Run[] = [
      { unit: 'a', variantId: 'control', seconds: 1 },
      { unit: 'a', variantId: 'control', seconds: 2, executionId: 'a2' },
      { unit: 'a', variantId: 'control', seconds: 3, executionId: 'a3' },
      { unit: 'b', variantId: 'control', seconds: 10 },
      { unit: 'c', variantId: 'fast', seconds: 4 },
      { unit: 'd', variantId: 'fast', seconds: 6 },
    ];
    const { control, results } = await analysed(runs);
    // the mean of unit means would be 6
    expect(control).toMatchObject({ primaryMetricValue: 4, units: 2, executions: 4 });
    expect(control.primaryMetricStd).toBeCloseTo(Math.sqrt((9 + 4 + 1 + 36) / 3), 12);
    // S = 6, 10 and N = 3, 1: var S 8, cov -4, var N 2; R = 4: (8 + 32 + 32) / (2 * 4)
    expect(control.primaryMetricSe).toBeCloseTo(3, 12);
    expect(results).toMatchObject({ totalUnits: 4, totalSamples: 6 });
  });

  it('before the first look there are no statistics', async () => {
    const id = await seedExperiment(plane.pool);
    await runAll(plane.pool, id, pairs(3, around(1), around(1)));
    expect(await plane.results(id)).toMatchObject({
      look: 0,
      recommendation: 'continue',
      pValue: null,
      confidence: null,
      totalSamples: 0,
      looks: [],
      variantResults: { fast: { primaryMetricValue: null, units: 0 } },
    });
  });
});
