import { scaleNodes } from './chi-scale.ts';
import { normal, tIsfTwoSided } from './distributions.ts';
import { SMALLEST_VARIANCE } from './moments.ts';
import type { Sample } from './moments.ts';
import { GAUSS_24, panels } from './quadrature.ts';
import { brent } from './root.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

export interface DunnettTest {
  readonly df: number;
  readonly pooledVariance: number;
  /** For each treatment, in the order given. */
  readonly comparisons: readonly {
    readonly t: number;
    readonly pAdjusted: number;
    /** Simultaneous with the others. */
    readonly interval: readonly [number, number];
  }[];
  readonly criticalValue: number;
}

/**
 * Dunnett's two-sided comparisons of treatments with one control (1955), family-wise error alpha. It assumes one variance:
 * where arms differ in it, use Holm on Welch's tests.
 */
export function dunnett(
  control: Sample,
  treatments: readonly Sample[],
  alpha: number,
): DunnettTest | Undetermined {
  const samples = [control, ...treatments];
  const df = samples.reduce((sum, one) => sum + one.n - 1, 0);
  if (treatments.length === 0 || df < 1 || samples.some((one) => one.n < 1))
    return undetermined('there is no treatment, or too few values for a variance');
  const pooledVariance = samples.reduce((sum, one) => sum + ((one.n - 1) / df) * one.variance, 0);
  const errors = treatments.map((one) => Math.sqrt(pooledVariance * (1 / one.n + 1 / control.n)));
  const statistics = treatments.map((one, index) => (one.mean - control.mean) / (errors[index] ?? 0));
  if (!(pooledVariance > SMALLEST_VARIANCE) || !statistics.every(Number.isFinite))
    return undetermined('the values do not vary within the arms, or are too large to square');
  const tail = maximumTail(
    treatments.map((one) => one.n / control.n),
    df,
  );
  const criticalValue = criticalOf(tail, treatments.length, df, alpha);
  return {
    df,
    pooledVariance,
    criticalValue,
    comparisons: treatments.map((one, index) => {
      const half = criticalValue * (errors[index] ?? 0);
      const difference = one.mean - control.mean;
      const t = statistics[index] ?? 0;
      return { t, pAdjusted: tail(Math.abs(t)), interval: [difference - half, difference + half] };
    }),
  };
}

/** Between the critical values of one comparison and of Bonferroni's m. */
function criticalOf(tail: (q: number) => number, m: number, df: number, alpha: number): number {
  const low = tIsfTwoSided(alpha, df);
  if (m === 1) return low;
  const excess = (q: number): number => Math.log(tail(q)) - Math.log(alpha);
  return brent(excess, low * (1 - 1e-9), tIsfTwoSided(alpha / m, df) * (1 + 1e-9), 1e-11 * low);
}

/** Normal deviates of the control's mean beyond this have no weight. */
const REACH = 12;
const PANEL = 6;
/** Normal tails beyond this do not count. */
const NO_TAIL = 13;

/**
 * P(max |T_i| > q): T_i share the control's mean and the pooled deviation S, so that given both they are independent:
 * E over S and z of 1 - Prod (1 - P(|T_i| > q S | z)), corr(T_i, T_j) = l_i l_j, l_i^2 = n_i / (n_i + n_0).
 */
function maximumTail(sizes: readonly number[], df: number): (q: number) => number {
  const groups = [...new Set(sizes)].map((size) => ({
    count: sizes.filter((other) => other === size).length,
    loading: Math.sqrt(size / (size + 1)),
    rest: Math.sqrt(1 / (size + 1)),
  }));
  const given = (x: number): number => {
    const transitions = groups.map(({ loading, rest }) => ({ at: x / loading, width: rest / loading }));
    let total = 0;
    for (const [from, to] of panels(0, REACH, PANEL, transitions)) {
      for (const [node, weight] of GAUSS_24) {
        const z = (from + to + (to - from) * node) / 2;
        let logNone = 0;
        for (const { count, loading, rest } of groups) {
          const [near, far] = [(x - loading * z) / rest, (x + loading * z) / rest];
          if (near > NO_TAIL) continue;
          const p = normal(near).upper + (far > NO_TAIL ? 0 : normal(far).upper);
          logNone += count * Math.log1p(-Math.min(1, p));
        }
        total -= (to - from) * weight * Math.exp((-z * z) / 2) * Math.expm1(logNone);
      }
    }
    // both signs of z
    return total / Math.sqrt(2 * Math.PI);
  };
  return (q) =>
    q === 0
      ? 1
      : Math.min(
          1,
          scaleNodes(df, { at: 3 / q, width: 1 / q }).reduce(
            (sum, [s, mass]) => sum + mass * given(q * s),
            0,
          ),
        );
}
