/** How often a value occurs in each group; values ascending. */
export interface TiedValue {
  readonly value: number;
  readonly counts: readonly number[];
}

/** The distinct values of several groups. RangeError for a value that is not a number. */
export function tiedValues(groups: readonly (readonly number[])[]): readonly TiedValue[] {
  const counted = new Map<number, number[]>();
  groups.forEach((values, group) => {
    for (const value of values) {
      if (Number.isNaN(value)) throw new RangeError('a value is NaN, must be a number');
      const counts = counted.get(value) ?? groups.map(() => 0);
      counts[group] = (counts[group] ?? 0) + 1;
      counted.set(value, counts);
    }
  });
  return [...counted].map(([value, counts]) => ({ value, counts })).toSorted((a, b) => a.value - b.value);
}

/** In all groups together. */
export const occurrences = ({ counts }: TiedValue): number => counts.reduce((sum, count) => sum + count, 0);

export interface TieTerms {
  /** Sum of t^3 - t over groups of t equal values. */
  readonly tieTerm: number;
  /** N^3 - N less the tie term, without cancellation: the sum of t (N - t) (N + t). */
  readonly untied: number;
}

/** What the variance of rank sums needs to know of ties. */
export function tieTerms(values: readonly TiedValue[]): TieTerms {
  const sizes = values.map(occurrences);
  const n = sizes.reduce((sum, size) => sum + size, 0);
  return {
    tieTerm: sizes.reduce((sum, t) => sum + t * (t - 1) * (t + 1), 0),
    untied: sizes.reduce((sum, t) => sum + t * (n - t) * (n + t), 0),
  };
}
