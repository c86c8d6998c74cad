import { studentT, tIsfTwoSided } from './distributions.ts';
import { hedgesCorrection } from './effect-size.ts';
import { ROUNDING, SMALLEST_VARIANCE } from './moments.ts';
import type { Sample } from './moments.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

/** The mean of one arm and its precision: all that a test of means needs. */
export interface ArmMean {
  /** Independent units. */
  readonly n: number;
  readonly mean: number;
  /** Variance of the mean, not of the values. */
  readonly varianceOfMean: number;
}

/** Of independent values. */
export const armMean = ({ n, mean, variance }: Sample): ArmMean => ({
  n,
  mean,
  varianceOfMean: variance / n,
});

export interface MeanDifference {
  readonly difference: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
  readonly t: number;
  readonly pValue: number;
  /** P(T > |t|) on the degrees of freedom. */
  readonly upperTail: number;
}

/** Treatment - control with Welch's degrees of freedom (Welch 1947, Satterthwaite 1946). */
export function meanDifference(control: ArmMean, treatment: ArmMean): MeanDifference | Undetermined {
  if (control.n < 2 || treatment.n < 2)
    return undetermined(`an arm has fewer than 2 units (${control.n} and ${treatment.n})`);
  const variance = control.varianceOfMean + treatment.varianceOfMean;
  const shareC = control.varianceOfMean / variance;
  const shareT = treatment.varianceOfMean / variance;
  return tTest(
    treatment.mean - control.mean,
    variance,
    1 / ((shareC * shareC) / (control.n - 1) + (shareT * shareT) / (treatment.n - 1)),
  );
}

/**
 * Student's test with one variance for both arms. Its size is far off where variances and sizes differ: it is here to
 * compare with other tools, decisions use `meanDifference`.
 */
export function pooledMeanDifference(control: Sample, treatment: Sample): MeanDifference | Undetermined {
  const df = control.n + treatment.n - 2;
  if (df < 1 || control.n < 1 || treatment.n < 1)
    return undetermined(`${control.n} and ${treatment.n} values leave no degree of freedom`);
  const scale = 1 / control.n + 1 / treatment.n;
  return tTest(treatment.mean - control.mean, pooledVariance(control, treatment) * scale, df);
}

function tTest(
  difference: number,
  variance: number,
  degreesOfFreedom: number,
): MeanDifference | Undetermined {
  const standardError = Math.sqrt(variance);
  const t = difference / standardError;
  if (!(variance > SMALLEST_VARIANCE) || !Number.isFinite(variance) || !Number.isFinite(t))
    return undetermined('the values do not vary within the arms, or are too large or small to square');
  const tail = studentT(Math.abs(t), degreesOfFreedom).upper;
  return {
    difference,
    standardError,
    degreesOfFreedom,
    t,
    pValue: Math.min(1, 2 * tail),
    upperTail: tail,
  };
}

/** Confidence interval (1 - alpha) of the difference, by t with the test's degrees of freedom. */
export function meanInterval(result: MeanDifference, alpha: number): readonly [number, number] {
  const half = tIsfTwoSided(alpha, result.degreesOfFreedom) * result.standardError;
  return [result.difference - half, result.difference + half];
}

/** What a cluster-robust mean needs of one arm: moments of each unit's sum S_u and count N_u, n - 1 variances. */
export interface UnitMoments {
  readonly units: number;
  readonly meanSum: number;
  readonly meanCount: number;
  readonly varSum: number;
  readonly covSumCount: number;
  readonly varCount: number;
}

/**
 * Ratio of sums R = S/N with its delta-method variance (CR1): (var S - 2 R cov + R^2 var N) / (m mean(N)^2).
 * With one value per unit this is the sample mean and s^2/m: Welch.
 */
export function clusterMean(arm: UnitMoments): ArmMean {
  const ratio = arm.meanSum / arm.meanCount;
  const cross = 2 * ratio * arm.covSumCount;
  const counts = ratio * ratio * arm.varCount;
  const residual = arm.varSum - cross + counts;
  const noise =
    ROUNDING * (Math.abs(cross) > 0 ? arm.varSum + Math.abs(cross) + counts : 0) +
    (Number.EPSILON * arm.meanSum) ** 2;
  return {
    n: arm.units,
    mean: ratio,
    varianceOfMean: (residual <= noise ? 0 : residual) / (arm.units * arm.meanCount * arm.meanCount),
  };
}

/** One n - 1 variance of both samples; their sizes add up to 3 or more. */
export const pooledVariance = (a: Sample, b: Sample): number =>
  ((a.n - 1) * a.variance + (b.n - 1) * b.variance) / (a.n + b.n - 2);

/** Cohen's d and Hedges' g with the pooled n - 1 standard deviation; null when nothing varies. */
export function standardisedDifference(
  control: Sample,
  treatment: Sample,
): { readonly cohensD: number; readonly hedgesG: number } | null {
  const m = control.n + treatment.n - 2;
  const pooled = pooledVariance(control, treatment);
  if (m < 1 || !(pooled > SMALLEST_VARIANCE) || !Number.isFinite(pooled)) return null;
  const cohensD = (treatment.mean - control.mean) / Math.sqrt(pooled);
  return { cohensD, hedgesG: hedgesCorrection(m) * cohensD };
}
