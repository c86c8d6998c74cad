import { GAUSS_24, panels } from './quadrature.ts';
import type { Transition } from './quadrature.ts';
import { logGamma, stirlingError } from './special.ts';

/** Standard deviations around 1 that hold the whole distribution in double precision. */
const REACH_SD = 14;
/** A panel's width; 24 nodes integrate the density times anything as smooth there to rounding. */
const PANEL_SD = 6;
/** Below, panels are narrower and the fourth root of the scale is integrated, which smooths the density s^(df-1) at 0. */
const ROOTED_DF = 10;

/**
 * Quadrature over S = chi_df / sqrt(df), df >= 1: the ratio of a sample's standard deviation to the true one. Pairs of s and
 * its probability mass, denser around the transition of what is averaged.
 */
export function scaleNodes(df: number, transition: Transition): readonly (readonly [number, number])[] {
  const spread = 1 / Math.sqrt(2 * df);
  const low = Math.max(0, 1 - REACH_SD * spread);
  const high = 1 + REACH_SD * spread + 8 / df;
  const [power, size] = df < ROOTED_DF ? [4, PANEL_SD / 2] : [1, PANEL_SD];
  const density = scaleDensity(df);
  return panels(low, high, size * spread, [transition]).flatMap(([from, to]) => {
    const [a, b] = [from ** (1 / power), to ** (1 / power)];
    return GAUSS_24.map(([x, weight]) => {
      const u = (a + b + (b - a) * x) / 2;
      const s = u ** power;
      return [s, ((b - a) / 2) * weight * density(s) * power * u ** (power - 1)] as const;
    });
  });
}

/** Of S, from the logarithm without differences of large numbers. */
function scaleDensity(df: number): (s: number) => number {
  const half = df / 2;
  const log =
    half < 15
      ? Math.LN2 + half * Math.log(half) - half - logGamma(half)
      : Math.LN2 + 0.5 * Math.log(half) - 0.5 * Math.log(2 * Math.PI) - stirlingError(half);
  return (s) => Math.exp(log - Math.log(s) + df * (Math.log(s) - ((s - 1) * (s + 1)) / 2));
}
