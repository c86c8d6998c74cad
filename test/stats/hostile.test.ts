import { describe, expect, test } from 'vitest';
import { anova, welchAnova } from '../../src/stats/anova.ts';
import { clusteredQuantile } from '../../src/stats/clustered-quantile.ts';
import { cupedDifference } from '../../src/stats/cuped.ts';
import { dunnett } from '../../src/stats/dunnett.ts';
import { cohensDInterval } from '../../src/stats/effect-size.ts';
import { equivalence } from '../../src/stats/equivalence.ts';
import { hodgesLehmann, hodgesLehmannInterval } from '../../src/stats/hodges-lehmann.ts';
import { kruskalWallis } from '../../src/stats/kruskal-wallis.ts';
import { relativeLift } from '../../src/stats/lift.ts';
import { mannWhitney } from '../../src/stats/mann-whitney.ts';
import { armMean, meanDifference, pooledMeanDifference } from '../../src/stats/means.ts';
import { medianDifference } from '../../src/stats/median-difference.ts';
import { mixtureSprt } from '../../src/stats/mixture-sprt.ts';
import { groupSample, pairMoments, sample } from '../../src/stats/moments.ts';
import { clopperPearson, newcombe, twoProportions, wilson } from '../../src/stats/proportions.ts';
import { tiedValues } from '../../src/stats/ranks.ts';
import { ratioDifference } from '../../src/stats/ratio.ts';
import { isUndetermined, type Undetermined } from '../../src/stats/undetermined.ts';
import { winsoriseUpper } from '../../src/stats/winsorise.ts';
import { findNaN, hostileValues } from './arbitraries.ts';

type TwoSamples = (control: readonly number[], treatment: readonly number[]) => unknown;

/** Of samples, or the reason why there is none. */
const ofSamples =
  <T>(f: (control: NonNullable<Known>, treatment: NonNullable<Known>) => T, of = groupSample) =>
  (control: readonly number[], treatment: readonly number[]): T | Undetermined => {
    const [c, t] = [of(control), of(treatment)];
    return isUndetermined(c) ? c : isUndetermined(t) ? t : f(c, t);
  };
type Known = Exclude<ReturnType<typeof sample>, Undetermined>;

const twoSamples: Readonly<Record<string, TwoSamples>> = {
  welch: ofSamples((c, t) => meanDifference(armMean(c), armMean(t)), sample),
  student: ofSamples(pooledMeanDifference),
  lift: ofSamples((c, t) => relativeLift(armMean(c), armMean(t), 0.05), sample),
  mannWhitney: (c, t) => mannWhitney(tiedValues([c, t])),
  hodgesLehmann: (c, t) => [hodgesLehmann(c, t), hodgesLehmannInterval(c, t, 0.05, 'exact')],
  medians: (c, t) => medianDifference(c, t, 0.05),
  winsorised: (c, t) => winsoriseUpper(c, t, 0.9),
  anova: (c, t) => [anova([c, t, c]), welchAnova([c, t, c]), kruskalWallis([c, t, c])],
  clusteredQuantile: (c, t) => clusteredQuantile([c, t, c], 0.9, 0.05),
  ratio: (c, t) => ratioDifference({ numerators: c, denominators: c }, { numerators: t, denominators: t }),
  cuped: (c, t) => cupedDifference(pairMoments(c, c.toReversed()), pairMoments(t, t)),
};

describe('two samples of hostile values give a number or a reason, never NaN', () => {
  test.each(Object.entries(twoSamples))('%s', (_, f) => {
    for (const control of hostileValues)
      for (const treatment of hostileValues)
        expect([control, treatment, findNaN(f(control, treatment))]).toEqual([control, treatment, null]);
  });
});

test('Dunnett, with an arm of a million', () => {
  const many = { n: 1_000_000, mean: 3, variance: 2 };
  for (const values of hostileValues) {
    const control = groupSample(values);
    if (isUndetermined(control)) continue;
    expect([values, findNaN(dunnett(control, [control, many], 0.05))]).toEqual([values, null]);
  }
});

describe('rates of 0 and 1, arms of 1 and a million', () => {
  const arms = [
    [0, 1],
    [1, 1],
    [0, 3],
    [3, 3],
    [0, 1e6],
    [1e6, 1e6],
    [1, 1e6],
    [999_999, 1e6],
  ].map(([successes = 0, total = 1]) => ({ successes, total }));

  test('intervals and tests are numbers', () => {
    for (const control of arms) {
      expect(findNaN([wilson(control, 0.95), clopperPearson(control, 0.95)])).toBeNull();
      for (const treatment of arms)
        expect(findNaN([twoProportions(control, treatment), newcombe(control, treatment, 0.95)])).toBeNull();
    }
  });
});

describe('the ends of double precision', () => {
  const ends = [0, 1e-300, 1, 1e6, 1e300];

  test('summaries are answered or undetermined', () => {
    for (const a of ends)
      for (const b of ends)
        for (const c of ends.filter((value) => value > 0)) {
          expect([a, b, c, findNaN([mixtureSprt(a, b, c, 0.05), equivalence(a, b, 9, c, 0.05)])]).toEqual([
            a,
            b,
            c,
            null,
          ]);
          const arm = (mean: number, variance: number, n: number) => armMean({ n, mean, variance });
          expect(findNaN(meanDifference(arm(a, b, 3), arm(c, b, 1_000_000)))).toBeNull();
        }
  });

  test('standardised differences, from no degree of freedom to a million', () => {
    for (const d of ends)
      for (const n of [1, 2, 1_000_000]) expect(findNaN(cohensDInterval(d, 1, n, 0.05))).toBeNull();
  });
});
