import { normalIsf } from './distributions.ts';
import { clusterMean } from './means.ts';
import { ascending, percentile } from './percentile.ts';
import { unitMoments } from './ratio.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

export interface ClusteredQuantile {
  /** Type 7. */
  readonly quantile: number;
  /** Of the share of values at or below the quantile, by the delta method over units. */
  readonly standardErrorOfShare: number;
  /** 1-based ranks of the ends of the interval. */
  readonly lowerIndex: number;
  readonly upperIndex: number;
  readonly interval: readonly [number, number];
  readonly standardError: number;
}

/**
 * p quantile of values that come in groups (a list for each unit), with the outer interval of Deng, Knoblich & Lu 2018: the
 * order statistics of ranks floor(N (p - z s)) and ceil(N (p + z s)), s the cluster-robust error of the share below.
 */
export function clusteredQuantile(
  units: readonly (readonly number[])[],
  p: number,
  alpha: number,
): ClusteredQuantile | Undetermined {
  const filled = units.filter((values) => values.length > 0);
  if (filled.length < 2) return undetermined(`${filled.length} unit with a value, 2 are needed`);
  const sorted = ascending(filled.flat());
  const n = sorted.length;
  const quantile = percentile(sorted, p, 'type7');
  const share = clusterMean(
    unitMoments(
      filled.map((values) => values.filter((value) => value <= quantile).length),
      filled.map((values) => values.length),
    ),
  );
  const error = Math.sqrt(share.varianceOfMean);
  const z = normalIsf(alpha / 2);
  const rank = (value: number): number => Math.min(n, Math.max(1, value));
  const lowerIndex = rank(Math.floor(n * (p - z * error)));
  const upperIndex = rank(Math.ceil(n * (p + z * error)));
  const interval = [sorted[lowerIndex - 1] ?? 0, sorted[upperIndex - 1] ?? 0] as const;
  return {
    quantile,
    standardErrorOfShare: error,
    lowerIndex,
    upperIndex,
    interval,
    standardError: (interval[1] - interval[0]) / (2 * z),
  };
}
