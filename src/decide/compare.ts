import { tTwoSided } from '../stats/distributions.ts';
import { clusterMean, meanDifference, standardisedDifference } from '../stats/means.ts';
import type { ArmMean } from '../stats/means.ts';
import { cohensH, twoProportions } from '../stats/proportions.ts';
import { zOfTail } from '../stats/sequential.ts';
import type { ArmSummary, Comparison, MetricRule, Undetermined } from './types.ts';

const undetermined = (code: Undetermined['code'], reason: string): Undetermined => ({
  kind: 'undetermined',
  code,
  reason,
});

/**
 * Variant - control: cluster-robust ratio of sums per unit (Welch when every unit has one execution), t turned to z; for
 * rates with one execution per unit the pooled two-proportion test.
 */
export function compareArms(
  control: ArmSummary,
  variant: ArmSummary,
  metric: MetricRule,
): Comparison | Undetermined {
  if (control.units + variant.units === 0) return undetermined('no_data', 'no execution has a value');
  const empty = [control, variant].find((arm) => arm.units === 0);
  if (empty !== undefined) return undetermined('arm_empty', `variant ${empty.variantId} has no value`);
  const small = [control, variant].find((arm) => arm.units < 2);
  if (small !== undefined) {
    return undetermined(
      'insufficient_data',
      `variant ${small.variantId} has ${small.units} unit with a value, 2 are needed`,
    );
  }
  const oneEach = [control, variant].every((arm) => arm.executions === arm.units);
  return metric.rate && oneEach
    ? compareRates(control, variant)
    : compareMeans(control, variant, metric, oneEach);
}

function compareRates(control: ArmSummary, variant: ArmSummary): Comparison | Undetermined {
  const of = (arm: ArmSummary) => ({ successes: arm.successes ?? 0, total: arm.executions });
  const test = twoProportions(of(control), of(variant));
  if (test.z === null) return undetermined('identical_values', 'every outcome is the same in both variants');
  const [rateC, rateV] = [of(control), of(variant)].map((arm) => arm.successes / arm.total) as [
    number,
    number,
  ];
  return {
    kind: 'comparison',
    method: 'two_proportions_pooled',
    difference: test.difference,
    // without spread inside either arm (0 % against 100 %) the pooled error is the only one there is
    standardError: test.standardError > 0 ? test.standardError : Math.abs(test.difference / test.z),
    degreesOfFreedom: null,
    statistic: test.z,
    pValue: test.pValue,
    effectSize: cohensH(rateC, rateV),
    ...relative(
      { n: control.units, mean: rateC, varianceOfMean: (rateC * (1 - rateC)) / control.executions },
      { n: variant.units, mean: rateV, varianceOfMean: (rateV * (1 - rateV)) / variant.executions },
    ),
  };
}

function compareMeans(
  control: ArmSummary,
  variant: ArmSummary,
  metric: MetricRule,
  oneEach: boolean,
): Comparison | Undetermined {
  const [armC, armV] = [meanOf(control), meanOf(variant)];
  const test = meanDifference(armC, armV);
  if ('kind' in test) return undetermined('identical_values', test.reason);
  const spread = (arm: ArmSummary, mean: number) => ({
    n: arm.executions,
    mean,
    variance: (arm.stdOverExecutions ?? 0) ** 2,
  });
  return {
    kind: 'comparison',
    method: oneEach ? 'welch' : 'cluster_robust',
    difference: test.difference,
    standardError: test.standardError,
    degreesOfFreedom: test.degreesOfFreedom,
    statistic: zOfTail(test.t, test.upperTail),
    pValue: tTwoSided(test.t, test.degreesOfFreedom),
    effectSize: metric.rate
      ? cohensH(armC.mean, armV.mean)
      : (standardisedDifference(spread(control, armC.mean), spread(variant, armV.mean))?.hedgesG ?? null),
    ...relative(armC, armV),
  };
}

export function meanOf(arm: ArmSummary): ArmMean {
  return clusterMean({
    units: arm.units,
    meanSum: arm.meanSum,
    meanCount: arm.meanCount,
    varSum: arm.varSum ?? 0,
    covSumCount: arm.covSumCount ?? 0,
    varCount: arm.varCount ?? 0,
  });
}

/** Lift R_V/R_C - 1 and its delta-method standard error; null where control is not well away from 0. */
function relative(control: ArmMean, variant: ArmMean) {
  const base = { controlValue: control.mean, variantValue: variant.mean };
  if (control.mean === 0) return { ...base, relativeChange: null, relativeStandardError: null };
  const ratio = variant.mean / control.mean;
  const change = (variant.mean - control.mean) / Math.abs(control.mean);
  const precise =
    control.varianceOfMean === 0 || Math.abs(control.mean) / Math.sqrt(control.varianceOfMean) >= 10;
  const variance =
    variant.varianceOfMean / control.mean ** 2 + (ratio ** 2 * control.varianceOfMean) / control.mean ** 2;
  const error = Math.sqrt(variance);
  return {
    ...base,
    relativeChange: Number.isFinite(change) ? change : null,
    relativeStandardError: precise && Number.isFinite(error) ? error : null,
  };
}
