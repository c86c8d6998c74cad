import { studentT, tIsf } from './distributions.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

export interface Equivalence {
  /** H0: difference <= -margin; small: not worse by the margin where higher is better. */
  readonly pNonInferiorHigherIsBetter: number;
  /** H0: difference >= margin; small: not worse by the margin where lower is better. */
  readonly pNonInferiorLowerIsBetter: number;
  /** Of both together (two one-sided tests). */
  readonly pEquivalent: number;
  /** With confidence 1 - 2 alpha: inside the margins exactly where the arms are equivalent at alpha. */
  readonly interval: readonly [number, number];
  readonly equivalent: boolean;
}

/**
 * Non-inferiority and equivalence of a difference (treatment - control) within a margin > 0 in its unit (Schuirmann 1987);
 * t tests, df may be Infinity.
 */
export function equivalence(
  difference: number,
  standardError: number,
  df: number,
  margin: number,
  alpha: number,
): Equivalence | Undetermined {
  if (!(margin > 0)) throw new RangeError(`the margin is ${margin}, must be above 0`);
  const above = (difference + margin) / standardError;
  const below = (margin - difference) / standardError;
  if (!(standardError > 0) || !(df > 0) || !Number.isFinite(above) || !Number.isFinite(below))
    return undetermined('the difference has no standard error');
  const pHigher = studentT(above, df).upper;
  const pLower = studentT(below, df).upper;
  const pEquivalent = Math.max(pHigher, pLower);
  const half = tIsf(alpha, df) * standardError;
  return {
    pNonInferiorHigherIsBetter: pHigher,
    pNonInferiorLowerIsBetter: pLower,
    pEquivalent,
    interval: [difference - half, difference + half],
    equivalent: pEquivalent < alpha,
  };
}
