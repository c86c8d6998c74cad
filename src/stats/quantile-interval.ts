import { binomial } from './binomial.ts';

export interface OrderStatisticInterval {
  /** 1-based ranks of the ends: 0 and n + 1 mean that the side is not bounded. */
  readonly lowerIndex: number;
  readonly upperIndex: number;
  readonly interval: readonly [number, number];
  /** At least 1 - alpha. */
  readonly coverage: number;
}

/**
 * Distribution-free interval of the p quantile from ascending values (David & Nagaraja 2003, section 7.1): the innermost
 * order statistics that miss it with at most alpha/2 on each side. An end is infinite where the sample is too small to
 * bound it: for p95 the upper one is finite from 72 values on.
 */
export function quantileInterval(sorted: Float64Array, p: number, alpha: number): OrderStatisticInterval {
  const n = sorted.length;
  if (!(alpha > 0 && alpha < 1) || !(p >= 0 && p <= 1))
    throw new RangeError(`no interval of the ${p} quantile with alpha ${alpha}`);
  // rounding must not move a rank whose chance is alpha/2 exactly
  const tail = (alpha / 2) * (1 + 1e-12);
  const below = (rank: number): number => binomial(rank - 1, n, p).lower;
  const from = (rank: number): number => binomial(rank - 1, n, p).upper;
  const lowerIndex = firstWhere(1, n + 1, (rank) => below(rank) > tail) - 1;
  const upperIndex = firstWhere(0, n + 1, (rank) => from(rank) <= tail);
  return {
    lowerIndex,
    upperIndex,
    interval: [sorted[lowerIndex - 1] ?? -Infinity, sorted[upperIndex - 1] ?? Infinity],
    coverage: 1 - below(lowerIndex) - from(upperIndex),
  };
}

/** The smallest whole number of low..high at which a condition, once true always true, holds; high where it never does. */
function firstWhere(low: number, high: number, holds: (value: number) => boolean): number {
  let from = low;
  let to = high;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}
