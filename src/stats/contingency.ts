import { chiSquare } from './distributions.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

export interface ChiSquareTest {
  readonly chi2: number;
  readonly df: number;
  readonly pValue: number;
}

export interface ContingencyTest extends ChiSquareTest {
  /** Below 5 the chi-square distribution is a poor approximation. */
  readonly minExpected: number;
  /** 0 to 1. */
  readonly cramersV: number;
}

/**
 * Pearson's chi-square of a table of counts, rows by columns, 2 x 2 or more. Empty rows and columns take no part; when only
 * one is left, the p-value is 1. Yates' correction, capped at |O - E|, only on request. With Cramer's V (1946).
 */
export function contingencyTest(
  table: readonly (readonly number[])[],
  yates = false,
): ContingencyTest | Undetermined {
  const columns = table[0]?.length ?? 0;
  if (table.length < 2 || columns < 2 || table.some((row) => row.length !== columns))
    throw new RangeError('a table has two or more rows of two or more columns');
  const rowTotals = table.map(sum);
  const columnTotals = Array.from({ length: columns }, (_, j) => sum(table.map((row) => row[j] ?? 0)));
  const total = sum(rowTotals);
  if (total === 0) return undetermined('the table is empty');
  let chi2 = 0;
  let minExpected = Infinity;
  table.forEach((row, i) => {
    row.forEach((observed, j) => {
      if (!(observed >= 0)) throw new RangeError(`a count is ${observed}, must be 0 or more`);
      const expected = ((rowTotals[i] ?? 0) * (columnTotals[j] ?? 0)) / total;
      const gap = Math.abs(observed - expected);
      const counted = yates ? gap - Math.min(0.5, gap) : gap;
      minExpected = Math.min(minExpected, expected);
      if (expected > 0) chi2 += (counted * counted) / expected;
    });
  });
  const [rows = 1, filled = 1] = [rowTotals, columnTotals].map((all) => all.filter((n) => n > 0).length);
  const varies = rows > 1 && filled > 1;
  const df = varies ? (rows - 1) * (filled - 1) : (table.length - 1) * (columns - 1);
  return {
    chi2: varies ? chi2 : 0,
    df,
    pValue: varies ? chiSquare(chi2, df).upper : 1,
    minExpected,
    cramersV: varies ? Math.sqrt(chi2 / total / Math.min(rows - 1, filled - 1)) : 0,
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
