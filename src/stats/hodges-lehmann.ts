import { normalIsf } from './distributions.ts';
import { rankSumDeviation } from './mann-whitney.ts';
import { ascending } from './percentile.ts';
import { rankSumProbabilities } from './rank-sum.ts';
import { tiedValues, tieTerms } from './ranks.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

/** Hodges & Lehmann's shift (1963): the median of all differences treatment - control. */
export function hodgesLehmann(
  control: readonly number[],
  treatment: readonly number[],
): number | Undetermined {
  const pairs = control.length * treatment.length;
  if (pairs === 0) return undetermined('an arm has no value');
  const [c, t] = [ascending(control), ascending(treatment)];
  const below = rankedDifference(c, t, Math.ceil(pairs / 2));
  return pairs % 2 === 1 ? below : below + (rankedDifference(c, t, pairs / 2 + 1) - below) / 2;
}

/**
 * Interval of the shift: the differences of ranks k and n_C n_T + 1 - k, k from the exact or the normal distribution of U
 * (Hollander, Wolfe & Chicken 2014, section 4.3). Undetermined where no interval of so few values has that confidence.
 */
export function hodgesLehmannInterval(
  control: readonly number[],
  treatment: readonly number[],
  alpha: number,
  method: 'exact' | 'asymptotic',
): readonly [number, number] | Undetermined {
  const pairs = control.length * treatment.length;
  if (pairs === 0) return undetermined('an arm has no value');
  const rank = method === 'exact' ? exactRank : asymptoticRank;
  const k = rank(control, treatment, alpha);
  if (typeof k !== 'number') return k;
  if (k < 1)
    return undetermined(
      `${control.length} and ${treatment.length} values have no interval of confidence ${1 - alpha}`,
    );
  const [c, t] = [ascending(control), ascending(treatment)];
  return [rankedDifference(c, t, k), rankedDifference(c, t, pairs + 1 - k)];
}

/** The alpha/2 quantile of U. */
function exactRank(
  control: readonly number[],
  treatment: readonly number[],
  alpha: number,
): number | Undetermined {
  if (tieTerms(tiedValues([control, treatment])).tieTerm > 0)
    return undetermined('values are tied: the exact distribution does not hold');
  const p = rankSumProbabilities(control.length, treatment.length);
  if ('kind' in p) return p;
  let sum = 0;
  for (let u = 0; u < p.length; u++) {
    sum += p[u] ?? 0;
    // rounding of the sum must not move a quantile that is met exactly
    if (sum >= (alpha / 2) * (1 - 1e-12)) return u;
  }
  return p.length - 1;
}

function asymptoticRank(control: readonly number[], treatment: readonly number[], alpha: number): number {
  const { untied } = tieTerms(tiedValues([control, treatment]));
  const sd = rankSumDeviation(control.length, treatment.length, untied);
  return Math.floor((control.length * treatment.length) / 2 - normalIsf(alpha / 2) * sd);
}

/** The k-th smallest of all differences t - c, k from 1, by bisection over the doubles: 64 passes over both lists. */
function rankedDifference(control: Float64Array, treatment: Float64Array, k: number): number {
  let low = orderedBits((treatment[0] ?? 0) - (control.at(-1) ?? 0));
  let high = orderedBits((treatment.at(-1) ?? 0) - (control[0] ?? 0));
  while (low < high) {
    const middle = (low + high) >> 1n;
    if (differencesUpTo(control, treatment, fromOrderedBits(middle)) >= k) high = middle;
    else low = middle + 1n;
  }
  return fromOrderedBits(low);
}

function differencesUpTo(control: Float64Array, treatment: Float64Array, limit: number): number {
  let count = 0;
  let first = 0;
  for (const t of treatment) {
    // the higher t, the fewer control values are low enough
    while (first < control.length && t - (control[first] ?? 0) > limit) first += 1;
    count += control.length - first;
  }
  return count;
}

const cell = new DataView(new ArrayBuffer(8));

/** A whole number that grows with the double: its bits, mirrored below 0. */
function orderedBits(value: number): bigint {
  cell.setFloat64(0, value === 0 ? 0 : value);
  const bits = cell.getBigInt64(0);
  return bits >= 0n ? bits : -(bits & 0x7fffffffffffffffn);
}

function fromOrderedBits(bits: bigint): number {
  cell.setBigInt64(0, bits >= 0n ? bits : -bits | -0x8000000000000000n);
  return cell.getFloat64(0);
}
