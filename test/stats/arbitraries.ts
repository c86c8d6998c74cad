import fc from 'fast-check';

/** Values of ordinary size, some of them equal. */
export const value = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((thousandths) => thousandths / 1000),
);

export const values = (minLength = 2, maxLength = 30): fc.Arbitrary<number[]> =>
  fc.array(value, { minLength, maxLength });

export const probability = fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true });

/** Successes and total, at least one. */
export const rate = fc
  .integer({ min: 1, max: 1_000_000 })
  .chain((total) => fc.integer({ min: 0, max: total }).map((successes) => ({ successes, total })));

/** What breaks careless formulas: nothing, one value, no spread, ties, the ends of double precision, an offset. */
export const hostileValues: readonly (readonly number[])[] = [
  [],
  [1],
  [1, 1],
  [0, 0, 0, 0],
  [5, 5, 5, 6],
  [1e300, -1e300],
  [1e300, 2e300, 1e300],
  [1e-300, 2e-300, 5e-300],
  [Number.MIN_VALUE, 0],
  [1e9, 1e9 + 1, 1e9 + 2],
  [-0, 0, 0],
  Array.from({ length: 30 }, (_, i) => i % 3),
];

/** The path of a NaN in a result, null without one. */
export function findNaN(result: unknown, place = 'result'): string | null {
  if (typeof result === 'number') return Number.isNaN(result) ? place : null;
  if (typeof result !== 'object' || result === null) return null;
  for (const [key, part] of Object.entries(result)) {
    const found = findNaN(part, `${place}.${key}`);
    if (found !== null) return found;
  }
  return null;
}
