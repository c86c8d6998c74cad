import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clusteredSampleSize, normalSampleSize } from '../../src/stats/power-normal.ts';
import { proportionSampleSize } from '../../src/stats/power-proportions.ts';
import { tTestDetectableEffect, tTestPower, tTestSampleSize } from '../../src/stats/power.ts';

const effectSize = fc.double({ min: 0.05, max: 2, noNaN: true });
const power = fc.constantFrom(0.5, 0.8, 0.95);
const ratio = fc.constantFrom(0.5, 1, 3);

describe('t tests', () => {
  test('sample size, power and detectable effect agree', () => {
    fc.assert(
      fc.property(effectSize, power, ratio, (d, target, r) => {
        const n = tTestSampleSize(d, 0.05, target, r);
        const reached = tTestPower(d, n, 0.05, r);
        // the smallest sample may have more power than asked for
        expect(reached).toBeGreaterThan(target - 1e-9);
        if (reached < target + 1e-9) expect(tTestDetectableEffect(n, 0.05, target, r)).toBeCloseTo(d, 7);
      }),
      { numRuns: 12 },
    );
  });

  test('no effect is found with probability alpha', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1_000_000 }), ratio, (n, r) => {
        expect(tTestPower(0, n, 0.05, r)).toBeCloseTo(0.05, 10);
      }),
      { numRuns: 20 },
    );
  });

  test('clusters of one observation, or without correlation, cost nothing', () => {
    expect(clusteredSampleSize(0.3, 0.05, 0.8, 1, 0.7, 0).designEffect).toBe(1);
    expect(clusteredSampleSize(0.3, 0.05, 0.8, 9, 0, 2).designEffect).toBe(1);
  });

  test('what has no answer is refused', () => {
    expect(() => tTestPower(1, 1, 0.05, 1)).toThrow(RangeError);
    expect(() => tTestSampleSize(1, 0.05, 1, 1)).toThrow(RangeError);
    expect(() => proportionSampleSize(0.2, 0.2, 0.05, 0.8, 1)).toThrow(RangeError);
    expect(() => normalSampleSize(1, 0, 0.05, 0.8, 0.5)).toThrow(RangeError);
    expect(tTestDetectableEffect(10, 0.05, 0.01, 1)).toBe(0);
  });
});

describe('rates and means by the normal distribution', () => {
  const share = fc.integer({ min: 0, max: 100_000 }).map((n) => n / 100_000);

  test('successes and failures need the same sample', () => {
    fc.assert(
      fc.property(share, share, power, ratio, (p, q, target, r) => {
        fc.pre(Math.abs(p - q) > 1e-6);
        const [one, other] = [
          proportionSampleSize(p, q, 0.05, target, r),
          proportionSampleSize(1 - p, 1 - q, 0.05, target, r),
        ];
        for (const key of ['pooled', 'unpooled', 'arcsine'] as const)
          expect(Math.abs(other[key] - one[key])).toBeLessThanOrEqual(1e-6 * one[key]);
      }),
    );
  });

  test('equal arms need the fewest units', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), (w) => {
        expect(normalSampleSize(3, 1, 0.05, 0.8, w).inflation).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});
