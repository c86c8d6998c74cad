import { scaleNodes } from './chi-scale.ts';
import { normal } from './distributions.ts';
import type { Tails } from './special.ts';

/** The scale is 1 to double precision from here on. */
const SHARP_DF = 1e14;

/**
 * Noncentral t, df >= 1 (not necessarily whole), by quadrature over the scale: P(T > t) = E[Q(t S - ncp)],
 * S = chi_df / sqrt(df).
 */
export function noncentralT(t: number, df: number, ncp: number): Tails {
  if (!(df >= 1) || !Number.isFinite(t) || !Number.isFinite(ncp))
    throw new RangeError(`noncentral t (${t}, ${df}, ${ncp}) is not defined here`);
  if (df > SHARP_DF) return normal(t - ncp);
  let upper = 0;
  let lower = 0;
  for (const [s, mass] of scaleNodes(df, { at: ncp / t, width: 1 / Math.abs(t) })) {
    const tails = normal(t * s - ncp);
    upper += mass * tails.upper;
    lower += mass * tails.lower;
  }
  const total = upper + lower;
  return { lower: lower / total, upper: upper / total };
}
