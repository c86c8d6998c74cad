import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run, SpecChanges } from '../support/rows.ts';
import {
  around,
  begin,
  metricSpec,
  move,
  pairs,
  record,
  runAll,
  seedExperiment,
  successRate,
} from '../support/rows.ts';
import { openControlPlane, sequential } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';

/** Too little data is a value with a reason, never an exception; the final look still makes an experiment analyzed. */
describe('a look with too little data', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await openControlPlane();
  });
  afterAll(() => plane.close());

  const RULES = ['fixed', 'group_sequential'] as const;

  /** Stops after the runs, and expects an end without a test. */
  async function ends(runs: readonly Run[], code: string, reason: RegExp, changes: SpecChanges = {}) {
    for (const rule of RULES) {
      const id = await seedExperiment(plane.pool, {
        secondaryMetrics: [successRate(), metricSpec({ metricId: 'cost', metricType: 'cost' })],
        decision: { rule },
        ...changes,
      });
      await runAll(plane.pool, id, runs);
      await move(plane.pool, id, 'stop');
      const looks = await plane.settle(id);
      expect(looks).toHaveLength(1);
      expect(looks[0]).toMatchObject({ final: true, decision: code, boundary: null, alphaSpent: 0 });
      expect(await plane.results(id)).toMatchObject({
        status: 'analyzed',
        winningVariantId: null,
        recommendation: 'inconclusive',
        reasonCode: code,
        reasoning: expect.stringMatching(reason) as string,
        pValue: null,
        confidence: null,
        confidenceInterval: null,
        probabilityBest: null,
        statisticalSignificance: false,
        variantResults: { fast: { difference: null, pValue: null, effectSize: null } },
        warnings: [],
      });
    }
  }
  const runsOf = (variantId: string, count: number, seconds: (index: number) => number): Run[] =>
    Array.from({ length: count }, (_, index) => ({
      unit: `${variantId}${index}`,
      variantId,
      seconds: seconds(index),
    }));

  it('of no unit says so', () => ends([], 'no_data', /no execution has a value/));

  it('of one unit names the empty variant', async () => {
    await ends(runsOf('control', 1, around(10)), 'arm_empty', /variant fast has no value/);
    await ends(runsOf('fast', 9, around(10)), 'arm_empty', /variant control has no value/);
  });

  it('of one unit in a variant names that one, however often it returns', async () => {
    const returns = [0, 1, 2, 3].map((index) => ({
      unit: 'only',
      variantId: 'fast',
      seconds: 5 + index,
      executionId: `x${index}`,
    }));
    await ends(
      [...runsOf('control', 5, around(10)), ...returns],
      'insufficient_data',
      /variant fast has 1 unit with a value, 2 are needed/,
    );
  });

  it.each([1, 0.1, 123456.789, 0])('of identical values in both variants says so: %d', async (value) => {
    await ends(
      pairs(
        40,
        () => value,
        () => value,
      ),
      'identical_values',
      /do not vary/,
    );
  });

  it.each([0.1, 0.7, 1 / 3])('of identical values of units that return says so: %d', async (value) => {
    const runs = pairs(
      15,
      () => value,
      () => value,
    ).flatMap((run, index) =>
      Array.from({ length: 1 + (index % 4) }, (_, visit) => ({
        ...run,
        executionId: `${run.unit}-${visit}`,
      })),
    );
    await ends(runs, 'identical_values', /do not vary/);
  });

  it('of values that differ between the variants, but not within, says so', () =>
    ends(
      pairs(
        20,
        () => 0.1,
        () => 0.3,
      ),
      'identical_values',
      /do not vary/,
    ));

  it('of a success rate that is the same in both variants says so', () =>
    ends(pairs(10, around(10), around(8)), 'identical_values', /every outcome is the same/, {
      primaryMetric: successRate(),
      secondaryMetrics: [],
    }));

  it('of values too large to square says so', async () => {
    for (const large of [1e155, 1.5e308])
      await ends(
        pairs(
          4,
          (index) => large * (1 + index / 10),
          (index) => large / (1 + index),
        ),
        'no_data',
        /no execution has a value/,
      );
  });

  it('of a metric that nothing has recorded says so, and counts what is missing', async () => {
    const primaryMetric = metricSpec({ metricId: 'cost', metricType: 'cost' });
    await ends(pairs(5, around(10), around(8)), 'no_data', /no execution has a value/, { primaryMetric });
    const id = await seedExperiment(plane.pool, { primaryMetric });
    for (const [index, { unit, variantId }] of pairs(4, around(1), around(1)).entries()) {
      await begin(plane.pool, id, unit, variantId);
      await record(plane.pool, id, unit, 'success', {
        metrics: index % 3 === 0 ? {} : { cost: 1 + index / 8 },
      });
    }
    await move(plane.pool, id, 'stop');
    await plane.settle(id);
    const { variantResults } = await plane.results(id);
    // the first, fourth and seventh in turn have none
    expect(variantResults).toMatchObject({
      control: { units: 4, executions: 4, missing: 2, primaryMetricSamples: 2 },
      fast: { units: 4, executions: 4, missing: 1, primaryMetricSamples: 3 },
    });
  });

  it('at an interim look lets the experiment go on, and spends nothing', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 20, decision: sequential(2) });
    await runAll(
      plane.pool,
      id,
      pairs(
        10,
        () => 1,
        () => 1,
      ),
    );
    const [look] = await plane.settle(id);
    expect(look).toMatchObject({
      final: false,
      decision: 'identical_values',
      alphaSpent: 0,
      information: null,
    });
    expect(await plane.results(id)).toMatchObject({ status: 'running', recommendation: 'continue' });
    await runAll(plane.pool, id, pairs(10, around(10), around(8), 10));
    const looks = await plane.settle(id);
    expect(looks[1]).toMatchObject({ final: true, alphaSpent: 0.05, boundary: expect.any(Number) as number });
    expect(looks[1]?.boundary).toBeCloseTo(1.96, 3);
  });

  it.each([
    [null, 'winner'],
    [0.1, 'below_relative_improvement'],
  ])(
    'of all successes against none finds the difference, but no relative one: required %s',
    async (required, code) => {
      const primaryMetric = successRate({ relativeImprovement: required });
      const id = await seedExperiment(plane.pool, { minSampleSize: 10, primaryMetric });
      const runs = pairs(10, around(1), around(1)).map(
        (run): Run => ({ ...run, outcome: run.variantId === 'fast' ? 'success' : 'failure' }),
      );
      await runAll(plane.pool, id, runs);
      await plane.settle(id);
      expect(await plane.results(id)).toMatchObject({
        status: 'analyzed',
        reasonCode: code,
        variantResults: { fast: { difference: 1, relativeChange: null, relativeImprovement: null } },
      });
    },
  );
});
