import { normalIsf } from './distributions.ts';
import { noncentralT } from './noncentral-t.ts';
import { brent } from './root.ts';
import { logGamma, stirlingError } from './special.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

/** Hedges' correction J(m) = Gamma(m/2) / (sqrt(m/2) Gamma((m-1)/2)), without differences of large ln Gamma values. */
export function hedgesCorrection(m: number): number {
  const a = (m - 1) / 2;
  if (a === 0) return 0;
  if (a < 15) return Math.exp(logGamma(m / 2) - 0.5 * Math.log(m / 2) - logGamma(a));
  return Math.exp((a - 0.5) * Math.log1p(0.5 / a) - 0.5 + stirlingError(a + 0.5) - stirlingError(a));
}

/** Beyond, noncentralities cannot be told apart. */
const LARGEST_T = 1e100;

/**
 * Exact interval of a standardised difference d (pooled n - 1 deviation): the noncentralities under which the observed t is
 * at the upper and at the lower alpha/2 (Steiger & Fouladi 1997). Undetermined below 3 values in all.
 */
export function cohensDInterval(
  d: number,
  nControl: number,
  nTreatment: number,
  alpha: number,
): readonly [number, number] | Undetermined {
  const df = nControl + nTreatment - 2;
  const scale = Math.sqrt(1 / nControl + 1 / nTreatment);
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`no interval with alpha ${alpha}`);
  if (!(df >= 1)) return undetermined(`${nControl} and ${nTreatment} values leave no degree of freedom`);
  const t = Math.abs(d) / scale;
  if (!(t < LARGEST_T)) return undetermined('the difference is too large against its standard error');
  const outer = noncentrality((ncp) => alpha / 2 - noncentralT(t, df, ncp).lower, t, alpha);
  const inner = noncentrality((ncp) => noncentralT(t, df, ncp).upper - alpha / 2, t, alpha);
  return d < 0 ? [-outer * scale, -inner * scale] : [inner * scale, outer * scale];
}

/** The root of a function that rises with the noncentrality, looked for around t. */
function noncentrality(excess: (ncp: number) => number, t: number, alpha: number): number {
  const reach = (normalIsf(alpha / 2) + 1) * Math.sqrt(1 + t * t);
  let low = t - reach;
  let high = t + reach;
  while (excess(low) > 0) low -= reach;
  while (excess(high) < 0) high += reach;
  return brent(excess, low, high, 1e-12 * Math.max(1, t));
}

/** The usual approximation: d +- z sqrt(1/n0 + 1/n1 + d^2 / (2 (n0 + n1))) (Hedges & Olkin 1985). */
export function cohensDIntervalNormal(
  d: number,
  nControl: number,
  nTreatment: number,
  alpha: number,
): readonly [number, number] {
  const variance = 1 / nControl + 1 / nTreatment + (d * d) / (2 * (nControl + nTreatment));
  const half = normalIsf(alpha / 2) * Math.sqrt(variance);
  return [d - half, d + half];
}
