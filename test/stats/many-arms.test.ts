import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adjustPValues } from '../../src/stats/adjust.ts';
import { anova, welchAnova } from '../../src/stats/anova.ts';
import { tTwoSided } from '../../src/stats/distributions.ts';
import { dunnett } from '../../src/stats/dunnett.ts';
import { analyseFactorial, effectWord, factorsOf, yatesContrasts } from '../../src/stats/factorial.ts';
import { fractionalDesign, fractionalEffects } from '../../src/stats/fractional-factorial.ts';
import { armMean, meanDifference, pooledMeanDifference } from '../../src/stats/means.ts';
import { sample, type Sample } from '../../src/stats/moments.ts';
import { isUndetermined } from '../../src/stats/undetermined.ts';
import { values } from './arbitraries.ts';

describe('adjusted p-values', () => {
  const ps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });

  test('raw <= Benjamini-Hochberg <= Hochberg <= Holm <= Bonferroni <= 1', () => {
    fc.assert(
      fc.property(ps, (p) => {
        const methods = (['bh', 'hochberg', 'holm', 'bonferroni'] as const).map((method) =>
          adjustPValues(p, method),
        );
        [p, ...methods, p.map(() => 1)].reduce((smaller, larger) => {
          larger.forEach((one, index) =>
            expect(one).toBeGreaterThanOrEqual((smaller[index] ?? 0) * (1 - 1e-12)),
          );
          return larger;
        });
      }),
    );
  });

  test.each(['bonferroni', 'holm', 'hochberg', 'bh', 'by'] as const)('%s keeps the order', (method) => {
    fc.assert(
      fc.property(ps, (p) => {
        const adjusted = adjustPValues(p, method);
        p.forEach((one, i) => {
          p.forEach((other, j) => {
            if (one <= other) expect(adjusted[i]).toBeLessThanOrEqual((adjusted[j] ?? 1) + 1e-15);
          });
        });
      }),
    );
  });
});

describe('several means', () => {
  test('two groups: F is t squared, for Student and for Welch', () => {
    fc.assert(
      fc.property(values(2, 10), values(2, 10), (a, b) => {
        const [c, t] = [sample(a), sample(b)];
        if (isUndetermined(c) || isUndetermined(t)) return;
        const [f, student] = [anova([a, b]), pooledMeanDifference(c, t)];
        if (!('kind' in f) && !('kind' in student)) expect(f.pValue).toBeCloseTo(student.pValue, 8);
        const [w, welch] = [welchAnova([a, b]), meanDifference(armMean(c), armMean(t))];
        if (!('kind' in w) && !('kind' in welch)) expect(w.pValue).toBeCloseTo(welch.pValue, 8);
      }),
    );
  });

  test("Dunnett's p lies between the raw one and Bonferroni's, and is the raw one for one treatment", () => {
    fc.assert(
      fc.property(values(3, 8), fc.array(values(3, 8), { minLength: 1, maxLength: 3 }), (control, arms) => {
        const all = [control, ...arms].map(sample);
        const [first, ...rest] = all.filter((one): one is Sample => !isUndetermined(one));
        if (first === undefined || rest.length < arms.length) return;
        const result = dunnett(first, rest, 0.05);
        if ('kind' in result) return;
        for (const { t, pAdjusted, interval } of result.comparisons) {
          const raw = tTwoSided(t, result.df);
          expect(pAdjusted).toBeGreaterThanOrEqual(raw - 1e-10);
          expect(pAdjusted).toBeLessThanOrEqual(raw * arms.length + 1e-10);
          if (arms.length === 1) expect(pAdjusted).toBeCloseTo(raw, 9);
          const clear = interval[0] > 0 || interval[1] < 0;
          if (Math.abs(pAdjusted - 0.05) > 1e-6) expect(clear).toBe(pAdjusted < 0.05);
        }
      }),
      { numRuns: 8 },
    );
  });
});

describe('factorial designs', () => {
  test('words and factors', () => {
    expect(effectWord(0b101)).toBe('AC');
    expect(factorsOf('CA')).toBe(0b101);
    expect(() => factorsOf('AA')).toThrow(RangeError);
    expect(() => factorsOf('a')).toThrow(RangeError);
  });

  test("Yates' algorithm is the sum of signs times responses", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -99, max: 99 }), { minLength: 8, maxLength: 8 }), (y) => {
        const direct = y.map((_, effect) =>
          y.reduce((sum, one, run) => {
            const low = factorsOf('ABC') & effect & ~run;
            return (
              sum + (Array.from(low.toString(2)).filter((bit) => bit === '1').length % 2 === 0 ? one : -one)
            );
          }, 0),
        );
        expect(yatesContrasts(y)).toEqual(direct);
      }),
    );
  });

  test('the effects that made the responses are found', () => {
    fc.assert(
      fc.property(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }), (a, ab) => {
        const runs = [0, 1, 2, 3].map((run) => {
          const [x, y] = [run & 1 ? 1 : -1, run & 2 ? 1 : -1];
          return [20 + (a * x + ab * x * y) / 2];
        });
        const found = analyseFactorial(runs).effects.map(({ word, effect }) => [word, effect + 0]);
        expect(found).toEqual([
          ['A', a],
          ['B', 0],
          ['AB', ab],
        ]);
      }),
    );
  });

  test('a fraction: aliases are mutual, 2^p - 1 of each, and have one estimate', () => {
    const generators = ['E=ABC', 'F=BCD'];
    const design = fractionalDesign(6, generators);
    for (const [effect, aliases] of design.aliases) {
      expect(aliases).toHaveLength(3);
      for (const alias of aliases)
        if (design.aliases.has(alias)) expect(design.aliases.get(alias)).toContain(effect);
    }
    const effects = fractionalEffects(
      6,
      generators,
      design.levels.map(([a = 0]) => 10 + 3 * a),
    );
    for (const { word, effect } of effects) expect(effect).toBeCloseTo(word === 'A' ? 6 : 0, 12);
  });

  test('what is no fraction is refused', () => {
    for (const generators of [[], ['C=AC'], ['C=AZ'], ['C=A'], ['C=AB', 'C=AB'], ['nonsense']])
      expect(() => fractionalDesign(3, generators)).toThrow(RangeError);
    expect(() => analyseFactorial([[1], [2, 3]])).toThrow(RangeError);
  });
});
