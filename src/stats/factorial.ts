import { tTwoSided } from './distributions.ts';
import { moments } from './moments.ts';

/** Factor names: letters, without I, which is the identity. */
const LETTERS = 'ABCDEFGHJKLMNOPQRSTUVWXYZ';

/** The word of a set of factors, given as bits: 0b101 is AC. */
export function effectWord(factors: number): string {
  return Array.from(LETTERS)
    .filter((_, index) => (factors >> index) & 1)
    .join('');
}

/** RangeError for a letter that is no factor or occurs twice. */
export function factorsOf(word: string): number {
  return Array.from(word).reduce((bits, letter) => {
    const index = LETTERS.indexOf(letter);
    if (index < 0 || (bits >> index) & 1) throw new RangeError(`${word} is not a word of factors`);
    return bits | (1 << index);
  }, 0);
}

/**
 * Contrasts of all effects of 2^k runs in Yates' order (the first factor alternates fastest), by his algorithm (1937): index
 * 0b101 is AC, index 0 the total.
 */
export function yatesContrasts(responses: readonly number[]): readonly number[] {
  let column = [...responses];
  for (let size = 1; size < column.length; size *= 2) {
    const sums: number[] = [];
    const differences: number[] = [];
    for (let i = 0; i < column.length; i += 2) {
      const [low, high] = [column[i] ?? 0, column[i + 1] ?? 0];
      sums.push(low + high);
      differences.push(high - low);
    }
    column = [...sums, ...differences];
  }
  return column;
}

export interface FactorialEffect {
  readonly word: string;
  /** Mean at the high level less mean at the low level. */
  readonly effect: number;
  /** Null without replicates, or where the replicates do not vary. */
  readonly pValue: number | null;
}

export interface FactorialAnalysis {
  /** In Yates' order: A, B, AB, C, ... */
  readonly effects: readonly FactorialEffect[];
  /** From the replicates; null without them. */
  readonly error: {
    readonly meanSquare: number;
    readonly df: number;
    /** 2 sqrt(MSE / (n 2^k)) */
    readonly standardError: number;
  } | null;
}

/** Full factorial of 2^k runs in Yates' order, each with the same number n >= 1 of responses. */
export function analyseFactorial(runs: readonly (readonly number[])[]): FactorialAnalysis {
  const replicates = runs[0]?.length ?? 0;
  const factors = Math.log2(runs.length);
  if (!Number.isInteger(factors) || factors < 1 || replicates < 1)
    throw new RangeError(`${runs.length} runs of ${replicates} responses are no 2^k design`);
  if (runs.some((run) => run.length !== replicates))
    throw new RangeError('runs differ in their number of responses: use a regression');
  const cells = runs.map(moments);
  const df = runs.length * (replicates - 1);
  const meanSquare = cells.reduce((sum, cell) => sum + cell.m2, 0) / df;
  const standardError = 2 * Math.sqrt(meanSquare / (replicates * runs.length));
  const contrasts = yatesContrasts(cells.map((cell) => cell.mean));
  return {
    effects: contrasts.slice(1).map((contrast, index) => {
      const effect = (2 * contrast) / runs.length;
      const pValue = df > 0 && standardError > 0 ? tTwoSided(effect / standardError, df) : null;
      return { word: effectWord(index + 1), effect, pValue };
    }),
    error: df > 0 ? { meanSquare, df, standardError } : null,
  };
}
