import { clusterMean, meanDifference } from './means.ts';
import type { ArmMean, MeanDifference, UnitMoments } from './means.ts';
import { pairMoments } from './moments.ts';
import type { PairMoments } from './moments.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

/** Numerators and denominators of the units of one arm, e.g. a user's cost and number of executions. */
export interface RatioArm {
  readonly numerators: readonly number[];
  readonly denominators: readonly number[];
}

/** From moments of (sum, count) pairs, one for each unit. */
export function unitMomentsOf(pairs: PairMoments): UnitMoments {
  const df = Math.max(1, pairs.n - 1);
  return {
    units: pairs.n,
    meanSum: pairs.meanX,
    meanCount: pairs.meanY,
    varSum: pairs.m2X / df,
    covSumCount: pairs.cXY / df,
    varCount: pairs.m2Y / df,
  };
}

/** From one sum and one count for each unit. */
export const unitMoments = (sums: readonly number[], counts: readonly number[]): UnitMoments =>
  unitMomentsOf(pairMoments(sums, counts));

export interface RatioDifference {
  readonly control: ArmMean;
  readonly treatment: ArmMean;
  readonly test: MeanDifference;
}

/**
 * Difference of ratios of sums, units being independent: linearised by the delta method (Deng, Knoblich & Lu 2018), which
 * is the cluster-robust CR1 variance, with Welch's degrees of freedom.
 */
export function ratioDifference(control: RatioArm, treatment: RatioArm): RatioDifference | Undetermined {
  const [c, t] = [control, treatment].map((arm) => unitMoments(arm.numerators, arm.denominators));
  if (c === undefined || t === undefined || c.meanCount === 0 || t.meanCount === 0)
    return undetermined('the denominators of an arm add up to 0');
  const arms = { control: clusterMean(c), treatment: clusterMean(t) };
  const test = meanDifference(arms.control, arms.treatment);
  return 'kind' in test ? test : { ...arms, test };
}
