import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeLook } from '../../activities/look.ts';
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

describe('cut and cohort', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await openControlPlane();
  });
  afterAll(() => plane.close());

  const seqOf = async (id: string, executionId: string): Promise<number> => {
    const [seq] = await numbers(
      plane.pool,
      'select seq as n from victor_data.executions where experiment_id = $1 and execution_id = $2',
      [id, executionId],
    );
    return seq ?? NaN;
  };
  /** As if an execution had begun that long after the start. */
  const beganAt = (id: string, executionId: string, seconds: number) =>
    plane.pool.query(
      `update victor_data.executions set began_at = x.started_at + $3 * interval '1 second'
       from victor_data.experiments x where x.experiment_id = $1 and executions.experiment_id = $1
         and execution_id = $2`,
      [id, executionId, seconds],
    );

  it('by information the cut is the number at which begun units first reach the fraction', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 10, decision: sequential() });
    // 20 % are 2 units of each variant: the third unit of fast does not matter, the second of control does
    for (const unit of ['f1', 'f2', 'f3', 'c1'])
      await begin(plane.pool, id, unit, unit[0] === 'f' ? 'fast' : 'control');
    for (const unit of ['f1', 'f2', 'f3', 'c1']) await record(plane.pool, id, unit);
    expect((await plane.check(id)).due).toBeNull();
    await begin(plane.pool, id, 'c1', 'control', { executionId: 'c1 again' });
    await record(plane.pool, id, 'c1 again');
    expect((await plane.check(id)).due).toBeNull();
    await begin(plane.pool, id, 'c2', 'control');
    await record(plane.pool, id, 'c2');
    expect((await plane.check(id)).due).toEqual({
      look: 1,
      planIndex: 1,
      cut: await seqOf(id, 'c2'),
      final: false,
      truncated: false,
      informationFraction: 0.2,
    });
  });

  it('the cut does not depend on what has ended, nor on what begins later', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 10, decision: sequential() });
    for (const unit of ['c1', 'f1', 'c2', 'f2'])
      await begin(plane.pool, id, unit, unit[0] === 'f' ? 'fast' : 'control');
    const cut = await seqOf(id, 'f2');
    // later ones end first, in any number
    await runAll(plane.pool, id, pairs(3, around(1), around(1), 10));
    for (const unit of ['f2', 'c2', 'f1']) {
      expect((await plane.check(id)).due).toBeNull();
      await record(plane.pool, id, unit);
    }
    expect((await plane.check(id)).due).toBeNull();
    await record(plane.pool, id, 'c1');
    expect((await plane.check(id)).due).toMatchObject({ look: 1, cut });
  });

  it('the cohort is exactly the executions up to the cut; later ones that have ended are held back', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 10, decision: sequential() });
    for (const unit of ['c1', 'f1', 'c2', 'f2'])
      await begin(plane.pool, id, unit, unit[0] === 'f' ? 'fast' : 'control');
    await runAll(plane.pool, id, [
      { unit: 'c3', variantId: 'control', seconds: 1000 },
      { unit: 'c1', variantId: 'control', seconds: 1000, executionId: 'late of c1' },
      { unit: 'f3', variantId: 'fast', seconds: 1000 },
    ]);
    await begin(plane.pool, id, 'f4', 'fast');
    for (const [index, unit] of ['c1', 'f1', 'c2', 'f2'].entries())
      await record(plane.pool, id, unit, 'success', { durationSeconds: 1 + index });
    const [look] = await plane.settle(id);
    const none = { cancelled: 0, excluded: 0, notRandomised: 0 };
    expect(look?.content.inputs.cohort).toEqual([
      { variantId: 'control', units: 2, executions: 2, ...none, heldBack: 2 },
      { variantId: 'fast', units: 2, executions: 2, ...none, heldBack: 1 },
    ]);
    expect(look?.content.inputs.primary.arms.map((arm) => arm.meanPerExecution)).toEqual([2, 3]);
    const results = await plane.results(id);
    expect(results).toMatchObject({ look: 1, totalSamples: 4, totalUnits: 4 });
    expect(results.looks[0]).toMatchObject({
      units: { control: 2, fast: 2 },
      heldBack: { control: 2, fast: 1 },
    });
    expect(await plane.status(id)).toMatchObject({
      totalSamples: 8,
      units: { control: 3, fast: 4 },
      heldBack: { control: 2, fast: 1 },
    });
  });

  it('a variant that hangs delays a look, but never looks fast or successful at any', async () => {
    // without its hanging runs fast would win: 8 s against 10 s. With them it needs 18.4 s.
    const id = await seedExperiment(plane.pool, {
      minSampleSize: 50,
      decision: sequential(),
      secondaryMetrics: [
        {
          metricId: 'ok',
          name: 'Success',
          description: '',
          metricType: 'success_rate',
          optimizationGoal: 'maximize',
          successThreshold: null,
          relativeImprovement: null,
        },
      ],
    });
    let looks = 0;
    for (let tenth = 0; tenth < 5; tenth += 1) {
      const hanging: string[] = [];
      for (const run of pairs(10, around(10), around(8), tenth * 10)) {
        await begin(plane.pool, id, run.unit, run.variantId);
        const hangs = run.variantId === 'fast' && Number(run.unit.slice(1)) % 5 === 0;
        if (hangs) hanging.push(run.unit);
        else await record(plane.pool, id, run.unit, 'success', { durationSeconds: run.seconds });
      }
      expect(hanging).toHaveLength(2);
      for (const unit of hanging) {
        // whatever else has ended, one run that hangs below the cut holds the look up
        const { due, summary } = await plane.check(id);
        expect(due).toBeNull();
        expect(summary.look).toBe(looks);
        await record(plane.pool, id, unit, 'timeout', { durationSeconds: 60 });
      }
      const taken = await plane.settle(id);
      looks = taken.length;
      expect(looks).toBe(tenth + 1);
      const { inputs, result } = taken.at(-1)!.content;
      const [control, fast] = inputs.primary.arms;
      const units = 10 * looks;
      expect(control).toMatchObject({ units, executions: units, missing: 0 });
      expect(fast).toMatchObject({ units, executions: units, missing: 0 });
      expect(fast?.meanPerExecution).toBeGreaterThan(18);
      expect(fast?.meanPerExecution).toBeLessThan(19);
      expect(result.statistic).toBeGreaterThan(0);
      expect(result.decision.winner).toBeNull();
      expect(result.variantResults['fast']?.secondaryMetrics['ok']).toMatchObject({
        value: 0.8,
        samples: units,
      });
      expect(result.variantResults['control']?.secondaryMetrics['ok']).toMatchObject({ value: 1 });
      if (taken.at(-1)!.final) break;
    }
    expect((await plane.results(id)).reasonCode).toBe('control_best');
  });

  it('equal cuts are skipped', async () => {
    // 20, 40, 60, 80 % of 3 units are 1, 2, 2 and 3 units; 3 units are the sample size
    const id = await seedExperiment(plane.pool, { minSampleSize: 3, decision: sequential() });
    const runs = pairs(3, around(10), around(10));
    for (const run of runs) {
      await runAll(plane.pool, id, [run]);
      await plane.settle(id);
    }
    const looks = await plane.looks(id);
    expect(looks.map((look) => [look.look, look.content.inputs.planIndex, look.final])).toEqual([
      [1, 1, false],
      [2, 2, false],
      [3, null, true],
    ]);
    expect(new Set(looks.map((look) => look.cut)).size).toBe(3);
    expect((await plane.status(id)).status).toBe('analyzed');
  });

  it('looks that became due during an outage are taken in order afterwards, one by one, never merged', async () => {
    const runs = pairs(20, around(10), around(10));
    const [steady, late] = [
      await seedExperiment(plane.pool, { minSampleSize: 20, decision: sequential() }),
      await seedExperiment(plane.pool, { minSampleSize: 20, decision: sequential() }),
    ];
    for (const run of runs) {
      await runAll(plane.pool, steady, [run]);
      await plane.settle(steady);
    }
    await runAll(plane.pool, late, runs);
    for (const look of [1, 2, 3, 4, 5]) {
      const { due, nextCheckMs } = await plane.check(late);
      expect(due).toMatchObject({ look, final: look === 5 });
      expect(nextCheckMs).toBe(0);
      await takeLook(plane.pool, late, due!);
    }
    expect((await plane.check(late)).due).toBeNull();
    // but for what was held back, each is the look that would have been taken in time
    const essence = async (id: string) =>
      (await plane.looks(id)).map(({ content: { inputs, result }, alphaSpent, informationFraction }) => ({
        arms: inputs.primary.arms,
        units: inputs.cohort.map((arm) => arm.units),
        alphaSpent,
        informationFraction,
        result,
      }));
    const taken = await essence(late);
    expect(taken.map((look) => look.units)).toEqual([4, 8, 12, 16, 20].map((n) => [n, n]));
    expect(taken).toEqual(await essence(steady));
  });

  it('by time the cut is the last number at the tick, and ticks without a new execution are skipped', async () => {
    const id = await seedExperiment(plane.pool, {
      decision: { rule: 'group_sequential', looks: { kind: 'every', everyMs: 60_000 } },
    });
    const began: readonly (readonly [string, number])[] = [
      ['c1', 5],
      ['f1', 30],
      ['c2', 60],
      ['f2', 130],
      ['c3', 170],
      ['f3', 185],
      ['c4', 244],
    ];
    for (const [unit] of began) await begin(plane.pool, id, unit, unit[0] === 'f' ? 'fast' : 'control');
    await rewind(plane.pool, id, 250);
    for (const [unit, seconds] of began) await beganAt(id, unit, seconds);
    // the one that began after the last tick may be running
    for (const [unit] of began.slice(0, -1)) await record(plane.pool, id, unit);
    const looks = await plane.settle(id);
    expect(
      looks.map(({ look, cut, final, content }) => [look, cut, final, content.inputs.planIndex]),
    ).toEqual([
      [1, await seqOf(id, 'c2'), false, 1],
      [2, await seqOf(id, 'c3'), false, 3],
      [3, await seqOf(id, 'f3'), false, 4],
    ]);
    await rewind(plane.pool, id, 60);
    expect((await plane.check(id)).due).toBeNull();
    await record(plane.pool, id, 'c4');
    expect((await plane.check(id)).due).toMatchObject({ look: 4, planIndex: 5, cut: await seqOf(id, 'c4') });
  });

  it('by time an execution that begins within a millisecond of a tick belongs to it', async () => {
    const id = await seedExperiment(plane.pool, {
      decision: { rule: 'group_sequential', looks: { kind: 'every', everyMs: 60_000 } },
    });
    await runAll(plane.pool, id, [{ unit: 'c1', variantId: 'control', seconds: 1 }]);
    await plane.pool.query(
      `update victor_data.experiments set started_at = date_trunc('milliseconds', started_at) where experiment_id = $1`,
      [id],
    );
    await rewind(plane.pool, id, 100);
    await beganAt(id, 'c1', 60.0004);
    expect((await plane.check(id)).due).toMatchObject({ planIndex: 1, cut: await seqOf(id, 'c1') });
  });

  it('by time a look waits until everything below its tick has ended', async () => {
    const id = await seedExperiment(plane.pool, {
      decision: { rule: 'group_sequential', looks: { kind: 'every', everyMs: 60_000 } },
    });
    await begin(plane.pool, id, 'slow', 'control');
    await rewind(plane.pool, id, 100);
    await runAll(plane.pool, id, pairs(5, around(1), around(1)));
    expect((await plane.check(id)).due).toBeNull();
    await rewind(plane.pool, id, 100);
    expect((await plane.check(id)).due).toBeNull();
    await record(plane.pool, id, 'slow');
    const looks = await plane.settle(id);
    expect(looks.map((look) => look.content.inputs.planIndex)).toEqual([1, 2]);
    expect(looks[0]?.content.inputs.cohort.map((arm) => [arm.units, arm.heldBack])).toEqual([
      [1, 5],
      [0, 5],
    ]);
  });

  it('a tick just before the end is a look of its own, before the final one', async () => {
    const id = await seedExperiment(plane.pool, {
      decision: { rule: 'group_sequential', looks: { kind: 'every', everyMs: 60_000 } },
    });
    await runAll(plane.pool, id, pairs(2, around(1), around(1)));
    await rewind(plane.pool, id, 61);
    await runAll(plane.pool, id, pairs(2, around(1), around(1), 2));
    await move(plane.pool, id, 'stop');
    const looks = await plane.settle(id);
    expect(looks.map(({ cut, final }) => [cut, final])).toEqual([
      [await seqOf(id, 'f1'), false],
      [await seqOf(id, 'f3'), true],
    ]);
  });

  it('a tick after the end brings no look', async () => {
    const id = await seedExperiment(plane.pool, {
      decision: { rule: 'group_sequential', looks: { kind: 'every', everyMs: 60_000 } },
    });
    await runAll(plane.pool, id, pairs(2, around(1), around(1)));
    await move(plane.pool, id, 'stop');
    await rewind(plane.pool, id, 200);
    const looks = await plane.settle(id);
    expect(looks.map(({ cut, final }) => [cut, final])).toEqual([[await seqOf(id, 'f1'), true]]);
  });

  it('under the fixed rule there is the final look only, whatever the plan says', async () => {
    for (const looks of [
      { kind: 'count', count: 5 },
      { kind: 'every', everyMs: 1000 },
    ] as const) {
      const id = await seedExperiment(plane.pool, { minSampleSize: 10, decision: { rule: 'fixed', looks } });
      await runAll(plane.pool, id, pairs(9, around(10), around(5)));
      await rewind(plane.pool, id, 100);
      expect((await plane.check(id)).due).toBeNull();
      await runAll(plane.pool, id, pairs(1, around(10), around(5), 9));
      const taken = await plane.settle(id);
      expect(taken.map((look) => [look.look, look.final, look.alphaSpent])).toEqual([[1, true, 0.05]]);
    }
  });
});
