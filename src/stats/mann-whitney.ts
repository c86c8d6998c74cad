import { normal } from './distributions.ts';
import { rankSumTails } from './rank-sum.ts';
import { tieTerms, type TiedValue } from './ranks.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

export interface MannWhitney {
  /** Pairs in which treatment is higher, ties counted half. */
  readonly uTreatment: number;
  readonly uControl: number;
  /** P(T > C) - P(T < C) = 2 U / (n_C n_T) - 1. */
  readonly rankBiserial: number;
  /** P(T > C) + P(T = C) / 2. */
  readonly superiority: number;
  /** Sum of t^3 - t over tied groups. */
  readonly tieTerm: number;
  /** Normal with tie correction and continuity correction of 1/2; 1 when all values are equal. */
  readonly pAsymptotic: number;
  readonly pAsymptoticUncorrected: number;
  /** What is customary (scipy): exact without ties and with 8 values or fewer in an arm. */
  readonly method: 'exact' | 'asymptotic';
  /** Two-sided; undetermined with ties or for very many pairs. */
  readonly pExact: number | Undetermined;
}

const SMALL_ARM = 8;

/**
 * Mann & Whitney's test (1947) from counted values, the first count being control's and the second treatment's. The cost
 * depends on the number of distinct values only, so that it can be fed by a histogram.
 */
export function mannWhitney(values: readonly TiedValue[]): MannWhitney | Undetermined {
  let [nControl, nTreatment, uTreatment] = [0, 0, 0];
  for (const { counts } of values) {
    const [c = 0, t = 0] = counts;
    if (!(c >= 0 && t >= 0)) throw new RangeError(`counts are 0 or more, not ${c} and ${t}`);
    uTreatment += t * (nControl + c / 2);
    nControl += c;
    nTreatment += t;
  }
  const pairs = nControl * nTreatment;
  if (pairs === 0) return undetermined('an arm has no value');
  const { tieTerm, untied } = tieTerms(values);
  const sd = rankSumDeviation(nControl, nTreatment, untied);
  const gap = Math.abs(uTreatment - pairs / 2);
  return {
    uTreatment,
    uControl: pairs - uTreatment,
    rankBiserial: (2 * uTreatment) / pairs - 1,
    superiority: uTreatment / pairs,
    tieTerm,
    pAsymptotic: twoSided(gap - 0.5, sd),
    pAsymptoticUncorrected: twoSided(gap, sd),
    method: tieTerm === 0 && Math.min(nControl, nTreatment) <= SMALL_ARM ? 'exact' : 'asymptotic',
    pExact:
      tieTerm > 0
        ? undetermined('values are tied: the exact distribution does not hold')
        : exact(nControl, nTreatment, uTreatment),
  };
}

/** Standard deviation of U under no difference, ties counted. */
export function rankSumDeviation(nControl: number, nTreatment: number, untied: number): number {
  const n = nControl + nTreatment;
  return Math.sqrt(((nControl / n) * (nTreatment / Math.max(1, n - 1)) * untied) / 12);
}

const twoSided = (gap: number, sd: number): number =>
  sd > 0 ? Math.min(1, 2 * normal(Math.max(0, gap) / sd).upper) : 1;

function exact(nControl: number, nTreatment: number, u: number): number | Undetermined {
  const tails = rankSumTails(nControl, nTreatment, Math.min(u, nControl * nTreatment - u));
  return 'kind' in tails ? tails : Math.min(1, 2 * tails.lower);
}
