import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cupedDifference } from '../../src/stats/cuped.ts';
import { cohensDInterval, hedgesCorrection } from '../../src/stats/effect-size.ts';
import { equivalence } from '../../src/stats/equivalence.ts';
import { relativeLift } from '../../src/stats/lift.ts';
import { armMean, meanDifference, meanInterval, pooledMeanDifference } from '../../src/stats/means.ts';
import {
  mergeMoments,
  moments,
  noPairs,
  pairMoments,
  sample,
  type PairMoments,
} from '../../src/stats/moments.ts';
import { ratioDifference } from '../../src/stats/ratio.ts';
import { isUndetermined } from '../../src/stats/undetermined.ts';
import { winsoriseUpper } from '../../src/stats/winsorise.ts';
import { values } from './arbitraries.ts';

const welch = (control: readonly number[], treatment: readonly number[]) => {
  const [c, t] = [sample(control), sample(treatment)];
  if (isUndetermined(c)) return c;
  if (isUndetermined(t)) return t;
  return meanDifference(armMean(c), armMean(t));
};

describe('moments', () => {
  const pairs = fc
    .array(fc.tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -999, max: 999 })), {
      maxLength: 12,
    })
    .map((all) =>
      pairMoments(
        all.map(([x]) => x),
        all.map(([, y]) => y),
      ),
    );
  const same = (a: PairMoments, b: PairMoments): void => {
    for (const key of ['n', 'meanX', 'meanY', 'm2X', 'm2Y', 'cXY'] as const)
      expect(a[key]).toBeCloseTo(b[key], 5);
  };

  test('merging is associative, in any order, and has a neutral element', () => {
    fc.assert(
      fc.property(pairs, pairs, pairs, (a, b, c) => {
        same(mergeMoments(mergeMoments(a, b), c), mergeMoments(a, mergeMoments(b, c)));
        same(mergeMoments(a, b), mergeMoments(b, a));
        expect(mergeMoments(noPairs, a)).toEqual(a);
      }),
    );
  });

  test('parts merged are the moments of the whole', () => {
    fc.assert(
      fc.property(values(0), values(0), (a, b) => {
        const whole = pairMoments([...a, ...b], [...b, ...a].toReversed());
        const y = [...b, ...a].toReversed();
        const merged = mergeMoments(pairMoments(a, y.slice(0, a.length)), pairMoments(b, y.slice(a.length)));
        same(merged, whole);
      }),
    );
  });

  test('an offset of a billion changes no variance', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 40 }), (data) => {
        expect(moments(data.map((x) => x + 1e9)).m2).toBeCloseTo(moments(data).m2, 6);
      }),
    );
  });

  test('values that are not numbers are refused', () => {
    expect(() => moments([1, Number.NaN])).toThrow(RangeError);
    expect(() => moments([1, Infinity])).toThrow(RangeError);
    expect(() => pairMoments([1, 2], [1])).toThrow(RangeError);
  });
});

