import { chiSquare } from './distributions.ts';
import { occurrences, tiedValues, tieTerms } from './ranks.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

export interface KruskalWallis {
  readonly h: number;
  readonly df: number;
  /** Chi-square approximation. */
  readonly pValue: number;
}

/** Kruskal & Wallis' test on ranks (1952) with the tie correction, for two or more groups; p is 1 when all values are equal. */
export function kruskalWallis(groups: readonly (readonly number[])[]): KruskalWallis | Undetermined {
  if (groups.length < 2 || groups.some((values) => values.length === 0))
    return undetermined('there are fewer than 2 groups, or one has no value');
  const values = tiedValues(groups);
  const n = groups.reduce((sum, group) => sum + group.length, 0);
  const rankSums = groups.map(() => 0);
  let before = 0;
  for (const tied of values) {
    // mid-ranks, counted from the middle so that equal groups have a sum of 0
    const rank = before + (occurrences(tied) - n) / 2;
    tied.counts.forEach((count, group) => {
      rankSums[group] = (rankSums[group] ?? 0) + count * rank;
    });
    before += occurrences(tied);
  }
  const between = rankSums.reduce(
    (sum, rank, group) => sum + (rank * rank) / (groups[group]?.length ?? 1),
    0,
  );
  const { untied } = tieTerms(values);
  const df = groups.length - 1;
  if (untied === 0) return { h: 0, df, pValue: 1 };
  const h = (12 * between * (n - 1)) / untied;
  return { h, df, pValue: chiSquare(h, df).upper };
}
