import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

/** Of n values; mean and m2 are 0 for none. */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly m2: number;
}

/**
 * Size, mean and sum of squared deviations of finite values, whatever their offset: a compensated sum (Neumaier 1974),
 * then the deviations with the correction of Chan, Golub & LeVeque 1983. RangeError for a value that is not finite.
 */
export function moments(values: readonly number[]): Moments {
  const n = values.length;
  if (n === 0) return { n, mean: 0, m2: 0 };
  const mean = meanOf(values);
  let square = 0;
  let left = 0;
  for (const value of values) {
    const deviation = value - mean;
    square += deviation * deviation;
    left += deviation;
  }
  return { n, mean, m2: square < Infinity ? Math.max(0, square - (left * left) / n) : Infinity };
}

function meanOf(values: readonly number[]): number {
  const n = values.length;
  const sum = compensatedSum(values);
  if (Number.isFinite(sum)) return sum / n;
  const bad = values.find((value) => !Number.isFinite(value));
  if (bad !== undefined) throw new RangeError(`a value is ${bad}, must be a finite number`);
  return compensatedSum(values.map((value) => value / n));
}

/** The sum and what rounding took from it, added in the end. */
function compensatedSum(values: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** A sample by its size, mean and n - 1 variance. */
export interface Sample {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

/** n - 1 variance; undetermined below two values, or where its square is beyond double precision. */
export function sampleVariance({ n, m2 }: Moments): number | Undetermined {
  if (n < 2) return undetermined(`a variance needs 2 values, there are ${n}`);
  return Number.isFinite(m2) ? m2 / (n - 1) : undetermined('the values are too large to square');
}

/** Undetermined as its variance is. */
export function sample(values: readonly number[]): Sample | Undetermined {
  const summary = moments(values);
  const variance = sampleVariance(summary);
  return typeof variance === 'number' ? { n: summary.n, mean: summary.mean, variance } : variance;
}

/** Below, squared deviations have lost digits: the smallest doubles have few of them. */
export const SMALLEST_VARIANCE = 1e-290;

/** What rounding leaves of a variance that is 0, as a share of the terms it was the difference of. */
export const ROUNDING = 16 * Number.EPSILON;

/** A member of a group comparison with one variance: a single value counts as a sample without spread. */
export function groupSample(values: readonly number[]): Sample | Undetermined {
  const [only] = values;
  return values.length === 1 && only !== undefined ? { n: 1, mean: only, variance: 0 } : sample(values);
}

/** Moments of pairs (x, y): sums of squares and of products of deviations from the means. */
export interface PairMoments {
  readonly n: number;
  readonly meanX: number;
  readonly meanY: number;
  readonly m2X: number;
  readonly m2Y: number;
  readonly cXY: number;
}

/** Neutral in merging. */
export const noPairs: PairMoments = { n: 0, meanX: 0, meanY: 0, m2X: 0, m2Y: 0, cXY: 0 };

/** Moments of x[i], y[i]; the lists are of one length. */
export function pairMoments(x: readonly number[], y: readonly number[]): PairMoments {
  if (x.length !== y.length) throw new RangeError(`${x.length} values of x, but ${y.length} of y`);
  const ofX = moments(x);
  const ofY = moments(y);
  let product = 0;
  let leftX = 0;
  let leftY = 0;
  x.forEach((value, index) => {
    const dx = value - ofX.mean;
    const dy = (y[index] ?? 0) - ofY.mean;
    product += dx * dy;
    leftX += dx;
    leftY += dy;
  });
  const finite = Number.isFinite(ofX.m2) && Number.isFinite(ofY.m2);
  const cXY = finite ? product - (leftX * leftY) / Math.max(1, x.length) : Infinity;
  return { n: x.length, meanX: ofX.mean, meanY: ofY.mean, m2X: ofX.m2, m2Y: ofY.m2, cXY };
}

/** Moments of the union of two disjoint parts (Chan, Golub & LeVeque 1983). */
export function mergeMoments(a: PairMoments, b: PairMoments): PairMoments {
  if (a.n === 0) return b;
  if (b.n === 0) return a;
  const n = a.n + b.n;
  const share = b.n / n;
  const dx = b.meanX - a.meanX;
  const dy = b.meanY - a.meanY;
  const m2X = a.m2X + b.m2X + dx * dx * a.n * share;
  const m2Y = a.m2Y + b.m2Y + dy * dy * a.n * share;
  const cXY = a.cXY + b.cXY + dx * dy * a.n * share;
  return {
    n,
    meanX: a.meanX + dx * share,
    meanY: a.meanY + dy * share,
    m2X,
    m2Y,
    // where a square is beyond double precision the product is, too
    cXY: Number.isFinite(m2X) && Number.isFinite(m2Y) ? cXY : Infinity,
  };
}
