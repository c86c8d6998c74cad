import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crossingProbabilities } from '../../src/stats/classical.ts';
import { asymptoticSequence, exactRhoSquared, tuningRho } from '../../src/stats/confidence-sequence.ts';
import { futilityDesign } from '../../src/stats/futility.ts';
import { groupSequentialSize } from '../../src/stats/group-sequential-size.ts';
import { mixtureSprt, mixtureSprtPath } from '../../src/stats/mixture-sprt.ts';
import { boundaries } from '../../src/stats/sequential.ts';

const spending = fc.constantFrom('obrien_fleming', 'pocock', 'kim_demets', 'hwang_shih_decani');
const alpha = fc.constantFrom(0.001, 0.05, 0.2);
const effect = fc.double({ min: -5, max: 5, noNaN: true });
const variance = fc.double({ min: 1e-4, max: 1, noNaN: true });

describe('boundaries', () => {
  test('cross with the probability that was spent, at each look', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
        spending,
        alpha,
        (times, name, level) => {
          const information = times.toSorted((a, b) => a - b);
          const most = information.at(-1) ?? 1;
          const looks = information.map((value) => ({
            fraction: value / most,
            information: value,
            final: value === most,
          }));
          const solved = boundaries(looks, level, name, null);
          const crossing = crossingProbabilities(
            information,
            solved.map((look) => look.boundary),
          );
          let spent = 0;
          crossing.forEach((p, index) => {
            spent += p;
            expect(spent).toBeCloseTo(solved[index]?.alphaSpent ?? 0, 10);
          });
        },
      ),
      { numRuns: 25 },
    );
  });

  test('looking costs sample size, and saves it on average', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 }), spending, (looks, name) => {
        const size = groupSequentialSize(looks, 0.05, 0.8, name, null);
        expect(size.inflationFactor).toBeGreaterThan(1);
        expect(size.inflationFactor * size.expectedFraction).toBeLessThan(1);
      }),
      { numRuns: 10 },
    );
  });

  test('futility boundaries rise to meet the efficacy one, below it until then', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.constantFrom(0.1, 0.2), (looks, beta) => {
        const information = Array.from({ length: looks }, (_, index) => index + 1);
        const design = futilityDesign(information, 0.025, beta, 'obrien_fleming', 'obrien_fleming');
        design.futility.forEach((lower, index) => {
          expect(lower).toBeLessThanOrEqual(design.efficacy[index] ?? 0);
          if (index > 0) expect(lower).toBeGreaterThan(design.futility[index - 1] ?? 0);
        });
      }),
      { numRuns: 10 },
    );
  });
});

describe('always-valid inference', () => {
  const sprt = (d: number, v: number, tau: number, level: number) => {
    const result = mixtureSprt(d, v, tau, level);
    if ('kind' in result) throw new Error(result.reason);
    return result;
  };

  test('p is below alpha exactly outside the confidence sequence', () => {
    fc.assert(
      fc.property(
        effect,
        variance,
        fc.double({ min: 0.01, max: 5, noNaN: true }),
        alpha,
        (d, v, tau, level) => {
          const { pAlwaysValid, halfWidth } = sprt(d, v, tau, level);
          if (Math.abs(pAlwaysValid / level - 1) < 1e-9) return;
          expect(Math.abs(d) > halfWidth).toBe(pAlwaysValid < level);
        },
      ),
    );
  });

  test('over looks p never rises and intervals are nested', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ estimate: effect, variance }), { minLength: 1, maxLength: 8 }),
        (looks) => {
          const path = mixtureSprtPath(looks, 0.5, 0.05);
          if ('kind' in path) throw new Error(path.reason);
          path.slice(1).forEach((look, index) => {
            const before = path[index];
            expect(look.pValue).toBeLessThanOrEqual(before?.pValue ?? 1);
            expect(look.interval[0]).toBeGreaterThanOrEqual(before?.interval[0] ?? -Infinity);
            expect(look.interval[1]).toBeLessThanOrEqual(before?.interval[1] ?? Infinity);
          });
        },
      ),
    );
  });

  test('the asymptotic sequence is the mixture with tau^2 = rho^2 n se^2', () => {
    fc.assert(
      fc.property(effect, variance, fc.integer({ min: 10, max: 100_000 }), alpha, (d, v, n, level) => {
        const rho = tuningRho(level, 2000);
        const sequence = asymptoticSequence(d, v, n, level, rho);
        if ('kind' in sequence) throw new Error(sequence.reason);
        const mixture = sprt(d, v, rho * Math.sqrt(n * v), level);
        expect(sequence.halfWidth / mixture.halfWidth).toBeCloseTo(1, 10);
        expect(sequence.logEValue / mixture.logLambda).toBeCloseTo(1, 7);
      }),
    );
  });

  test('the exact rho is where the sequence is narrowest', () => {
    fc.assert(
      fc.property(alpha, fc.integer({ min: 10, max: 1_000_000 }), (level, n) => {
        const width = (rho: number): number => {
          const sequence = asymptoticSequence(0, 1, n, level, rho);
          if ('kind' in sequence) throw new Error(sequence.reason);
          return sequence.halfWidth;
        };
        const best = Math.sqrt(exactRhoSquared(level, n));
        expect(width(best)).toBeLessThanOrEqual(width(best * 1.01));
        expect(width(best)).toBeLessThanOrEqual(width(best * 0.99));
        expect(width(tuningRho(level, n)) / width(best)).toBeLessThan(1.001);
      }),
    );
  });
});
