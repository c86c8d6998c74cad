import { incompleteBeta } from './special.ts';
import type { Tails } from './special.ts';

/** Binomial: lower is P(X <= k), upper is P(X > k), n trials of probability p in [0, 1]; k and n whole. */
export function binomial(k: number, n: number, p: number): Tails {
  if (!Number.isInteger(k) || !Number.isInteger(n) || n < 0 || !(p >= 0 && p <= 1))
    throw new RangeError(`binomial (${k} of ${n}, ${p}) is not defined`);
  if (k < 0) return { lower: 0, upper: 1 };
  if (k >= n) return { lower: 1, upper: 0 };
  return incompleteBeta(n - k, k + 1, 1 - p, p);
}
