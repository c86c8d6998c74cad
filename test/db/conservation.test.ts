import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../src/db/pool.ts';
import { readProgress } from '../../src/db/progress.ts';
import type { Outcome } from '../../src/model/execution.ts';
import { OUTCOMES } from '../../src/model/execution.ts';
import type { Action } from '../../src/model/lifecycle.ts';
import { cloneDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { begin, move, record, seedExperiment } from '../support/rows.ts';

type Step =
  | {
      readonly kind: 'begin';
      readonly execution: number;
      readonly unit: number;
      readonly variant: number;
      readonly run: number;
    }
  | { readonly kind: 'record'; readonly execution: number; readonly outcome: Outcome; readonly run: number }
  | { readonly kind: 'reconcile'; readonly execution: number; readonly outcome: Outcome }
  | { readonly kind: 'move'; readonly action: Action };

const VARIANTS = ['control', 'fast'] as const;
const execution = fc.nat(6);
const run = fc.nat(1);
const outcome = fc.constantFrom(...OUTCOMES);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('begin' as const),
      execution,
      unit: fc.nat(5),
      variant: fc.nat(1),
      run,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('record' as const), execution, outcome, run }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reconcile' as const), execution, outcome }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      action: fc.constantFrom<Action>('pause', 'resume', 'pause', 'resume', 'stop'),
    }),
  },
);

/** What the rows must say. */
class Model {
  status = 'running';
  readonly units = new Map<number, string>();
  readonly rows = new Map<number, { variantId: string; owner: number; outcome: Outcome | null }>();

  /** The kind of answer that begin gives. */
  begin(at: Extract<Step, { kind: 'begin' }>): string {
    const row = this.rows.get(at.execution);
    if (row !== undefined) {
      if (row.outcome !== null) return 'finished';
      row.owner = at.run;
      return 'admitted';
    }
    if (this.status !== 'running') return 'not_running';
    const variantId = this.units.get(at.unit) ?? VARIANTS[at.variant]!;
    this.units.set(at.unit, variantId);
    this.rows.set(at.execution, { variantId, owner: at.run, outcome: null });
    return 'admitted';
  }

  /** The stored outcome afterwards. */
  record(executionNumber: number, result: Outcome, runNumber: number | null): Outcome | null {
    const row = this.rows.get(executionNumber);
    if (row === undefined) return null;
    if (row.outcome === null && (runNumber === null || runNumber === row.owner)) row.outcome = result;
    return row.outcome;
  }

  move(action: Action): boolean {
    const to = (
      {
        running: { pause: 'paused', stop: 'completed' },
        paused: { resume: 'running', stop: 'completed' },
      } as Record<string, Partial<Record<Action, string>>>
    )[this.status]?.[action];
    if (to !== undefined) this.status = to;
    return to !== undefined;
  }
}

describe('the conservation law', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await cloneDatabase();
    pool = createPool(database.url, { plane: 'data', max: 3 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  async function act(id: string, model: Model, at: Step): Promise<void> {
    if (at.kind === 'begin') {
      const answer = await begin(pool, id, `u${at.unit}`, VARIANTS[at.variant]!, {
        executionId: `x${at.execution}`,
        runId: `r${at.run}`,
      });
      expect(answer.kind).toBe(model.begin(at));
      if (answer.kind === 'admitted') expect(answer.variant_id).toBe(model.rows.get(at.execution)?.variantId);
      if (answer.kind === 'finished')
        expect(answer.result.outcome).toBe(model.rows.get(at.execution)?.outcome);
    } else if (at.kind === 'move') {
      const moved = await move(pool, id, at.action).then(
        () => true,
        () => false,
      );
      expect(moved).toBe(model.move(at.action));
    } else {
      const runNumber = at.kind === 'record' ? at.run : null;
      const stored = await record(pool, id, `x${at.execution}`, at.outcome, {
        runId: runNumber === null ? null : `r${runNumber}`,
      });
      expect(stored?.outcome ?? null).toBe(model.record(at.execution, at.outcome, runNumber));
    }
  }

  /** started = success + failure + timeout + cancelled + running, per variant, in both places that say so. */
  async function compare(id: string, model: Model): Promise<void> {
    const { rows } = await pool.query<{ variant_id: string; outcome: string; n: number }>(
      'select variant_id, outcome, count(*) as n from victor.executions where experiment_id = $1 group by 1, 2',
      [id],
    );
    const inView = (variantId: string, name: string): number =>
      rows.find((row) => row.variant_id === variantId && row.outcome === name)?.n ?? 0;
    const progress = await readProgress(pool, id, 0);
    expect(progress.map((arm) => arm.variantId)).toEqual(VARIANTS);
    for (const arm of progress) {
      const of = [...model.rows.values()].filter((row) => row.variantId === arm.variantId);
      const ended = OUTCOMES.map((name) => of.filter((row) => row.outcome === name).length);
      const running = of.filter((row) => row.outcome === null).length;
      expect(arm.begun).toBe(of.length);
      expect(arm.units).toBe([...model.units.values()].filter((each) => each === arm.variantId).length);
      expect(OUTCOMES.map((name) => arm.outcomes[name])).toEqual(ended);
      expect(OUTCOMES.map((name) => inView(arm.variantId, name))).toEqual(ended);
      expect(inView(arm.variantId, 'running')).toBe(running);
      expect(arm.begun).toBe(ended.reduce((sum, n) => sum + n, 0) + inView(arm.variantId, 'running'));
      expect(arm.heldBack).toBe(of.length - running);
    }
  }

  it('holds after every step of any history, and nothing begins unless running', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 30, size: 'max' }), async (steps) => {
        const id = await seedExperiment(pool);
        const model = new Model();
        for (const at of steps) {
          await act(id, model, at);
          await compare(id, model);
          seen.add(model.status);
        }
        for (const row of model.rows.values()) seen.add(row.outcome ?? 'none');
      }),
      { numRuns: 20 },
    );
    // the histories were worth it
    expect(seen).toEqual(new Set([...OUTCOMES, 'none', 'running', 'paused', 'completed']));
  });
});
