import { betaQuantile, chiSquare, normal, normalIsf } from './distributions.ts';

export interface Arm {
  readonly successes: number;
  readonly total: number;
}

export type Interval = readonly [number, number];

/** Wilson's score interval (1927); [0, 1] without data. */
export function wilson({ successes, total }: Arm, confidence: number): Interval {
  if (total === 0) return [0, 1];
  const z = normalIsf((1 - confidence) / 2);
  const rate = successes / total;
  const middle = (rate + (z * z) / (2 * total)) / (1 + (z * z) / total);
  const half = (z / (1 + (z * z) / total)) * Math.sqrt((rate * (1 - rate)) / total + (z * z) / (4 * total * total));
  return [successes === 0 ? 0 : middle - half, successes === total ? 1 : middle + half];
}

/** Clopper & Pearson's exact interval (1934). */
export function clopperPearson({ successes, total }: Arm, confidence: number): Interval {
  const tail = (1 - confidence) / 2;
  return [
    successes === 0 ? 0 : betaQuantile(tail, successes, total - successes + 1),
    successes === total ? 1 : betaQuantile(1 - tail, successes + 1, total - successes),
  ];
}

export interface TwoProportions {
  readonly difference: number;
  /** Pooled under no difference; null when every outcome is the same. */
  readonly z: number | null;
  readonly pValue: number;
  /** Unpooled, for the Wald interval. */
  readonly standardError: number;
}

/** Pooled two-proportion z test: its square is Pearson's chi-square without a correction. */
export function twoProportions(control: Arm, treatment: Arm): TwoProportions {
  const rateC = control.successes / control.total;
  const rateT = treatment.successes / treatment.total;
  const pooled = (control.successes + treatment.successes) / (control.total + treatment.total);
  const variance = pooled * (1 - pooled) * (1 / control.total + 1 / treatment.total);
  const difference = rateT - rateC;
  const z = variance > 0 ? difference / Math.sqrt(variance) : null;
  return {
    difference,
    z,
    pValue: z === null ? 1 : Math.min(1, 2 * normal(Math.abs(z)).upper),
    standardError: Math.sqrt((rateC * (1 - rateC)) / control.total + (rateT * (1 - rateT)) / treatment.total),
  };
}

/** Newcombe's hybrid score interval of the difference (1998, method 10). */
export function newcombe(control: Arm, treatment: Arm, confidence: number): Interval {
  const rateC = control.successes / control.total;
  const rateT = treatment.successes / treatment.total;
  const [lowC, highC] = wilson(control, confidence);
  const [lowT, highT] = wilson(treatment, confidence);
  const difference = rateT - rateC;
  return [
    difference - Math.hypot(rateT - lowT, highC - rateC),
    difference + Math.hypot(highT - rateT, rateC - lowC),
  ];
}

export function wald(control: Arm, treatment: Arm, confidence: number): Interval {
  const { difference, standardError } = twoProportions(control, treatment);
  const half = normalIsf((1 - confidence) / 2) * standardError;
  return [difference - half, difference + half];
}

export const cohensH = (control: number, treatment: number): number =>
  2 * Math.asin(Math.sqrt(treatment)) - 2 * Math.asin(Math.sqrt(control));

export interface ChiSquareTest {
  readonly chi2: number;
  readonly df: number;
  readonly pValue: number;
}

/** Pearson's chi-square of a 2 x 2 table; Yates' correction, capped at |O - E|, only on request. */
export function chiSquare2x2(control: Arm, treatment: Arm, yates: boolean): ChiSquareTest & { readonly minExpected: number } {
  const total = control.total + treatment.total;
  const successes = control.successes + treatment.successes;
  let chi2 = 0;
  let minExpected = Infinity;
  for (const arm of [control, treatment]) {
    for (const [observed, margin] of [[arm.successes, successes], [arm.total - arm.successes, total - successes]] as const) {
      const expected = (arm.total * margin) / total;
      minExpected = Math.min(minExpected, expected);
      const gap = Math.abs(observed - expected);
      const counted = yates ? gap - Math.min(0.5, gap) : gap;
      if (expected > 0) chi2 += (counted * counted) / expected;
    }
  }
  const empty = successes === 0 || successes === total;
  return { chi2, df: 1, pValue: empty ? 1 : chiSquare(chi2, 1).upper, minExpected };
}

/** Goodness of fit of counts to weights (normalised): the sample-ratio check. */
export function sampleRatioTest(
  counts: readonly number[],
  weights: readonly number[],
): ChiSquareTest & { readonly expected: readonly number[] } {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const weight = weights.reduce((sum, value) => sum + value, 0);
  const expected = weights.map((value) => (value / weight) * total);
  const chi2 = counts.reduce((sum, count, index) => {
    const e = expected[index] ?? 0;
    return e > 0 ? sum + (count - e) ** 2 / e : sum;
  }, 0);
  const df = counts.length - 1;
  return { chi2, df, pValue: total === 0 ? 1 : chiSquare(chi2, df).upper, expected };
}
