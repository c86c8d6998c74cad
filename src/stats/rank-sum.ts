import type { Tails } from './special.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

/** Additions that take about a tenth of a second; the normal approximation has long been good by then. */
const MOST_WORK = 1e8;

/**
 * Distribution of U without ties: probabilities of 0, 1, ... up to the middle. They are the coefficients of the Gaussian
 * binomial (m + n over m)_q / (m + n over m), built as the product over i <= m of (1 - q^(n+i)) / (1 - q^i) times
 * i / (n + i).
 */
export function rankSumProbabilities(nControl: number, nTreatment: number): Float64Array | Undetermined {
  const m = Math.min(nControl, nTreatment);
  const n = Math.max(nControl, nTreatment);
  if (!Number.isInteger(m) || !Number.isInteger(n) || m < 1)
    throw new RangeError(`no rank sums of ${nControl} and ${nTreatment} values`);
  const middle = Math.floor((m * n) / 2);
  if (m * middle > MOST_WORK)
    return undetermined(`${m} and ${n} values are too many for the exact distribution`);
  const p = new Float64Array(middle + 1);
  p[0] = 1;
  for (let i = 1; i <= m; i++) {
    for (let u = middle; u >= n + i; u--) p[u] = (p[u] ?? 0) - (p[u - n - i] ?? 0);
    for (let u = i; u <= middle; u++) p[u] = (p[u] ?? 0) + (p[u - i] ?? 0);
    const share = i / (n + i);
    for (let u = 0; u <= middle; u++) p[u] = (p[u] ?? 0) * share;
  }
  return p;
}

/** lower is P(U <= u), upper is P(U > u), for u up to the middle n_C n_T / 2. */
export function rankSumTails(nControl: number, nTreatment: number, u: number): Tails | Undetermined {
  const p = rankSumProbabilities(nControl, nTreatment);
  if ('kind' in p) return p;
  let lower = 0;
  for (let k = 0; k <= u && k < p.length; k++) lower += p[k] ?? 0;
  return { lower, upper: 1 - lower };
}
