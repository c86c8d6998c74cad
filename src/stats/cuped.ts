import { meanDifference } from './means.ts';
import type { ArmMean, MeanDifference } from './means.ts';
import { ROUNDING } from './moments.ts';
import type { PairMoments } from './moments.ts';
import type { Undetermined } from './undetermined.ts';

export interface CupedDifference {
  /** Slope of the outcome on the covariate, pooled within arms. */
  readonly theta: number;
  readonly adjusted: MeanDifference;
  /** Without the covariate. */
  readonly raw: MeanDifference;
  /** 1 - (adjusted / raw standard error)^2. */
  readonly varianceReduction: number;
}

/**
 * CUPED (Deng, Xu, Kohavi & Walker 2013): Welch on y - theta x, where x is a covariate of the units from before they were
 * assigned. From moments of (x, y) pairs of each arm. A covariate that does not vary adjusts nothing.
 */
export function cupedDifference(
  control: PairMoments,
  treatment: PairMoments,
): CupedDifference | Undetermined {
  const spread = control.m2X + treatment.m2X;
  const slope = (control.cXY + treatment.cXY) / spread;
  const theta = spread > 0 && Number.isFinite(slope) ? slope : 0;
  const raw = meanDifference(adjustedMean(control, 0), adjustedMean(treatment, 0));
  if ('kind' in raw) return raw;
  const adjusted = meanDifference(adjustedMean(control, theta), adjustedMean(treatment, theta));
  if ('kind' in adjusted) return adjusted;
  return {
    theta,
    adjusted,
    raw,
    varianceReduction: 1 - (adjusted.standardError / raw.standardError) ** 2,
  };
}

function adjustedMean(arm: PairMoments, theta: number): ArmMean {
  const explained = theta * (theta * arm.m2X - 2 * arm.cXY);
  const residual = arm.m2Y + explained;
  const noise = theta === 0 ? 0 : ROUNDING * arm.m2Y;
  return {
    n: arm.n,
    mean: arm.meanY - theta * arm.meanX,
    varianceOfMean: residual <= noise ? 0 : residual / Math.max(1, arm.n - 1) / arm.n,
  };
}
