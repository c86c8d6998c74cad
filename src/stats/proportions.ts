import type { ChiSquareTest } from './contingency.ts';
import { betaQuantile, chiSquare, normal, normalIsf } from './distributions.ts';

/** Counts of one arm, 0 <= successes <= total. */
export interface Arm {
  readonly successes: number;
  readonly total: number;
}

export type Interval = readonly [number, number];

/** Wilson's score interval (1927); [0, 1] without data. */
export function wilson({ successes, total }: Arm, confidence: number): Interval {
  if (total === 0) return [0, 1];
  const z = normalIsf((1 - confidence) / 2);
  const limits = (count: number): number => wilsonLower(count / total, (z * z) / total);
  return [limits(successes), 1 - limits(total - successes)];
}

/** The smaller root of the score equation, without the cancellation of its middle minus its half width. */
function wilsonLower(rate: number, penalty: number): number {
  const root = Math.sqrt(penalty * (rate * (1 - rate) + penalty / 4));
  return (rate * rate) / (rate + penalty / 2 + root);
}

/** Clopper & Pearson's exact interval (1934); [0, 1] without data. */
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

/** Pooled two-proportion z test: its square is Pearson's chi-square without a correction. RangeError without data. */
export function twoProportions(control: Arm, treatment: Arm): TwoProportions {
  requireData(control, treatment);
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

function requireData(...arms: readonly Arm[]): void {
  if (!arms.every((arm) => arm.total > 0)) throw new RangeError('an arm has no outcome');
}

/** Newcombe's hybrid score interval of treatment - control (1998, method 10). RangeError without data. */
export function newcombe(control: Arm, treatment: Arm, confidence: number): Interval {
  requireData(control, treatment);
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

/** The textbook interval of treatment - control, too short for rates near 0 and 1: to compare with other tools. */
export function wald(control: Arm, treatment: Arm, confidence: number): Interval {
  const { difference, standardError } = twoProportions(control, treatment);
  const half = normalIsf((1 - confidence) / 2) * standardError;
  return [difference - half, difference + half];
}

/** Cohen's h (1988): the difference of two rates after the arcsine transformation, which makes their variance equal. */
export const cohensH = (control: number, treatment: number): number =>
  2 * Math.asin(Math.sqrt(treatment)) - 2 * Math.asin(Math.sqrt(control));

/**
 * Goodness of fit of counts to weights (normalised): the sample-ratio check. An arm of weight 0 takes no part, but a unit
 * in it is a certain mismatch.
 */
export function sampleRatioTest(
  counts: readonly number[],
  weights: readonly number[],
): ChiSquareTest & { readonly expected: readonly number[] } {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const weight = weights.reduce((sum, value) => sum + value, 0);
  const expected = weights.map((value) => (weight > 0 ? (value / weight) * total : 0));
  const df = Math.max(1, weights.filter((value) => value > 0).length - 1);
  if (total === 0) return { chi2: 0, df, pValue: 1, expected };
  if (counts.some((count, index) => count > 0 && !((weights[index] ?? 0) > 0)))
    return { chi2: Number.MAX_VALUE, df, pValue: 0, expected };
  const chi2 = counts.reduce((sum, count, index) => {
    const e = expected[index] ?? 0;
    return e > 0 ? sum + (count - e) ** 2 / e : sum;
  }, 0);
  return { chi2, df, pValue: chiSquare(chi2, df).upper, expected };
}
