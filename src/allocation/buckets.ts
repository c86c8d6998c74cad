import { createHash } from 'node:crypto';

/** The finest share of traffic is one bucket in a million. */
export const BUCKETS = 1_000_000;

export interface BucketRange {
  readonly variantId: string;
  /** Half open: from <= bucket < to. */
  readonly from: number;
  readonly to: number;
}

const TWO_24 = 2 ** 24;

/**
 * The hash `victor`: the first 48 bits of SHA-256(UTF-8 salt, byte 0, UTF-8 unit), big-endian, as a share of 2^48.
 * floor(h * 1,000,000 / 2^48) in halves of 24 bits, so that every product is an exact double.
 */
export function bucketOf(salt: string, unit: string): number {
  const digest = createHash('sha256').update(salt, 'utf8').update('\0').update(unit, 'utf8').digest();
  const high = digest.readUIntBE(0, 3);
  const low = digest.readUIntBE(3, 3);
  return Math.floor((high * BUCKETS + Math.floor((low * BUCKETS) / TWO_24)) / TWO_24);
}

/** Whole buckets for weights by largest remainder: the ranges cover all buckets, each within one of its weight. */
export function bucketRanges(
  weights: readonly { readonly variantId: string; readonly weight: number }[],
): readonly BucketRange[] {
  const total = weights.reduce((sum, { weight }) => sum + weight, 0);
  const exact = weights.map(({ weight }) => (weight / total) * BUCKETS);
  const counts = exact.map(Math.floor);
  const missing = BUCKETS - counts.reduce((sum, count) => sum + count, 0);
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder.slice(0, missing)) counts[index] = (counts[index] ?? 0) + 1;
  let from = 0;
  return weights.map(({ variantId }, index) => {
    const to = from + (counts[index] ?? 0);
    const range = { variantId, from, to };
    from = to;
    return range;
  });
}

export function allocate(input: {
  readonly salt: string;
  readonly unit: string;
  readonly ranges: readonly BucketRange[];
}): { readonly variantId: string; readonly bucket: number } {
  const bucket = bucketOf(input.salt, input.unit);
  const range = input.ranges.find(({ from, to }) => from <= bucket && bucket < to);
  if (range === undefined)
    throw new RangeError(`no variant holds bucket ${bucket}; the ranges must cover all ${BUCKETS}`);
  return { variantId: range.variantId, bucket };
}
