import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLookInputs } from '../../activities/look.ts';
import { setExcluded } from '../../src/db/exclusions.ts';
import { readStored } from '../../src/documents/status.ts';
import { around, begin, pairs, record, runAll, seedExperiment } from '../support/rows.ts';
import { openControlPlane, sequential } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';

describe('what a look leaves out', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await openControlPlane();
  });
  afterAll(() => plane.close());

  const exclude = (experimentId: string, executionId: string, excluded = true) =>
    setExcluded(plane.pool, { experimentId, executionId, excluded, actor: 'tests', reason: 'a test' });

  it('is what was excluded before it; a later exclusion leaves it as it was', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 20, decision: sequential(4) });
    await runAll(plane.pool, id, pairs(4, around(2), around(2)));
    await exclude(id, 'c0');
    await runAll(
      plane.pool,
      id,
      pairs(1, () => 500, around(2), 4),
    );
    const [first] = await plane.settle(id);
    expect(first?.content.inputs.cohort).toMatchObject([
      { variantId: 'control', units: 5, executions: 4, excluded: 1 },
      { variantId: 'fast', units: 5, executions: 5, excluded: 0 },
    ]);
    await exclude(id, 'c4');
    await runAll(plane.pool, id, pairs(5, around(2), around(2), 5));
    const [again, second] = await plane.settle(id);
    expect(again).toEqual(first);
    expect(second?.content.inputs.primary.arms[0]).toMatchObject({ units: 8, executions: 8 });
    expect(second?.content.inputs.primary.arms[0]?.meanPerExecution).toBeLessThan(3);
    const { inputs } = first!.content;
    const planned = { ...inputs, truncated: false, cut: first!.cut };
    const now = await readLookInputs(plane.pool, await readStored(plane.pool, id), planned, first!.watermark);
    expect(now).toEqual(inputs);
  });

  it('is no way to a winner: different shares of exclusions are a differential loss', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 40 });
    // the slow half of fast disappears
    await runAll(
      plane.pool,
      id,
      pairs(39, around(2), (index) => (index % 2 === 0 ? 4 : 0.5 + index / 100)),
    );
    for (let index = 0; index < 39; index += 2) await exclude(id, `f${index}`);
    await runAll(plane.pool, id, pairs(1, around(2), around(1), 39));
    const [look] = await plane.settle(id);
    expect(look).toMatchObject({ final: true, decision: 'differential_loss' });
    expect((await plane.results(id)).winningVariantId).toBeNull();
  });

  it('is every unit that had no choice: not in the sample size, the sample ratio or the comparison', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 10, decision: sequential(5) });
    await runAll(plane.pool, id, pairs(1, around(2), around(2)));
    for (let index = 0; index < 30; index += 1) {
      const unit = `alone ${index}`;
      await begin(plane.pool, id, unit, 'control', { propensity: 1 });
      await record(plane.pool, id, unit, 'success', { durationSeconds: 100 });
    }
    await runAll(plane.pool, id, pairs(1, around(2), around(2), 1));
    const status = await plane.status(id);
    expect(status).toMatchObject({ units: { control: 32, fast: 2 }, informationFraction: 0.2 });
    const [look] = await plane.settle(id);
    expect(look?.content.inputs.cohort).toMatchObject([
      { units: 2, executions: 2, notRandomised: 30 },
      { units: 2, executions: 2, notRandomised: 0 },
    ]);
    const results = await plane.results(id);
    expect(results.sampleRatio).toMatchObject({ ok: true, observed: { control: 2, fast: 2 } });
    expect(results.variantResults['control']?.primaryMetricValue).toBeLessThan(3);
    expect(results.warnings.map(({ code }) => code)).toContain('NOT_RANDOMISED');
  });
});
