import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contingencyTest } from '../../src/stats/contingency.ts';
import { fisherExact } from '../../src/stats/fisher.ts';
import {
  clopperPearson,
  newcombe,
  sampleRatioTest,
  twoProportions,
  wilson,
} from '../../src/stats/proportions.ts';
import { relativeRisk } from '../../src/stats/risk-ratio.ts';
import { sampleRatioSequence } from '../../src/stats/sequential-sample-ratio.ts';
import { rate } from './arbitraries.ts';

const count = fc.nat(60);

describe('one rate', () => {
  test.each([
    ['Wilson', wilson],
    ['Clopper-Pearson', clopperPearson],
  ])('%s: within [0, 1], around the rate, mirrored for failures', (_, interval) => {
    fc.assert(
      fc.property(rate, fc.constantFrom(0.8, 0.95, 0.999), (arm, confidence) => {
        const [low, high] = interval(arm, confidence);
        const share = arm.successes / arm.total;
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(share + 1e-15);
        expect(high).toBeGreaterThanOrEqual(share - 1e-15);
        const [mirrored] = interval({ ...arm, successes: arm.total - arm.successes }, confidence);
        expect(mirrored).toBeCloseTo(1 - high, 9);
      }),
      { numRuns: 60 },
    );
  });
});

describe('two rates', () => {
  test("the pooled z squared is Pearson's chi-square", () => {
    fc.assert(
      fc.property(rate, rate, (control, treatment) => {
        const test_ = twoProportions(control, treatment);
        const table = [control, treatment].map((arm) => [arm.successes, arm.total - arm.successes]);
        const chi = contingencyTest(table);
        if ('kind' in chi || test_.z === null) return;
        expect(chi.pValue).toBeCloseTo(test_.pValue, 9);
      }),
    );
  });

  test("Newcombe's interval turns with the arms", () => {
    fc.assert(
      fc.property(rate, rate, (control, treatment) => {
        const [low, high] = newcombe(control, treatment, 0.95);
        const [turnedLow, turnedHigh] = newcombe(treatment, control, 0.95);
        expect(turnedLow).toBeCloseTo(-high, 12);
        expect(turnedHigh).toBeCloseTo(-low, 12);
        expect(low).toBeGreaterThanOrEqual(-1 - 1e-12);
      }),
    );
  });

  test('ratios turn into their inverse with the arms', () => {
    fc.assert(
      fc.property(rate, rate, (control, treatment) => {
        const [one, other] = [relativeRisk(control, treatment, 0.9), relativeRisk(treatment, control, 0.9)];
        if ('kind' in one || 'kind' in other) return;
        expect(other.riskRatio * one.riskRatio).toBeCloseTo(1, 9);
        expect(Math.log(other.oddsRatioInterval[0])).toBeCloseTo(-Math.log(one.oddsRatioInterval[1]), 6);
      }),
    );
  });
});

describe("Fisher's test", () => {
  const p = (a: number, b: number, c: number, d: number) => {
    const result = fisherExact(a, b, c, d);
    if ('kind' in result) throw new Error(result.reason);
    return result;
  };

  test('is the same for the transposed and the turned table', () => {
    fc.assert(
      fc.property(count, count, count, count, (a, b, c, d) => {
        const here = p(a, b, c, d);
        expect(p(a, c, b, d).pTwoSided).toBeCloseTo(here.pTwoSided, 10);
        expect(p(c, d, a, b).pTwoSided).toBeCloseTo(here.pTwoSided, 10);
        expect(p(c, d, a, b).pGreater).toBeCloseTo(here.pLess, 10);
      }),
    );
  });

  test('one-sided chances share the observed table', () => {
    fc.assert(
      fc.property(count, count, count, count, (a, b, c, d) => {
        const { pLess, pGreater, pTwoSided } = p(a, b, c, d);
        expect(pLess + pGreater).toBeGreaterThanOrEqual(1 - 1e-12);
        expect(pTwoSided).toBeGreaterThanOrEqual(Math.min(pLess, pGreater) * (1 - 1e-9));
      }),
    );
  });

  test('takes no time for a billion units, and none beyond', () => {
    expect(p(3, 999_999_997, 500_000_000, 500_000_000).pTwoSided).toBe(0);
    expect(fisherExact(1e12, 1, 1, 1)).toMatchObject({ kind: 'undetermined' });
    expect(() => fisherExact(1.5, 1, 1, 1)).toThrow(RangeError);
  });
});

describe('sample ratio', () => {
  test('the order of the arms and the scale of the weights do not count', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5000), fc.integer({ min: 1, max: 9 })), { minLength: 2, maxLength: 5 }),
        (arms) => {
          const p = (all: typeof arms, scale: number) =>
            sampleRatioTest(
              all.map(([n]) => n),
              all.map(([, w]) => w * scale),
            ).pValue;
          expect(p(arms.toReversed(), 0.01)).toBeCloseTo(p(arms, 1), 9);
        },
      ),
    );
  });

  const batches = fc.array(fc.tuple(fc.nat(2000), fc.nat(2000)), { minLength: 1, maxLength: 8 });

  test('the sequential p never rises and depends on totals only', () => {
    fc.assert(
      fc.property(batches, fc.double({ min: 1, max: 1e5, noNaN: true }), (all, concentration) => {
        const looks = sampleRatioSequence(all, [2, 1], concentration);
        looks
          .slice(1)
          .forEach((look, index) => expect(look.pValue).toBeLessThanOrEqual(looks[index]?.pValue ?? 1));
        const total = all.reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0]);
        const once = sampleRatioSequence([total], [2, 1], concentration)[0];
        expect(looks.at(-1)?.logBayesFactor).toBeCloseTo(once?.logBayesFactor ?? 0, 8);
      }),
    );
  });

  test('the Bayes factor is a martingale: its mean over the next unit is itself', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), (a, b) => {
        const factor = (x: number, y: number): number =>
          Math.exp(sampleRatioSequence([[x, y]], [0.7, 0.3], 50)[0]?.logBayesFactor ?? 0);
        const next = 0.7 * factor(a + 1, b) + 0.3 * factor(a, b + 1);
        expect(next / factor(a, b)).toBeCloseTo(1, 8);
      }),
    );
  });
});
