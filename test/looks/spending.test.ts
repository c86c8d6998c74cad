import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testLook } from '../../src/decide/sequential.ts';
import type { SequentialResult } from '../../src/decide/sequential.ts';
import type { Comparison, PriorLook, Rule } from '../../src/decide/types.ts';

const comparison = (statistic: number, standardError: number): Comparison => ({
  kind: 'comparison',
  method: 'welch',
  difference: statistic * standardError,
  standardError,
  degreesOfFreedom: null,
  statistic,
  pValue: 0.5,
  effectSize: null,
  controlValue: 1,
  variantValue: 1,
  relativeChange: null,
  relativeStandardError: null,
});

interface Step {
  readonly fraction: number;
  readonly standardError: number;
  readonly statistic: number;
}

/** Looks one after the other, as takeLook makes them: each has those before it as its history. The last is final. */
function history(rule: Rule, steps: readonly Step[]): readonly (SequentialResult & Step)[] {
  const prior: PriorLook[] = [];
  return steps.map((step, index) => {
    const final = index === steps.length - 1;
    const result = testLook(
      rule,
      prior,
      comparison(step.statistic, step.standardError),
      step.fraction,
      final,
    );
    prior.push({ informationFraction: step.fraction, ...result });
    return { ...step, ...result };
  });
}

const sequential: Rule = {
  kind: 'group_sequential',
  alpha: 0.05,
  spending: 'obrien_fleming',
  spendingParameter: null,
};
const steps = fc
  .array(
    fc.record({
      fraction: fc.integer({ min: 1, max: 1000 }).map((units) => units / 1000),
      // spread changes as data come in, in both directions
      noise: fc.double({ min: 0.3, max: 3, noNaN: true }),
      statistic: fc.oneof(
        fc.double({ min: -5, max: 5, noNaN: true }),
        fc.double({ min: -40, max: 40, noNaN: true }),
        fc.constant(0),
      ),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((all): Step[] => {
    const fractions = all.map(({ fraction }) => fraction).sort((a, b) => a - b);
    return all.map(({ noise, statistic }, index) => ({
      fraction: fractions[index]!,
      standardError: noise / Math.sqrt(fractions[index]!),
      statistic,
    }));
  });

describe('the alpha of looks', () => {
  it('is spent step by step, never more than there is, and all of it at the end', () => {
    fc.assert(
      fc.property(
        steps,
        fc.constantFrom('obrien_fleming', 'pocock', 'kim_demets', 'hwang_shih_decani'),
        (given, spending) => {
          let before = 0;
          let information = 0;
          const looks = history({ ...sequential, spending }, given);
          for (const look of looks) {
            expect(look.alphaSpent).toBeGreaterThanOrEqual(before);
            expect(look.alphaSpent).toBeLessThanOrEqual(0.05);
            expect(look.information).toBeGreaterThanOrEqual(information);
            expect(Number.isFinite(look.information)).toBe(true);
            // what spends has a boundary, a p and an interval; what does not has none
            const spends = look.alphaSpent > before;
            for (const part of [look.boundary, look.pValue, look.confidenceInterval])
              expect(part !== null).toBe(spends);
            if (look.boundary !== null) expect(look.boundary).toBeGreaterThan(0);
            if (look.pValue !== null) {
              expect(look.pValue).toBeGreaterThan(0);
              expect(look.pValue).toBeLessThanOrEqual(1);
            }
            before = look.alphaSpent;
            information = look.information;
          }
          expect(looks.at(-1)).toMatchObject({ alphaSpent: 0.05, boundary: expect.any(Number) as number });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('and the p of a look agree: it crosses where its p is at most alpha', () => {
    fc.assert(
      fc.property(steps, (given) => {
        for (const look of history(sequential, given)) {
          if (look.pValue === null || Math.abs(look.pValue - 0.05) < 1e-6) continue;
          expect(look.crossed).toBe(look.pValue < 0.05);
          const [low, high] = look.confidenceInterval ?? [NaN, NaN];
          expect(low > 0 || high < 0).toBe(look.crossed);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([9, 10.4, 11, 14, 20, 37, 60, 1e6])(
    'has a p also where the difference is beyond all doubt: |z| = %d',
    (statistic) => {
      const looks = history(
        sequential,
        [0.3, 0.5, 0.5, 0.7].map((fraction) => ({ fraction, standardError: 0.05, statistic })),
      );
      for (const look of looks) {
        if (look.boundary === null) continue;
        expect(look.crossed).toBe(true);
        expect(look.pValue).toBeGreaterThan(0);
        expect(look.pValue).toBeLessThan(1e-5);
      }
      expect(looks.at(-1)?.pValue).toBeLessThan(3e-19);
    },
  );

  it('of a look at less than 1 % of the sample size, or too near the one before, is left alone', () => {
    const looks = history(
      sequential,
      [0.005, 0.4, 0.405, 0.5, 1].map((fraction) => ({ fraction, standardError: 1, statistic: 3 })),
    );
    expect(looks.map((look) => look.boundary === null)).toEqual([true, false, true, false, false]);
    expect(looks[2]?.alphaSpent).toBe(looks[1]?.alphaSpent);
  });

  it('under the fixed rule is spent at the end, all at once', () => {
    const looks = history(
      { ...sequential, kind: 'fixed' },
      [0.5, 1].map((fraction) => ({ fraction, standardError: 1, statistic: 30 })),
    );
    expect(looks[0]).toMatchObject({ alphaSpent: 0, boundary: null, crossed: false, pValue: null });
    expect(looks[1]).toMatchObject({ alphaSpent: 0.05 });
    expect(looks[1]?.boundary).toBeCloseTo(1.959964, 6);
  });
});
