/**
 * Definitions of a sample quantile in Hyndman & Fan 1996: type 7 (numpy, percentile_cont of Postgres), type 6, type 8, and
 * the nearest rank (percentile_disc, type 1).
 */
export type PercentileType = 'type6' | 'type7' | 'type8' | 'nearest_rank';

/** Ascending copy. RangeError for a value that is not a number. */
export function ascending(values: readonly number[]): Float64Array {
  const sorted = Float64Array.from(values).sort();
  // NaN is sorted last
  if (Number.isNaN(sorted.at(-1))) throw new RangeError('a value is NaN, must be a number');
  return sorted;
}

/** The p quantile, 0 <= p <= 1, of ascending values; at least one. */
export function percentile(sorted: Float64Array, p: number, type: PercentileType): number {
  const n = sorted.length;
  if (n === 0 || !(p >= 0 && p <= 1)) throw new RangeError(`no ${p} quantile of ${n} values`);
  const rank = Math.min(n, Math.max(1, rankOf(n, p, type)));
  const below = sorted[Math.floor(rank) - 1] ?? 0;
  const above = sorted[Math.ceil(rank) - 1] ?? 0;
  if (below === above) return below;
  const share = rank - Math.floor(rank);
  const step = above - below;
  // the step between values of unlike signs may be beyond double precision
  return Number.isFinite(step) ? below + share * step : (1 - share) * below + share * above;
}

function rankOf(n: number, p: number, type: PercentileType): number {
  switch (type) {
    case 'type6':
      return (n + 1) * p;
    case 'type7':
      return (n - 1) * p + 1;
    case 'type8':
      return (n + 1 / 3) * p + 1 / 3;
    case 'nearest_rank':
      return Math.ceil(n * p);
  }
}

/** Type 6, 7 and 8 agree on it: the middle value, or the mean of the two. */
export const median = (sorted: Float64Array): number => percentile(sorted, 0.5, 'type7');
