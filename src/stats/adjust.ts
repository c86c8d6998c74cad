export type Adjustment = 'bonferroni' | 'holm' | 'hochberg' | 'bh' | 'by';

/**
 * p-values adjusted for their number, in the order given (as R's p.adjust). Holm 1979 and Hochberg 1988 keep the chance of
 * any false claim, Benjamini & Hochberg 1995 and Benjamini & Yekutieli 2001 the share of false claims.
 */
export function adjustPValues(pValues: readonly number[], method: Adjustment): readonly number[] {
  const n = pValues.length;
  const order = pValues.map((p, index) => ({ p, index })).toSorted((a, b) => a.p - b.p);
  const harmonic = Array.from({ length: n }, (_, i) => 1 / (i + 1)).reduce((sum, term) => sum + term, 0);
  const factor = (rank: number): number => {
    switch (method) {
      case 'bonferroni':
        return n;
      case 'holm':
      case 'hochberg':
        return n - rank;
      case 'bh':
        return n / (rank + 1);
      case 'by':
        return (n * harmonic) / (rank + 1);
    }
  };
  const scaled = order.map(({ p }, rank) => Math.min(1, p * factor(rank)));
  const monotone =
    method === 'bonferroni'
      ? scaled
      : method === 'holm'
        ? running(scaled, Math.max)
        : running(scaled.toReversed(), Math.min).toReversed();
  const result = Array.from({ length: n }, () => 1);
  order.forEach(({ index }, rank) => {
    result[index] = monotone[rank] ?? 1;
  });
  return result;
}

function running(values: readonly number[], pick: (a: number, b: number) => number): number[] {
  let held: number | null = null;
  return values.map((value) => (held = held === null ? value : pick(held, value)));
}
