import { studentT, tIsfTwoSided, tTwoSided } from './distributions.ts';
import { logGamma, stirlingError } from './special.ts';

export interface Moments {
  readonly n: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly m2: number;
}

/** Welford's one-pass moments. */
export function moments(values: readonly number[]): Moments {
  let n = 0;
  let mean = 0;
  let m2 = 0;
  for (const value of values) {
    n += 1;
    const delta = value - mean;
    mean += delta / n;
    m2 += delta * (value - mean);
  }
  return { n, mean, m2 };
}

export interface PairMoments {
  readonly n: number;
  readonly meanX: number;
  readonly meanY: number;
  readonly m2X: number;
  readonly m2Y: number;
  readonly cXY: number;
}

export const noPairs: PairMoments = { n: 0, meanX: 0, meanY: 0, m2X: 0, m2Y: 0, cXY: 0 };

/** Moments of the union of two disjoint parts (Chan, Golub & LeVeque 1983). */
export function mergeMoments(a: PairMoments, b: PairMoments): PairMoments {
  const n = a.n + b.n;
  if (a.n === 0) return b;
  if (b.n === 0) return a;
  const dx = b.meanX - a.meanX;
  const dy = b.meanY - a.meanY;
  const weight = (a.n * b.n) / n;
  return {
    n,
    meanX: a.meanX + (dx * b.n) / n,
    meanY: a.meanY + (dy * b.n) / n,
    m2X: a.m2X + b.m2X + dx * dx * weight,
    m2Y: a.m2Y + b.m2Y + dy * dy * weight,
    cXY: a.cXY + b.cXY + dx * dy * weight,
  };
}

export interface ArmMean {
  /** Independent units. */
  readonly n: number;
  readonly mean: number;
  /** Variance of the mean, not of the values. */
  readonly varianceOfMean: number;
}

export interface MeanDifference {
  readonly difference: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
  readonly t: number;
  readonly pValue: number;
  /** P(T > |t|) on the degrees of freedom. */
  readonly upperTail: number;
}

export type Undetermined = { readonly kind: 'undetermined'; readonly reason: string };

/** Treatment - control with Welch's degrees of freedom (Welch 1947, Satterthwaite 1946). */
export function meanDifference(control: ArmMean, treatment: ArmMean): MeanDifference | Undetermined {
  if (control.n < 2 || treatment.n < 2) {
    return {
      kind: 'undetermined',
      reason: `an arm has fewer than 2 units (${control.n} and ${treatment.n})`,
    };
  }
  const variance = control.varianceOfMean + treatment.varianceOfMean;
  const difference = treatment.mean - control.mean;
  if (!(variance > 0) || !Number.isFinite(variance) || !Number.isFinite(difference)) {
    return {
      kind: 'undetermined',
      reason: 'the values do not vary within the arms, or are too large to square',
    };
  }
  const standardError = Math.sqrt(variance);
  const shareC = control.varianceOfMean / variance;
  const shareT = treatment.varianceOfMean / variance;
  const degreesOfFreedom = 1 / ((shareC * shareC) / (control.n - 1) + (shareT * shareT) / (treatment.n - 1));
  const t = difference / standardError;
  return {
    difference,
    standardError,
    degreesOfFreedom,
    t,
    pValue: tTwoSided(t, degreesOfFreedom),
    upperTail: studentT(Math.abs(t), degreesOfFreedom).upper,
  };
}

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

/** What rounding leaves of a variance that is 0, as a share of the terms it was the difference of. */
const ROUNDING = 16 * Number.EPSILON;

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

/** Hedges' correction J(m) = Gamma(m/2) / (sqrt(m/2) Gamma((m-1)/2)), without differences of large ln Gamma values. */
export function hedgesCorrection(m: number): number {
  const a = (m - 1) / 2;
  if (a < 15) return Math.exp(logGamma(m / 2) - 0.5 * Math.log(m / 2) - logGamma(a));
  return Math.exp((a - 0.5) * Math.log1p(0.5 / a) - 0.5 + stirlingError(a + 0.5) - stirlingError(a));
}

/** Cohen's d and Hedges' g with the pooled n - 1 standard deviation; null when nothing varies. */
export function standardisedDifference(
  control: { readonly n: number; readonly mean: number; readonly variance: number },
  treatment: { readonly n: number; readonly mean: number; readonly variance: number },
): { readonly cohensD: number; readonly hedgesG: number } | null {
  const m = control.n + treatment.n - 2;
  const pooled = ((control.n - 1) * control.variance + (treatment.n - 1) * treatment.variance) / m;
  if (m < 1 || !(pooled > 0) || !Number.isFinite(pooled)) return null;
  const cohensD = (treatment.mean - control.mean) / Math.sqrt(pooled);
  return { cohensD, hedgesG: hedgesCorrection(m) * cohensD };
}
