import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUCKETS, allocate, bucketRanges } from '../../src/allocation/buckets.ts';
import { createPool } from '../../src/db/pool.ts';
import { applyTransition } from '../../src/db/transitions.ts';
import { sampleRatioTest } from '../../src/stats/proportions.ts';
import { cloneDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { begin, seedExperiment, variantSpec } from '../support/rows.ts';

const WEIGHTS = [
  { variantId: 'control', weight: 0.5 },
  { variantId: 'fast', weight: 0.3 },
  { variantId: 'slow', weight: 0.2 },
];

describe('while a variant is paused', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  const ranges = bucketRanges(WEIGHTS);
  const variants = WEIGHTS.map(({ variantId, weight }) =>
    variantSpec(variantId, variantId === 'control', { trafficWeight: weight }),
  );

  beforeAll(async () => {
    database = await cloneDatabase();
    pool = createPool(database.url, { plane: 'control', max: 20 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const hashed = (id: string, unit: string) => {
    const { variantId, bucket } = allocate({ salt: id, unit, ranges });
    const range = ranges.find((one) => one.variantId === variantId);
    return { variantId, bucket, propensity: ((range?.to ?? 0) - (range?.from ?? 0)) / BUCKETS };
  };
  const start = (id: string, unit: string) => {
    const { variantId, ...rest } = hashed(id, unit);
    return begin(pool, id, unit, variantId, rest);
  };
  const switchTo = (id: string, action: 'pause' | 'resume', variantId: string) =>
    applyTransition(pool, {
      experimentId: id,
      action,
      actor: 'tests',
      reason: null,
      requestId: null,
      variantId,
      now: false,
      cause: null,
    });
  const inTurn = async (names: readonly string[], work: (name: string) => Promise<unknown>) => {
    for (let at = 0; at < names.length; at += 20) await Promise.all(names.slice(at, at + 20).map(work));
  };

  interface UnitRow {
    readonly unit: string;
    readonly variant_id: string;
    readonly bucket: number;
    readonly epoch: number;
    readonly reason: string;
    readonly propensity: number;
  }
  const unitsOf = async (id: string): Promise<readonly UnitRow[]> =>
    (
      await pool.query<UnitRow>(
        'select unit, variant_id, bucket, epoch, reason, propensity from victor_data.units where experiment_id = $1 order by seq',
        [id],
      )
    ).rows;

  it('its buckets are spread over the open variants by their weights; the others keep theirs', async () => {
    const id = await seedExperiment(pool, { variants });
    await switchTo(id, 'pause', 'fast');
    const names = Array.from({ length: 2000 }, (_, index) => `unit ${index}`);
    await inTurn(names, (unit) => start(id, unit));
    const rows = await unitsOf(id);
    expect(rows).toHaveLength(2000);
    const moved = rows.filter((row) => row.reason === 'variant_paused');
    for (const row of rows) {
      const own = hashed(id, row.unit).variantId;
      expect(row.reason).toBe(own === 'fast' ? 'variant_paused' : 'hash');
      if (own !== 'fast') expect(row.variant_id).toBe(own);
      expect(row.propensity).toBeCloseTo(row.variant_id === 'control' ? 5 / 7 : 2 / 7, 6);
    }
    const counts = (of: readonly UnitRow[]) =>
      ['control', 'fast', 'slow'].map((variantId) => of.filter((row) => row.variant_id === variantId).length);
    const [control = 0, fast, slow = 0] = counts(moved);
    expect(fast).toBe(0);
    expect(sampleRatioTest([control, slow], [5, 2]).pValue).toBeGreaterThan(0.0001);
    // the same bucket always goes the same way
    const byBucket = moved.toSorted((a, b) => a.bucket - b.bucket).map((row) => row.variant_id);
    expect(byBucket).toEqual([...byBucket].sort());
  });

  it('no unit is newly allocated to it, whatever begins at the same moment, and none loses its variant', async () => {
    const id = await seedExperiment(pool, { variants });
    const rounds = Array.from({ length: 10 }, (_, round) => round);
    for (const round of rounds) {
      const names = Array.from({ length: 50 }, (_, index) => `unit ${round}/${index}`);
      await Promise.all([
        ...names.map((unit) => start(id, unit)),
        switchTo(id, round % 2 === 0 ? 'pause' : 'resume', 'fast'),
      ]);
    }
    const before = await unitsOf(id);
    expect(before).toHaveLength(500);
    expect(before.filter((row) => row.epoch % 2 === 1 && row.variant_id === 'fast')).toEqual([]);
    for (const row of before.filter(({ epoch }) => epoch % 2 === 0)) {
      expect(row).toMatchObject(hashed(id, row.unit).variantId === row.variant_id ? { reason: 'hash' } : {});
      expect(row.variant_id).toBe(hashed(id, row.unit).variantId);
    }
    expect(new Set(before.map((row) => row.epoch)).size).toBeGreaterThan(3);
    await switchTo(id, 'pause', 'fast');
    await inTurn(
      before.map((row) => row.unit),
      (unit) => begin(pool, id, unit, hashed(id, unit).variantId, { executionId: `${unit} again` }),
    );
    expect(await unitsOf(id)).toEqual(before);
  });
});
