import { binomial } from './binomial.ts';
import { normal, normalIsf } from './distributions.ts';
import { ascending, median } from './percentile.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

export interface MedianDifference {
  readonly medianControl: number;
  readonly medianTreatment: number;
  readonly difference: number;
  readonly standardErrorControl: number;
  readonly standardErrorTreatment: number;
  readonly interval: readonly [number, number];
  readonly pValue: number;
}

/** Treatment - control of the medians, with Price & Bonett's standard error (2002) and a normal interval and p. */
export function medianDifference(
  control: readonly number[],
  treatment: readonly number[],
  alpha: number,
): MedianDifference | Undetermined {
  if (control.length < 2 || treatment.length < 2)
    return undetermined(`an arm has fewer than 2 values (${control.length} and ${treatment.length})`);
  const [c, t] = [ascending(control), ascending(treatment)];
  const [errorC, errorT] = [standardError(c), standardError(t)];
  const error = Math.hypot(errorC, errorT);
  const difference = median(t) - median(c);
  const z = difference / error;
  if (!(error > 0) || !Number.isFinite(z))
    return undetermined('the values around the medians do not vary, or are too large');
  const half = normalIsf(alpha / 2) * error;
  return {
    medianControl: median(c),
    medianTreatment: median(t),
    difference,
    standardErrorControl: errorC,
    standardErrorTreatment: errorT,
    interval: [difference - half, difference + half],
    pValue: Math.min(1, 2 * normal(Math.abs(z)).upper),
  };
}

/**
 * (x_(n-c+1) - x_(c)) / (2 z), c = (n+1)/2 - sqrt n rounded half to even and at least 1, z of the chance 1 - P(B <= c - 1)
 * of n fair coins.
 */
function standardError(sorted: Float64Array): number {
  const n = sorted.length;
  const c = Math.max(1, roundHalfEven((n + 1) / 2 - Math.sqrt(n)));
  const z = normalIsf(binomial(c - 1, n, 0.5).lower);
  return ((sorted[n - c] ?? 0) - (sorted[c - 1] ?? 0)) / (2 * z);
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
