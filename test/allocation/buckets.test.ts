import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKETS, allocate, bucketOf, bucketRanges } from '../../src/allocation/buckets.ts';

interface Fixture {
  readonly vectors: readonly { readonly salt: string; readonly unit: string; readonly bucket: number }[];
  readonly splits: readonly {
    readonly weights: readonly { readonly variant_id: string; readonly weight: number }[];
    readonly ranges: readonly { readonly variant_id: string; readonly from: number; readonly to: number }[];
  }[];
}
const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/allocation.json', import.meta.url), 'utf8'),
) as Fixture;

describe('allocation', () => {
  it('gives the published bucket of every vector', () => {
    const wrong = fixture.vectors.filter(({ salt, unit, bucket }) => bucketOf(salt, unit) !== bucket);
    expect(fixture.vectors.length).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  });

  it.each(fixture.splits)('cuts the published ranges of $weights', ({ weights, ranges }) => {
    const cut = bucketRanges(weights.map(({ variant_id, weight }) => ({ variantId: variant_id, weight })));
    expect(cut.map(({ variantId, from, to }) => ({ variant_id: variantId, from, to }))).toEqual(ranges);
  });

  it('covers all buckets without gap or overlap, each variant within one bucket of its weight', () => {
    const weights = fc.array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(weights, (values) => {
        const total = values.reduce((sum, value) => sum + value, 0);
        const ranges = bucketRanges(values.map((weight, index) => ({ variantId: `v${index}`, weight })));
        let at = 0;
        for (const [index, { from, to }] of ranges.entries()) {
          expect(from).toBe(at);
          expect(Math.abs(to - from - ((values[index] ?? 0) / total) * BUCKETS)).toBeLessThanOrEqual(1);
          at = to;
        }
        expect(at).toBe(BUCKETS);
      }),
    );
  });

  it('spreads units as the weights say, the same way every time, and anew for another salt', () => {
    const ranges = bucketRanges([
      { variantId: 'a', weight: 0.2 },
      { variantId: 'b', weight: 0.8 },
    ]);
    const variantOf = (salt: string, unit: number): string =>
      allocate({ salt, unit: `user_${unit}`, ranges }).variantId;
    const n = 20_000;
    const units = Array.from({ length: n }, (_, unit) => unit);
    const first = units.filter((unit) => variantOf('one', unit) === 'a').length;
    // 5 standard errors of a share of 0.2
    expect(Math.abs(first - 0.2 * n)).toBeLessThan(5 * Math.sqrt(n * 0.16));
    const both = units.filter(
      (unit) => variantOf('one', unit) === 'a' && variantOf('two', unit) === 'a',
    ).length;
    expect(Math.abs(both - 0.04 * n)).toBeLessThan(5 * Math.sqrt(n * 0.04 * 0.96));
    expect(variantOf('one', 7)).toBe(variantOf('one', 7));
  });
});
