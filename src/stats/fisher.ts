import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

export interface FisherTest {
  /** Sum over tables that are at most as probable as the observed one (1e-7 for rounding, as in R and scipy). */
  readonly pTwoSided: number;
  /** P(first cell <= observed). */
  readonly pLess: number;
  /** P(first cell >= observed). */
  readonly pGreater: number;
  /** a d / (b c); Infinity where only b c is 0, null where both products are. */
  readonly sampleOddsRatio: number | null;
}

const AS_PROBABLE = 1 + 1e-7;
/** The walk over all tables of more than this many units takes seconds, and Pearson's test is exact for them. */
const MOST_UNITS = 1e12;

/** Fisher's exact test (1935) of the table of counts [[a, b], [c, d]], its margins given. */
export function fisherExact(a: number, b: number, c: number, d: number): FisherTest | Undetermined {
  if (![a, b, c, d].every((count) => Number.isInteger(count) && count >= 0))
    throw new RangeError(`counts are whole numbers from 0 on, not ${a}, ${b}, ${c}, ${d}`);
  if (a + b + c + d > MOST_UNITS) return undetermined(`more than ${MOST_UNITS} units: use Pearson's test`);
  const margins = { row: a + b, column: a + c, total: a + b + c + d };
  let observed = 0;
  eachTable(margins, (cell, weight) => {
    if (cell === a) observed = weight;
  });
  let [all, less, greater, asExtreme] = [0, 0, 0, 0];
  eachTable(margins, (cell, weight) => {
    all += weight;
    if (cell <= a) less += weight;
    if (cell >= a) greater += weight;
    if (weight <= observed * AS_PROBABLE) asExtreme += weight;
  });
  const [diagonal, other] = [a * d, b * c];
  return {
    pTwoSided: Math.min(1, asExtreme / all),
    pLess: Math.min(1, less / all),
    pGreater: Math.min(1, greater / all),
    sampleOddsRatio: other > 0 ? diagonal / other : diagonal > 0 ? Infinity : null,
  };
}

/** A weight that matters to no sum; the smallest doubles would not fall to 0 by factors close to 1. */
const NEGLIGIBLE = 1e-305;

/**
 * First cells of the tables with these margins and their probabilities relative to the mode: outwards from it by the ratios
 * of the hypergeometric distribution, as far as doubles reach.
 */
function eachTable(
  { row, column, total }: { readonly row: number; readonly column: number; readonly total: number },
  visit: (cell: number, weight: number) => void,
): void {
  const rest = total - row - column;
  const lowest = Math.max(0, -rest);
  const highest = Math.min(row, column);
  const mode = Math.min(highest, Math.max(lowest, Math.floor(((row + 1) * (column + 1)) / (total + 2))));
  visit(mode, 1);
  for (let k = mode, weight = 1; k < highest && weight > NEGLIGIBLE; k++) {
    weight *= (((row - k) / (k + 1)) * (column - k)) / (rest + k + 1);
    visit(k + 1, weight);
  }
  for (let k = mode, weight = 1; k > lowest && weight > NEGLIGIBLE; k--) {
    weight *= ((k / (row - k + 1)) * (rest + k)) / (column - k + 1);
    visit(k - 1, weight);
  }
}
