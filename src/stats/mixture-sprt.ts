import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

export interface MixtureSprt {
  /** ln of the likelihood ratio of the mixture N(0, tau^2) to no effect. */
  readonly logLambda: number;
  /** 1 / Lambda, at most 1: valid at any look at which it is read. */
  readonly pAlwaysValid: number;
  /** Of the confidence sequence around the estimate. */
  readonly halfWidth: number;
}

/**
 * Mixture sequential probability ratio test (Robbins 1970; Johari, Koomen, Pekelis & Walsh 2022) of an estimate with known
 * variance s^2 (its squared standard error): effects are thought to be about tau, the unit of the estimate.
 *   ln Lambda = ln(s^2 / (s^2 + tau^2)) / 2 + d^2 tau^2 / (2 s^2 (s^2 + tau^2))
 *   half width = sqrt(s^2 (s^2 + tau^2) / tau^2 (ln((s^2 + tau^2) / s^2) - 2 ln alpha))
 */
export function mixtureSprt(
  estimate: number,
  variance: number,
  tau: number,
  alpha: number,
): MixtureSprt | Undetermined {
  if (!(tau > 0 && tau < Infinity) || !(alpha > 0 && alpha < 1))
    throw new RangeError(`a mixture needs tau above 0 and alpha in (0, 1), not ${tau} and ${alpha}`);
  const se = Math.sqrt(variance);
  const z = estimate / se;
  const signal = tau / se;
  if (!(se > 0) || !Number.isFinite(se) || !Number.isFinite(z * z) || !Number.isFinite(signal))
    return undetermined('the estimate has no standard error');
  const logGrowth = signal < 1e100 ? Math.log1p(signal * signal) : 2 * Math.log(signal);
  const share = signal / Math.hypot(1, signal);
  const logLambda = (z * z * share * share - logGrowth) / 2;
  return {
    logLambda,
    pAlwaysValid: Math.min(1, Math.exp(-logLambda)),
    halfWidth: (se / share) * Math.sqrt(logGrowth - 2 * Math.log(alpha)),
  };
}

export interface AlwaysValidLook {
  /** The smallest p up to and with this look. */
  readonly pValue: number;
  /** Intersection of the confidence sequence so far; its lower end is above its upper one where looks contradict. */
  readonly interval: readonly [number, number];
}

/** The same over looks in order, undetermined if one of them is. */
export function mixtureSprtPath(
  looks: readonly { readonly estimate: number; readonly variance: number }[],
  tau: number,
  alpha: number,
): readonly AlwaysValidLook[] | Undetermined {
  const path: AlwaysValidLook[] = [];
  let held: AlwaysValidLook = { pValue: 1, interval: [-Infinity, Infinity] };
  for (const { estimate, variance } of looks) {
    const look = mixtureSprt(estimate, variance, tau, alpha);
    if ('kind' in look) return look;
    held = {
      pValue: Math.min(held.pValue, look.pAlwaysValid),
      interval: [
        Math.max(held.interval[0], estimate - look.halfWidth),
        Math.min(held.interval[1], estimate + look.halfWidth),
      ],
    };
    path.push(held);
  }
  return path;
}
