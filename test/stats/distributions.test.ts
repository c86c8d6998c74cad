import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binomial } from '../../src/stats/binomial.ts';
import {
  betaQuantile,
  chiSquare,
  fDistribution,
  normal,
  normalIsf,
  studentT,
  tIsf,
} from '../../src/stats/distributions.ts';
import { noncentralT } from '../../src/stats/noncentral-t.ts';
import { gaussLegendre, panels } from '../../src/stats/quadrature.ts';
import { incompleteBeta, type Tails } from '../../src/stats/special.ts';
import { probability } from './arbitraries.ts';

const df = fc.oneof(
  fc.double({ min: 0.1, max: 50, noNaN: true }),
  fc.double({ min: 50, max: 1e6, noNaN: true }),
);
const z = fc.double({ min: -40, max: 40, noNaN: true });
const positive = fc.double({ min: 0, max: 1e4, noNaN: true });

const sumToOne = ({ lower, upper }: Tails): boolean =>
  lower >= 0 && upper >= 0 && Math.abs(lower + upper - 1) <= 1e-12;

/** A property to be checked, in few runs. */
const holds =
  <T extends [unknown, ...unknown[]]>(
    ...property: [...arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> }, predicate: (...args: T) => boolean]
  ) =>
  (): void => {
    fc.assert(fc.property<T>(...property), { numRuns: 60 });
  };

describe('both tails add up to 1', () => {
  test.each([
    ['normal', holds(z, (x) => sumToOne(normal(x)))],
    ['t', holds(z, df, (x, n) => sumToOne(studentT(x, n)))],
    ['chi-square', holds(positive, df, (x, n) => sumToOne(chiSquare(x, n)))],
    ['F', holds(positive, df, df, (x, a, b) => sumToOne(fDistribution(x, a, b)))],
    ['noncentral t', holds(z, df, z, (x, n, ncp) => sumToOne(noncentralT(x, n + 1, ncp)))],
    ['binomial', holds(fc.nat(99), probability, (k, p) => sumToOne(binomial(k, 100, p)))],
  ])('%s', (_, check) => {
    check();
  });
});

describe('tails fall', () => {
  const falls = (upper: (x: number) => number) =>
    holds(positive, positive, (a, b) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      return upper(low) >= upper(high) * (1 - 1e-12);
    });

  test.each([
    ['normal', falls((x) => normal(x / 100).upper)],
    ['t', falls((x) => studentT(x / 100, 3.5).upper)],
    ['chi-square', falls((x) => chiSquare(x, 40).upper)],
    ['F', falls((x) => fDistribution(x / 100, 4, 9).upper)],
    ['noncentral t in its noncentrality', falls((x) => noncentralT(3, 7, x / 1000).lower)],
  ])('%s', (_, check) => {
    check();
  });
});

describe('quantiles invert', () => {
  const near = (actual: number, expected: number): boolean => Math.abs(actual / expected - 1) < 1e-9;
  const tail = fc.double({ min: -690, max: Math.log(0.49), noNaN: true }).map(Math.exp);

  test('normal, down to the smallest tails', () => {
    fc.assert(fc.property(tail, (p) => near(Math.log(normal(normalIsf(p)).upper), Math.log(p))));
  });

  test('t', () => {
    fc.assert(
      fc.property(
        tail.filter((p) => p > 1e-30),
        df.filter((n) => n > 1),
        (p, n) => near(studentT(tIsf(p, n), n).upper, p),
      ),
    );
  });

  test('beta', () => {
    fc.assert(
      fc.property(
        probability,
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 5000 }),
        (p, a, b) => {
          const x = betaQuantile(p, a, b);
          const back = incompleteBeta(a, b, x, 1 - x);
          return Math.abs(back.lower - p) < 1e-9;
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('relations between distributions', () => {
  test('t squared is F with one degree of freedom', () => {
    fc.assert(
      fc.property(z, df, (x, n) => {
        const two = 2 * studentT(-Math.abs(x), n).lower;
        expect(fDistribution(x * x, 1, n).upper).toBeCloseTo(Math.min(1, two), 10);
      }),
      { numRuns: 60 },
    );
  });

  test('noncentral t without noncentrality is t', () => {
    fc.assert(
      fc.property(z, df, (x, n) => {
        expect(noncentralT(x, n + 1, 0).upper).toBeCloseTo(studentT(x, n + 1).upper, 11);
      }),
      { numRuns: 40 },
    );
  });

  test('normal tails outside double precision are 0 and 1', () => {
    expect(normal(Infinity)).toEqual({ lower: 1, upper: 0 });
    expect(normal(-1e300)).toEqual({ lower: 0, upper: 1 });
    expect(normalIsf(0)).toBe(Infinity);
  });
});

describe('quadrature', () => {
  test('n nodes are exact for polynomials of degree 2n - 1', () => {
    const rule = gaussLegendre(5);
    const integral = rule.reduce((sum, [x, weight]) => sum + weight * (x ** 8 + x ** 9), 0);
    expect(integral).toBeCloseTo(2 / 9, 14);
  });

  test('panels cover the range once, whatever the transitions', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: z, width: fc.double({ min: 1e-3, max: 10, noNaN: true }) }), {
          maxLength: 6,
        }),
        (transitions) => {
          const all = panels(0, 20, 4, transitions);
          expect(all[0]?.[0]).toBe(0);
          expect(all.at(-1)?.[1]).toBe(20);
          all.slice(1).forEach(([from], index) => expect(from).toBe(all[index]?.[1]));
        },
      ),
    );
  });
});