describe('tests of means', () => {
  test('swapping the arms turns the sign and nothing else', () => {
    fc.assert(
      fc.property(values(), values(), (a, b) => {
        const [one, other] = [welch(a, b), welch(b, a)];
        if (isUndetermined(one) || isUndetermined(other))
          return isUndetermined(one) === isUndetermined(other);
        expect(other.t).toBeCloseTo(-one.t, 10);
        expect(other.pValue).toBeCloseTo(one.pValue, 10);
        return true;
      }),
    );
  });

  test('p is below alpha exactly when the interval leaves out 0', () => {
    fc.assert(
      fc.property(values(), values(), fc.constantFrom(0.01, 0.05, 0.2), (a, b, alpha) => {
        const result = welch(a, b);
        if (isUndetermined(result) || Math.abs(result.pValue - alpha) < 1e-9) return;
        const [low, high] = meanInterval(result, alpha);
        expect(low > 0 || high < 0).toBe(result.pValue < alpha);
      }),
    );
  });

  test('Student and Welch agree for two samples of one size and one variance', () => {
    fc.assert(
      fc.property(values(3), fc.integer({ min: -50, max: 50 }), (a, shift) => {
        const one = sample(a);
        if (isUndetermined(one)) return;
        const other = { ...one, mean: one.mean + shift };
        const [w, s] = [meanDifference(armMean(one), armMean(other)), pooledMeanDifference(one, other)];
        if ('kind' in w || 'kind' in s) return;
        expect(s.t).toBeCloseTo(w.t, 10);
        expect(s.degreesOfFreedom).toBeCloseTo(w.degreesOfFreedom, 6);
      }),
    );
  });

  test('a ratio of one observation for each unit is the mean: Welch', () => {
    fc.assert(
      fc.property(values(), values(), (a, b) => {
        const ones = (all: readonly number[]) => ({ numerators: all, denominators: all.map(() => 1) });
        const [ratio, mean] = [ratioDifference(ones(a), ones(b)), welch(a, b)];
        if ('kind' in ratio || 'kind' in mean) return;
        expect(ratio.test.standardError).toBeCloseTo(mean.standardError, 8);
        expect(ratio.test.pValue).toBeCloseTo(mean.pValue, 8);
      }),
    );
  });

  test('a covariate that does not vary adjusts nothing', () => {
    fc.assert(
      fc.property(values(), values(), (a, b) => {
        const flat = (all: readonly number[]) =>
          pairMoments(
            all.map(() => 3),
            all,
          );
        const result = cupedDifference(flat(a), flat(b));
        if ('kind' in result) return;
        expect(result.theta).toBe(0);
        expect(result.adjusted).toEqual(result.raw);
      }),
    );
  });

  test('a cap at the maximum changes nothing', () => {
    fc.assert(
      fc.property(values(1), values(1), (a, b) => {
        expect(winsoriseUpper(a, b, 1)).toMatchObject({ capped: 0, control: a, treatment: b });
      }),
    );
  });
});

describe('effect sizes, lift and equivalence', () => {
  test('the exact interval turns with the sign of d and contains it', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.integer({ min: 2, max: 300 }),
        fc.integer({ min: 2, max: 300 }),
        (d, n0, n1) => {
          const [interval, mirrored] = [cohensDInterval(d, n0, n1, 0.05), cohensDInterval(-d, n0, n1, 0.05)];
          if ('kind' in interval || 'kind' in mirrored) return;
          expect(interval[0]).toBeLessThan(d);
          expect(interval[1]).toBeGreaterThan(d);
          expect(mirrored[0]).toBeCloseTo(-interval[1], 7);
        },
      ),
      { numRuns: 15 },
    );
  });

  test("Hedges' correction rises to 1 without a step where its formula changes", () => {
    expect(hedgesCorrection(31 - 1e-6)).toBeCloseTo(hedgesCorrection(31 + 1e-6), 8);
    expect(hedgesCorrection(1e9)).toBeCloseTo(1 - 3 / (4e9 - 1), 14);
  });

  test("Fieller's interval is the delta method's for a precise control", () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 9, noNaN: true }), (mean) => {
        const arm = (value: number) => ({ n: 100, mean: value, varianceOfMean: 1e-8 });
        const lift = relativeLift(arm(2), arm(mean), 0.05);
        if ('kind' in lift || lift.fiellerInterval === null) throw new Error('there is an interval');
        expect(lift.fiellerInterval[0]).toBeCloseTo(lift.deltaInterval[0], 6);
        expect(lift.fiellerInterval[1]).toBeCloseTo(lift.deltaInterval[1], 6);
      }),
    );
  });

  test('equivalent exactly when the interval is within the margins', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        fc.double({ min: 1, max: 500, noNaN: true }),
        (difference, error, df) => {
          const result = equivalence(difference, error, df, 1, 0.05);
          if ('kind' in result || Math.abs(result.pEquivalent - 0.05) < 1e-9) return;
          const [low, high] = result.interval;
          expect(low > -1 && high < 1).toBe(result.equivalent);
        },
      ),
    );
  });
});
