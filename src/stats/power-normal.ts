import { normalIsf } from './distributions.ts';
import { tTestSampleSize } from './power.ts';

export interface TotalSampleSize {
  /** Units of both arms, not rounded. */
  readonly total: number;
  /** Against equal arms: 1 / (4 w (1 - w)). */
  readonly inflation: number;
}

/**
 * Units that find a difference of `mde` between means, sd in its unit, with the share w of them in treatment; two-sided,
 * normal approximation: (z_alpha/2 + z_beta)^2 sd^2 / (mde^2 w (1 - w)).
 */
export function normalSampleSize(
  sd: number,
  mde: number,
  alpha: number,
  power: number,
  treatmentShare: number,
): TotalSampleSize {
  const spread = treatmentShare * (1 - treatmentShare);
  if (!(spread > 0) || !(sd > 0) || !(Math.abs(mde) > 0) || !(power > 0 && power < 1))
    throw new RangeError(`no sample size for sd ${sd}, effect ${mde}, share ${treatmentShare}`);
  const z = normalIsf(alpha / 2) + normalIsf(1 - power);
  return { total: ((z * sd) / mde) ** 2 / spread, inflation: 1 / (4 * spread) };
}

export interface ClusteredSampleSize {
  readonly designEffect: number;
  /** All of one arm, not rounded: if observations were independent, with clusters, and the users who make them. */
  readonly independentPerArm: number;
  readonly observationsPerArm: number;
  readonly usersPerArm: number;
}

/**
 * Sample size of the t test where users give several observations each: DEFF = 1 + ((cv^2 + 1) m - 1) ICC (Eldridge, Ashby &
 * Kerry 2006), m and cv the mean and coefficient of variation of observations per user.
 */
export function clusteredSampleSize(
  effectSize: number,
  alpha: number,
  power: number,
  meanClusterSize: number,
  icc: number,
  cvClusterSize: number,
): ClusteredSampleSize {
  if (!(meanClusterSize > 0) || !(icc >= 0 && icc <= 1) || !(cvClusterSize >= 0))
    throw new RangeError(`no design effect of ICC ${icc} with ${meanClusterSize} observations per user`);
  const designEffect = 1 + ((cvClusterSize * cvClusterSize + 1) * meanClusterSize - 1) * icc;
  const independentPerArm = tTestSampleSize(effectSize, alpha, power, 1);
  const observationsPerArm = designEffect * independentPerArm;
  return {
    designEffect,
    independentPerArm,
    observationsPerArm,
    usersPerArm: observationsPerArm / meanClusterSize,
  };
}
