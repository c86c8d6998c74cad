import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binomial } from '../../src/stats/binomial.ts';
import { bootstrapQuantileError } from '../../src/stats/bootstrap.ts';
import { hodgesLehmann, hodgesLehmannInterval } from '../../src/stats/hodges-lehmann.ts';
import { kruskalWallis } from '../../src/stats/kruskal-wallis.ts';
import { mannWhitney } from '../../src/stats/mann-whitney.ts';
import { ascending, median, percentile } from '../../src/stats/percentile.ts';
import { quantileInterval } from '../../src/stats/quantile-interval.ts';
import { rankSumProbabilities } from '../../src/stats/rank-sum.ts';
import { tiedValues, tieTerms } from '../../src/stats/ranks.ts';
import { value, values } from './arbitraries.ts';

const u = (control: readonly number[], treatment: readonly number[]) => {
  const result = mannWhitney(tiedValues([control, treatment]));
  if ('kind' in result) throw new Error(result.reason);
  return result;
};

describe('rank sums', () => {
  test('U counts pairs, and both add up to all of them', () => {
    fc.assert(
      fc.property(values(1, 12), values(1, 12), (a, b) => {
        const pairs = b.flatMap((t) => a.map((c) => (t > c ? 1 : t === c ? 0.5 : 0)));
        const result = u(a, b);
        expect(result.uTreatment).toBe(pairs.reduce<number>((sum, one) => sum + one, 0));
        expect(result.uControl + result.uTreatment).toBe(a.length * b.length);
        expect(u(b, a).pAsymptotic).toBeCloseTo(result.pAsymptotic, 12);
      }),
    );
  });

  test('only the order of the values counts', () => {
    fc.assert(
      fc.property(values(1, 12), values(1, 12), (a, b) => {
        const up = (all: readonly number[]) => all.map((x) => 8 * x);
        expect(u(up(a), up(b)).uTreatment).toBe(u(a, b).uTreatment);
      }),
    );
  });

  test('exact chances are those of all arrangements, and add up to 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), (m, n) => {
        const counts = new Map<number, number>();
        const choose = (from: number, left: number, sum: number): void => {
          if (left === 0) counts.set(sum, (counts.get(sum) ?? 0) + 1);
          else
            for (let rank = from; rank <= m + n - left; rank++)
              choose(rank + 1, left - 1, sum + rank - (m - left));
        };
        choose(0, m, 0);
        const all = [...counts.values()].reduce((sum, one) => sum + one, 0);
        const p = rankSumProbabilities(m, n);
        if ('kind' in p) throw new Error(p.reason);
        p.forEach((chance, k) => expect(chance).toBeCloseTo((counts.get(k) ?? 0) / all, 13));
      }),
      { numRuns: 30 },
    );
  });

  test('the exact distribution of large samples is near the normal one', () => {
    const p = rankSumProbabilities(60, 80);
    if ('kind' in p) throw new Error(p.reason);
    const half = p.reduce((sum, chance) => sum + chance, 0);
    expect(half).toBeGreaterThan(0.5);
    expect(half).toBeLessThan(0.51);
    expect(Math.min(...p)).toBeGreaterThan(0);
    expect(rankSumProbabilities(5000, 5000)).toMatchObject({ kind: 'undetermined' });
  });

  test('two groups: Kruskal-Wallis is the uncorrected Mann-Whitney', () => {
    fc.assert(
      fc.property(values(1, 15), values(1, 15), (a, b) => {
        const kruskal = kruskalWallis([a, b]);
        if ('kind' in kruskal) throw new Error(kruskal.reason);
        expect(kruskal.pValue).toBeCloseTo(u(a, b).pAsymptoticUncorrected, 9);
      }),
    );
  });

  test('the tie term and what it leaves add up', () => {
    fc.assert(
      fc.property(values(1, 20), values(1, 20), (a, b) => {
        const { tieTerm, untied } = tieTerms(tiedValues([a, b]));
        const n = a.length + b.length;
        expect(tieTerm + untied).toBe(n ** 3 - n);
      }),
    );
  });
});

describe('Hodges-Lehmann', () => {
  test('is the median of all differences', () => {
    fc.assert(
      fc.property(values(1, 12), values(1, 12), (a, b) => {
        const differences = ascending(b.flatMap((t) => a.map((c) => t - c)));
        expect(hodgesLehmann(a, b)).toBeCloseTo(median(differences), 9);
      }),
    );
  });

  test('its interval is inside the differences and around the estimate', () => {
    fc.assert(
      fc.property(values(5, 15), values(5, 15), (a, b) => {
        const [estimate, interval] = [hodgesLehmann(a, b), hodgesLehmannInterval(a, b, 0.05, 'asymptotic')];
        if ('kind' in interval || typeof estimate !== 'number') return;
        expect(interval[0]).toBeLessThanOrEqual(estimate);
        expect(interval[1]).toBeGreaterThanOrEqual(estimate);
      }),
    );
  });

  test('too few values have no interval', () => {
    expect(hodgesLehmannInterval([1, 2], [3, 4], 0.05, 'exact')).toMatchObject({ kind: 'undetermined' });
    expect(hodgesLehmannInterval([1, 2], [3, 4], 0.05, 'asymptotic')).toMatchObject({ kind: 'undetermined' });
  });
});

describe('quantiles', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const types = ['type6', 'type7', 'type8', 'nearest_rank'] as const;

  test.each(types)('%s grows with p, between the smallest and the largest value', (type) => {
    fc.assert(
      fc.property(values(1), share, share, (data, p, q) => {
        const sorted = ascending(data);
        const [low, high] = [
          percentile(sorted, Math.min(p, q), type),
          percentile(sorted, Math.max(p, q), type),
        ];
        expect(low).toBeLessThanOrEqual(high + 1e-9);
        expect(low).toBeGreaterThanOrEqual(sorted[0] ?? 0);
        expect(high).toBeLessThanOrEqual(sorted.at(-1) ?? 0);
      }),
    );
  });

  test('an interval has its confidence, and a rank further inside would not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        share,
        fc.constantFrom(0.01, 0.05, 0.3),
        (n, p, alpha) => {
          const sorted = Float64Array.from({ length: n }, (_, i) => i);
          const { lowerIndex, upperIndex, coverage } = quantileInterval(sorted, p, alpha);
          expect(coverage).toBeGreaterThanOrEqual(1 - alpha - 1e-9);
          expect(binomial(lowerIndex, n, p).lower).toBeGreaterThan(alpha / 2);
          expect(binomial(upperIndex - 2, n, p).upper).toBeGreaterThan(alpha / 2);
        },
      ),
    );
  });

  test('the bootstrap error of values without spread is 0, and scales with the values', () => {
    fc.assert(
      fc.property(values(1), share, value, (data, p, one) => {
        const sorted = ascending(data);
        const error = bootstrapQuantileError(sorted, p);
        expect(
          bootstrapQuantileError(
            sorted.map((x) => 2 * x + 1),
            p,
          ),
        ).toBeCloseTo(2 * error, 6);
        expect(
          bootstrapQuantileError(
            sorted.map(() => one),
            p,
          ),
        ).toBeCloseTo(0, 9);
      }),
    );
  });
});
