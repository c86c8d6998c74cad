import { incompleteBeta } from './special.ts';

/**
 * Standard error that a bootstrap of infinitely many replicates gives the order statistic of rank m = floor(p n + 1/2):
 * x_(j) has the weight I_{j/n}(m, n-m+1) - I_{(j-1)/n}(m, n-m+1) (Maritz & Jarrett 1978). Ascending values, at least one.
 */
export function bootstrapQuantileError(sorted: Float64Array, p: number): number {
  const n = sorted.length;
  if (n === 0 || !(p >= 0 && p <= 1)) throw new RangeError(`no ${p} quantile of ${n} values`);
  const m = Math.min(n, Math.max(1, Math.floor(p * n + 0.5)));
  const weights = bootstrapWeights(n, m);
  const mean = weights.reduce((sum, weight, index) => sum + weight * (sorted[index] ?? 0), 0);
  return Math.sqrt(
    weights.reduce((sum, weight, index) => sum + weight * ((sorted[index] ?? 0) - mean) ** 2, 0),
  );
}

/** The differences are taken in the smaller tail, so that far weights keep their digits. */
function bootstrapWeights(n: number, m: number): Float64Array {
  const weights = new Float64Array(n);
  let before = { lower: 0, upper: 1 };
  for (let j = 1; j <= n; j++) {
    const here = incompleteBeta(m, n - m + 1, j / n, (n - j) / n);
    weights[j - 1] = here.lower < 0.5 ? here.lower - before.lower : before.upper - here.upper;
    before = here;
  }
  return weights;
}
