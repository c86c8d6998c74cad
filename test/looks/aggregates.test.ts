import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aggregateMetric, countCohort, readWatermark } from '../../src/db/looks.ts';
import { createPool } from '../../src/db/pool.ts';
import type { ArmSummary } from '../../src/decide/types.ts';
import { OUTCOMES } from '../../src/model/execution.ts';
import type { Outcome } from '../../src/model/execution.ts';
import { cloneDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { begin, numbers, record, seedExperiment } from '../support/rows.ts';

interface Execution {
  readonly unit: number;
  /** Null: running. */
  readonly outcome: Outcome | null;
  /** Null: no value was recorded. */
  readonly value: number | null;
  /** A later correction of the value. */
  readonly corrected: number | null;
}

const value = fc.oneof(
  fc.double({ min: 0, max: 1e4, noNaN: true }),
  fc.double({ min: 1e6, max: 1e6 + 1, noNaN: true }),
  fc.constantFrom(0, 0.1, 1, 250.5),
);
const executions = fc.array(
  fc.record<Execution>({
    unit: fc.nat(7),
    outcome: fc.option(fc.constantFrom(...OUTCOMES), { freq: 8 }),
    value: fc.option(value, { freq: 6 }),
    corrected: fc.option(value, { freq: 1 }),
  }),
  { minLength: 1, maxLength: 25 },
);
const VARIANTS = ['control', 'fast'] as const;
const variantOf = (unit: number): string => VARIANTS[unit % 2]!;

/** Two passes, in plain TypeScript. */
const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;
function covariance(xs: readonly number[], ys: readonly number[]): number | null {
  if (xs.length < 2) return null;
  const [mx, my] = [mean(xs), mean(ys)];
  return xs.reduce((sum, x, index) => sum + (x - mx) * (ys[index]! - my), 0) / (xs.length - 1);
}

/** What aggregateMetric must say of one variant, from the values of its executions (null: missing). */
function summary(
  variantId: string,
  rows: readonly { readonly unit: number; readonly value: number | null }[],
  success: boolean,
): ArmSummary {
  const found = rows.flatMap((row) => (row.value === null ? [] : [{ unit: row.unit, value: row.value }]));
  const units = [...new Set(found.map((row) => row.unit))];
  const valuesOf = (unit: number): number[] =>
    found.filter((row) => row.unit === unit).map((row) => row.value);
  const sums = units.map((unit) => valuesOf(unit).reduce((sum, x) => sum + x, 0));
  const counts = units.map((unit) => valuesOf(unit).length);
  const all = found.map((row) => row.value);
  const variance = covariance(all, all);
  return {
    variantId,
    isControl: variantId === 'control',
    units: units.length,
    executions: all.length,
    missing: rows.length - all.length,
    meanPerExecution: all.length === 0 ? null : mean(all),
    stdOverExecutions: variance === null ? null : Math.sqrt(variance),
    meanSum: units.length === 0 ? 0 : mean(sums),
    meanCount: units.length === 0 ? 0 : mean(counts),
    varSum: covariance(sums, sums),
    covSumCount: covariance(sums, counts),
    varCount: covariance(counts, counts),
    successes: success ? all.filter((x) => x === 1).length : null,
  };
}

/** To 1e-9 of itself, or to what rounding of the largest sums leaves: a sum of squares minus a square would not do. */
function expectClose(found: ArmSummary, wanted: ArmSummary): void {
  const largest = Math.max(wanted.meanSum * wanted.units, wanted.meanPerExecution ?? 0);
  const [sdSum, sdCount] = [Math.sqrt(wanted.varSum ?? 0), Math.sqrt(wanted.varCount ?? 0)];
  const rounding = 1e-14 * largest;
  const tolerances: readonly (readonly [keyof ArmSummary, number])[] = [
    ['meanPerExecution', 1e-12 * largest],
    ['stdOverExecutions', 1e-9 * (wanted.stdOverExecutions ?? 0) + rounding],
    ['meanSum', 1e-12 * largest],
    ['meanCount', 1e-12],
    ['varSum', 1e-9 * sdSum ** 2 + rounding * sdSum + rounding ** 2],
    ['covSumCount', 1e-9 * sdSum * sdCount + rounding * sdCount],
    ['varCount', 1e-12],
  ];
  for (const [key, tolerance] of tolerances) {
    const [a, b] = [found[key] as number | null, wanted[key] as number | null];
    if (b === null || a === null) expect([key, a]).toEqual([key, b]);
    else expect(Math.abs(a - b), `${key}: ${a} for ${b}`).toBeLessThanOrEqual(tolerance);
  }
  for (const key of ['variantId', 'isControl', 'units', 'executions', 'missing', 'successes'] as const)
    expect([key, found[key]]).toEqual([key, wanted[key]]);
}

describe('the aggregates of a metric', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  beforeAll(async () => {
    database = await cloneDatabase();
    pool = createPool(database.url, { plane: 'control', max: 3 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** Writes the executions, the corrections after them; gives the watermark between the two. */
  async function write(id: string, given: readonly Execution[]): Promise<number> {
    for (const [index, { unit, outcome, value }] of given.entries()) {
      await begin(pool, id, `u${unit}`, variantOf(unit), { executionId: `x${index}` });
      if (outcome === null) continue;
      await record(pool, id, `x${index}`, outcome, {
        metrics: value === null ? {} : { execution_time: value },
      });
    }
    const watermark = await readWatermark(pool);
    for (const [index, { outcome, corrected }] of given.entries()) {
      if (outcome === null || corrected === null) continue;
      await pool.query(
        `insert into victor_data.metric_values (experiment_id, execution_id, name, revision, seq, value)
         values ($1, $2, 'execution_time', 1, nextval('victor_data.row_seq'), $3)`,
        [id, `x${index}`, corrected],
      );
    }
    return watermark;
  }

  it('are those of a recomputation from each unit, at any cut, before and after corrections', async () => {
    await fc.assert(
      fc.asyncProperty(executions, fc.nat(), async (given, at) => {
        const id = await seedExperiment(pool);
        const before = await write(id, given);
        const after = await readWatermark(pool);
        const seqs = await numbers(
          pool,
          'select seq as n from victor_data.executions where experiment_id = $1 order by seq',
          [id],
        );
        const cohort = given.slice(0, 1 + (at % given.length));
        const cut = seqs[cohort.length - 1]!;
        for (const [watermark, late] of [
          [before, false],
          [after, true],
        ] as const) {
          const rows = cohort.map(({ unit, outcome, value, corrected }) => ({
            unit,
            outcome,
            value: outcome === null ? null : late && corrected !== null ? corrected : value,
          }));
          const time = await aggregateMetric(
            pool,
            id,
            { kind: 'value', name: 'execution_time' },
            cut,
            watermark,
          );
          const rate = await aggregateMetric(pool, id, { kind: 'success' }, cut, watermark);
          const counts = await countCohort(pool, id, cut, watermark);
          for (const [index, variantId] of VARIANTS.entries()) {
            const own = rows.filter((row) => variantOf(row.unit) === variantId);
            expectClose(time[index]!, summary(variantId, own, false));
            const outcomes = own.map(({ unit, outcome }) => ({
              unit,
              value: outcome === null ? null : outcome === 'success' ? 1 : 0,
            }));
            expectClose(rate[index]!, summary(variantId, outcomes, true));
            const later = given.slice(cohort.length).filter((row) => variantOf(row.unit) === variantId);
            expect(counts[index]).toEqual({
              variantId,
              units: new Set(own.map((row) => row.unit)).size,
              executions: own.length,
              cancelled: own.filter((row) => row.outcome === 'cancelled').length,
              excluded: 0,
              notRandomised: 0,
              heldBack: later.filter((row) => row.outcome !== null).length,
            });
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('know no spread where nothing varies, however the values round', async () => {
    for (const constant of [0.1, 0.7, 1 / 3, 123456.789]) {
      const id = await seedExperiment(pool);
      await write(
        id,
        Array.from({ length: 40 }, (_, index) => ({
          unit: index,
          outcome: 'success' as const,
          value: constant,
          corrected: null,
        })),
      );
      const arms = await aggregateMetric(
        pool,
        id,
        { kind: 'value', name: 'execution_time' },
        Number.MAX_SAFE_INTEGER,
        Number.MAX_SAFE_INTEGER,
      );
      for (const arm of arms)
        expect(arm).toMatchObject({
          units: 20,
          varSum: 0,
          covSumCount: 0,
          varCount: 0,
          stdOverExecutions: 0,
        });
    }
  });

  it('count values of other experiments, and of executions that never began, nowhere', async () => {
    const [one, other] = [await seedExperiment(pool), await seedExperiment(pool)];
    for (const id of [one, other]) {
      await begin(pool, id, 'same');
      await record(pool, id, 'same', 'success', { durationSeconds: id === one ? 1 : 1000 });
    }
    await pool.query(
      `insert into victor_data.metric_values (experiment_id, execution_id, name, seq, value)
       values ($1, 'nobody', 'execution_time', 1, 5)`,
      [one],
    );
    const [control] = await aggregateMetric(
      pool,
      one,
      { kind: 'value', name: 'execution_time' },
      Number.MAX_SAFE_INTEGER,
      Number.MAX_SAFE_INTEGER,
    );
    expect(control).toMatchObject({ units: 1, executions: 1, missing: 0, meanPerExecution: 1, varSum: null });
  });
});
