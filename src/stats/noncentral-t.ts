import { normal } from './distributions.ts';
import { GAUSS_24 } from './quadrature.ts';
import { logGamma, stirlingError, type Tails } from './special.ts';

const PANELS = 60;
/** The scale is 1 to double precision from here on. */
const SHARP_DF = 1e14;

/**
 * Noncentral t, df >= 1, by quadrature over the scale: P(T > t) = E[Q(t S - ncp)], S = chi_df / sqrt(df). Below 10
 * degrees of freedom the root of S is integrated, which smooths the density at 0.
 */
export function noncentralT(t: number, df: number, ncp: number): Tails {
  if (!(df >= 1) || !Number.isFinite(t) || !Number.isFinite(ncp))
    throw new RangeError(`noncentral t (${t}, ${df}, ${ncp}) is not defined here`);
  if (df > SHARP_DF) return normal(t - ncp);
  const half = df / 2;
  // ln of 2 (df/2)^(df/2) e^(-df/2) / Gamma(df/2), without differences of large numbers
  const logScale =
    half < 15
      ? Math.LN2 + half * Math.log(half) - half - logGamma(half)
      : Math.LN2 + 0.5 * Math.log(half) - 0.5 * Math.log(2 * Math.PI) - stirlingError(half);
  const density = (s: number): number =>
    Math.exp(logScale - Math.log(s) + df * (Math.log(s) - ((s - 1) * (s + 1)) / 2));
  const spread = 1 / Math.sqrt(2 * df);
  const low = Math.max(0, 1 - 14 * spread);
  const high = 1 + 14 * spread + 8 / df;
  const rooted = df < 10;
  const [from, to] = rooted ? [Math.sqrt(low), Math.sqrt(high)] : [low, high];
  const width = (to - from) / PANELS;
  let upper = 0;
  let lower = 0;
  for (let panel = 0; panel < PANELS; panel++) {
    for (const [x, weight] of GAUSS_24) {
      const u = from + (panel + 0.5 + x / 2) * width;
      const s = rooted ? u * u : u;
      const mass = (weight * width * density(s) * (rooted ? 2 * u : 1)) / 2;
      const tails = normal(t * s - ncp);
      upper += mass * tails.upper;
      lower += mass * tails.lower;
    }
  }
  const total = upper + lower;
  return { lower: lower / total, upper: upper / total };
}
