import { brent } from './root.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

/**
 * The rho that makes the asymptotic confidence sequence narrow around nPlanned units: the approximation of GrowthBook and
 * PostHog, sqrt((-2 ln alpha + ln(1 - 2 ln alpha)) / n).
 */
export function tuningRho(alpha: number, nPlanned: number): number {
  const spent = -2 * logAlpha(alpha, nPlanned);
  return Math.sqrt((spent + Math.log1p(spent)) / nPlanned);
}

/**
 * The rho^2 at which the sequence is narrowest at nPlanned units: (-W_{-1}(-alpha^2 / e) - 1) / n of Waudby-Smith, Arbour,
 * Sinha, Kennedy & Ramdas 2024. u = -W - 1 solves u - ln(1 + u) = -2 ln alpha.
 */
export function exactRhoSquared(alpha: number, nPlanned: number): number {
  const spent = -2 * logAlpha(alpha, nPlanned);
  const excess = (u: number): number => u - Math.log1p(u) - spent;
  return brent(excess, spent, 2 * spent + 4, 1e-15) / nPlanned;
}

function logAlpha(alpha: number, nPlanned: number): number {
  if (!(alpha > 0 && alpha < 1) || !(nPlanned > 0))
    throw new RangeError(`no confidence sequence of alpha ${alpha} and ${nPlanned} planned units`);
  return Math.log(alpha);
}

export interface AsymptoticSequence {
  readonly halfWidth: number;
  readonly interval: readonly [number, number];
  /** Of a bound on one side only. */
  readonly halfWidthOneSided: number;
  /** ln of the evidence against no effect. */
  readonly logEValue: number;
  /** 1 / e-value, at most 1: valid at any look at which it is read. */
  readonly pAlwaysValid: number;
}

/**
 * Asymptotic confidence sequence (Waudby-Smith et al. 2024) of an estimate from n units with sigma^2 = n se^2:
 * half width sigma sqrt(2 (n rho^2 + 1) / (n rho)^2 ln(sqrt(n rho^2 + 1) / alpha)). Not before about 100 units in each arm.
 */
export function asymptoticSequence(
  estimate: number,
  standardErrorSquared: number,
  n: number,
  alpha: number,
  rho: number,
): AsymptoticSequence | Undetermined {
  if (!(rho > 0) || !(alpha > 0 && alpha < 1))
    throw new RangeError(`no confidence sequence of alpha ${alpha} and rho ${rho}`);
  const z = estimate / Math.sqrt(standardErrorSquared);
  if (!(n > 0) || !(standardErrorSquared > 0) || !Number.isFinite(standardErrorSquared + z * z))
    return undetermined('the estimate has no standard error');
  const time = n * rho * rho;
  const scale = Math.sqrt(standardErrorSquared) * Math.sqrt((2 * (time + 1)) / time);
  const halfWidth = scale * Math.sqrt(Math.log1p(time) / 2 - Math.log(alpha));
  const logEValue = (z * z * time) / (2 * (time + 1)) - Math.log1p(time) / 2;
  return {
    halfWidth,
    interval: [estimate - halfWidth, estimate + halfWidth],
    halfWidthOneSided: scale * Math.sqrt(Math.log1p(Math.sqrt(time + 1) / (2 * alpha))),
    logEValue,
    pAlwaysValid: Math.min(1, Math.exp(-logEValue)),
  };
}

/**
 * Howard, Ramdas, McAuliffe & Sekhon 2021, eq. 14: a sum of intrinsic time V stays below
 * sqrt((V + rho) ln((V + rho) / (rho alpha^2))) on both sides, at all times together, with probability 1 - alpha.
 */
export function normalMixtureBoundary(intrinsicTime: number, rho: number, alpha: number): number {
  if (!(rho > 0) || !(intrinsicTime >= 0) || !(alpha > 0 && alpha < 1))
    throw new RangeError(`no boundary at time ${intrinsicTime} with rho ${rho} and alpha ${alpha}`);
  return Math.sqrt((intrinsicTime + rho) * (Math.log1p(intrinsicTime / rho) - 2 * Math.log(alpha)));
}
