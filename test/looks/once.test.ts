import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLookInputs, takeLook } from '../../activities/look.ts';
import { computeLook } from '../../src/decide/look.ts';
import type { LookInputs } from '../../src/decide/look.ts';
import { contentOf } from '../../src/documents/results.ts';
import { readStored } from '../../src/documents/status.ts';
import {
  around,
  begin,
  count,
  numbers,
  pairs,
  record,
  runAll,
  seedExperiment,
  successRate,
} from '../support/rows.ts';
import { openControlPlane, sequential } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';

/** JSON knows one zero. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('a look', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await openControlPlane();
  });
  afterAll(() => plane.close());

  const lookEvents = (id: string): Promise<number[]> =>
    numbers(
      plane.pool,
      `select (data ->> 'look')::int as n from victor_data.events where experiment_id = $1 and type = 'look'`,
      [id],
    );
  const due = async (id: string) => {
    const answer = await plane.check(id);
    if (answer.due === null) throw new Error('no look is due');
    return answer.due;
  };

  it('is stored once when it is tried again, and spends alpha once', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 20, decision: sequential() });
    await runAll(plane.pool, id, pairs(8, around(10), around(10)));
    const first = await due(id);
    expect(await takeLook(plane.pool, id, first)).toBe(false);
    const [stored] = await plane.looks(id);
    await runAll(plane.pool, id, pairs(2, around(10), around(10), 8));
    expect(await takeLook(plane.pool, id, first)).toBe(false);
    expect(await plane.looks(id)).toEqual([stored]);
    expect(await lookEvents(id)).toEqual([1]);
    await takeLook(plane.pool, id, await due(id));
    // a late retry of the first changes nothing either
    expect(await takeLook(plane.pool, id, first)).toBe(false);
    const looks = await plane.looks(id);
    expect(looks.map((look) => look.look)).toEqual([1, 2]);
    expect(looks[0]).toEqual(stored);
    expect(looks[1]?.content.inputs.prior).toEqual([
      {
        informationFraction: 0.2,
        information: stored?.information,
        boundary: stored?.boundary,
        alphaSpent: stored?.alphaSpent,
      },
    ]);
    expect(looks[1]?.alphaSpent).toBeGreaterThan(stored?.alphaSpent ?? NaN);
  });

  it('is one row when it is taken several times at once', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 20, decision: sequential() });
    await runAll(plane.pool, id, pairs(4, around(10), around(10)));
    const first = await due(id);
    const stopped = await Promise.all([1, 2, 3, 4].map(() => takeLook(plane.pool, id, first)));
    expect(stopped).toEqual([false, false, false, false]);
    expect(await count(plane.pool, 'looks', id)).toBe(1);
    expect(await lookEvents(id)).toEqual([1]);
  });

  it('that stops the experiment says so to everyone who takes it, and stops it once', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 50, decision: sequential() });
    await runAll(plane.pool, id, pairs(20, around(10), around(5)));
    const first = await due(id);
    expect(await Promise.all([1, 2, 3].map(() => takeLook(plane.pool, id, first)))).toEqual([
      true,
      true,
      true,
    ]);
    expect(await takeLook(plane.pool, id, first)).toBe(true);
    expect(await count(plane.pool, 'looks', id)).toBe(1);
    const { rows } = await plane.pool.query(
      `select data ->> 'action' as action from victor_data.events where experiment_id = $1 and type = 'transition'
       order by number`,
      [id],
    );
    expect(rows.map((row: { action: string }) => row.action)).toEqual(['start', 'stop', 'analyze']);
  });

  /** An experiment with interim looks, units that return, every outcome, and a final look. */
  async function experimentWithLooks(): Promise<string> {
    const id = await seedExperiment(plane.pool, {
      minSampleSize: 12,
      decision: sequential(4),
      secondaryMetrics: [successRate(), { ...successRate(), metricId: 'again', relativeImprovement: 0.1 }],
    });
    const outcomes = ['success', 'success', 'failure', 'success', 'timeout', 'success', 'cancelled'] as const;
    for (const [index, run] of pairs(
      12,
      (i) => 10 + Math.sin(i),
      (i) => 9.7 + Math.cos(i),
    ).entries()) {
      await runAll(plane.pool, id, [{ ...run, outcome: outcomes[index % 7]! }]);
      if (index % 3 === 0)
        await runAll(plane.pool, id, [
          { ...run, executionId: `again-${run.unit}`, seconds: 11 + (index % 5) / 7 },
        ]);
      await plane.settle(id);
    }
    return id;
  }

  it('can be computed again from its stored inputs', async () => {
    const id = await experimentWithLooks();
    const looks = await plane.looks(id);
    expect(looks.map((look) => look.final)).toEqual([false, false, false, true]);
    for (const { content } of looks)
      expect(plain(computeLook(content.inputs))).toEqual(plain(content.result));
  });

  it('can be computed again from the rows, also after later executions, late values and corrections', async () => {
    const id = await experimentWithLooks();
    const fromRows = async (number: number): Promise<LookInputs> => {
      const stored = await readStored(plane.pool, id);
      const look = stored.looks.find((each) => each.look === number)!;
      const { inputs } = contentOf(look);
      return readLookInputs(
        plane.pool,
        stored,
        {
          look: look.look,
          planIndex: inputs.planIndex,
          cut: look.cut,
          final: inputs.final,
          truncated: false,
          informationFraction: look.informationFraction,
        },
        look.watermark,
      );
    };
    const looks = await plane.looks(id);
    const numbersOfLooks = looks.map((look) => look.look);
    for (const look of looks) expect(await fromRows(look.look)).toEqual(look.content.inputs);
    // as a deployed or a running experiment would go on: rows beyond every cut and watermark
    await plane.pool.query(
      `insert into victor_data.executions (experiment_id, execution_id, seq, unit, variant_id, workflow_id, run_id,
         temporal_cluster_id, temporal_namespace, deadline_at)
       select experiment_id, 'later-' || execution_id, nextval('victor_data.row_seq'), 'later-' || unit, variant_id,
         workflow_id, run_id, temporal_cluster_id, temporal_namespace, deadline_at
       from victor_data.executions where experiment_id = $1`,
      [id],
    );
    await record(plane.pool, id, 'later-c0', 'failure', { runId: null, durationSeconds: 99 });
    for (const statement of [
      `insert into victor_data.metric_values (experiment_id, execution_id, name, revision, seq, value)
       select experiment_id, execution_id, name, 1, nextval('victor_data.row_seq'), value * 100
       from victor_data.metric_values where experiment_id = $1`,
      `insert into victor_data.outcomes (experiment_id, execution_id, revision, seq, outcome, recorded_by)
       select experiment_id, execution_id, 1, nextval('victor_data.row_seq'), 'failure', 'workflow'
       from victor_data.outcomes where experiment_id = $1`,
    ])
      expect((await plane.pool.query(statement, [id])).rowCount).toBeGreaterThan(20);
    for (const look of looks) expect(await fromRows(look.look)).toEqual(look.content.inputs);
    expect(numbersOfLooks).toEqual([1, 2, 3, 4]);
    // the watermark is what makes it so
    const [first] = looks;
    const stored = await readStored(plane.pool, id);
    const planned = {
      look: 1,
      planIndex: 1,
      cut: first!.cut,
      final: false,
      truncated: false,
      informationFraction: 0.25,
    };
    const now = await readLookInputs(plane.pool, stored, planned, Number.MAX_SAFE_INTEGER);
    expect(now.primary.arms[0]?.meanPerExecution).toBeGreaterThan(500);
    expect(now.secondary[0]?.arms[0]?.successes).toBe(0);
  });

  it('changes nothing of an experiment that is archived', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 5, decision: sequential() });
    await begin(plane.pool, id, 'u');
    await runAll(plane.pool, id, pairs(1, around(10), around(10)));
    await record(plane.pool, id, 'u');
    const planned = await due(id);
    await plane.pool.query(`update victor_data.experiments set status = 'paused' where experiment_id = $1`, [
      id,
    ]);
    await plane.pool.query(
      `update victor_data.experiments set status = 'archived' where experiment_id = $1`,
      [id],
    );
    expect(await takeLook(plane.pool, id, planned)).toBe(true);
    expect(await plane.looks(id)).toEqual([]);
  });

  it('that was due is taken while the experiment is paused, and can stop it', async () => {
    const id = await seedExperiment(plane.pool, { minSampleSize: 40, decision: sequential(2) });
    await runAll(plane.pool, id, pairs(20, around(10), around(5)));
    const planned = await due(id);
    await plane.pool.query(`update victor_data.experiments set status = 'paused' where experiment_id = $1`, [
      id,
    ]);
    expect(await takeLook(plane.pool, id, planned)).toBe(true);
    expect(await plane.status(id)).toMatchObject({ status: 'analyzed', completedBecause: 'boundary' });
  });
});
