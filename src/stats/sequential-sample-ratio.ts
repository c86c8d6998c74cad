import { deviance, stirlingError } from './special.ts';

export interface SampleRatioLook {
  /** ln of the evidence that the allocation is not the planned one. */
  readonly logBayesFactor: number;
  /** min over looks of 1 / Bayes factor: valid at every look. */
  readonly pValue: number;
}

/**
 * Sequential sample-ratio check (Lindon & Malek 2022): counts of new units for each look against the planned weights, a
 * Dirichlet(concentration x weights) distribution of the true shares as the alternative. An arm of weight 0 takes no part,
 * but a unit in it is a certain mismatch.
 */
export function sampleRatioSequence(
  batches: readonly (readonly number[])[],
  weights: readonly number[],
  concentration: number,
): readonly SampleRatioLook[] {
  const weight = weights.reduce((sum, value) => sum + value, 0);
  if (!(weight > 0) || !weights.every((value) => value >= 0) || !(concentration > 0))
    throw new RangeError(`no sample ratio of weights ${weights.join(', ')}, concentration ${concentration}`);
  const shares = weights.map((value) => value / weight);
  let counts = weights.map(() => 0);
  let pValue = 1;
  return batches.map((batch) => {
    counts = counts.map((count, arm) => count + (batch[arm] ?? 0));
    const logBayesFactor = dirichletMultinomial(counts, shares, concentration);
    pValue = Math.min(pValue, Math.exp(-logBayesFactor));
    return { logBayesFactor, pValue };
  });
}

/**
 * ln B(a + n) - ln B(a) - sum n_i ln w_i with a = concentration x w. Stirling's main terms add up to the deviance of
 * x = a + n from its expectation, so that no large logarithms of Gamma are subtracted.
 */
function dirichletMultinomial(
  counts: readonly number[],
  shares: readonly number[],
  concentration: number,
): number {
  const total = counts.reduce((sum, count) => sum + count, 0) + concentration;
  let log = Math.log(total / concentration) / 2 + stirlingError(concentration) - stirlingError(total);
  for (const [arm, count] of counts.entries()) {
    const share = shares[arm] ?? 0;
    if (share === 0 && count > 0) return Infinity;
    if (share === 0) continue;
    const prior = concentration * share;
    const x = prior + count;
    log += deviance(x, total * share) - Math.log(x / prior) / 2 + stirlingError(x) - stirlingError(prior);
  }
  return log;
}
