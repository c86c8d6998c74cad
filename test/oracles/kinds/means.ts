import { cupedDifference } from '../../../src/stats/cuped.ts';
import { cohensDInterval, cohensDIntervalNormal, hedgesCorrection } from '../../../src/stats/effect-size.ts';
import { equivalence } from '../../../src/stats/equivalence.ts';
import { relativeLift } from '../../../src/stats/lift.ts';
import {
  armMean,
  meanDifference,
  meanInterval,
  pooledMeanDifference,
  standardisedDifference,
} from '../../../src/stats/means.ts';
import type { MeanDifference } from '../../../src/stats/means.ts';
import {
  groupSample,
  mergeMoments,
  moments,
  noPairs,
  pairMoments,
  sample,
  sampleVariance,
} from '../../../src/stats/moments.ts';
import type { Sample } from '../../../src/stats/moments.ts';
import { ratioDifference } from '../../../src/stats/ratio.ts';
import { isUndetermined, type Undetermined } from '../../../src/stats/undetermined.ts';
import { winsoriseUpper } from '../../../src/stats/winsorise.ts';
import { armSample, number, numbers, object, objects, text } from './input.ts';
import type { Answer, Input, Kinds } from './input.ts';

type Test = (control: Sample, treatment: Sample) => MeanDifference | Undetermined;

const welch: Test = (control, treatment) => meanDifference(armMean(control), armMean(treatment));

function tTest(
  control: Sample | Undetermined,
  treatment: Sample | Undetermined,
  alpha: number,
  test: Test,
): Answer | Undetermined {
  if (isUndetermined(control)) return control;
  if (isUndetermined(treatment)) return treatment;
  const result = test(control, treatment);
  if (isUndetermined(result)) return result;
  const effect = standardisedDifference(control, treatment);
  return {
    mean_control: control.mean,
    mean_treatment: treatment.mean,
    var_control: control.variance,
    var_treatment: treatment.variance,
    diff: result.difference,
    ...testFields(result, alpha),
    cohens_d: effect?.cohensD,
    hedges_g: effect?.hedgesG,
  };
}

const testFields = (result: MeanDifference, alpha: number): Answer => ({
  difference: result.difference,
  se: result.standardError,
  df: result.degreesOfFreedom,
  t: result.t,
  p_value: result.pValue,
  ci: meanInterval(result, alpha),
});

const ratioArm = (input: Input) => ({
  numerators: numbers(input, 'numerator'),
  denominators: numbers(input, 'denominator'),
});

export const meanKinds: Kinds = {
  variance_stability: (i) => {
    const summary = moments(numbers(i, 'data'));
    const variance = sampleVariance(summary);
    return { mean: summary.mean, variance_sample: isUndetermined(variance) ? null : variance };
  },
  merge_moments: (i) => {
    const merged = objects(i, 'parts')
      .map((part) => pairMoments(numbers(part, 'x'), numbers(part, 'y')))
      .reduce(mergeMoments, noPairs);
    return {
      n: merged.n,
      mean_x: merged.meanX,
      mean_y: merged.meanY,
      m2_x: merged.m2X,
      m2_y: merged.m2Y,
      cxy: merged.cXY,
    };
  },
  ttest_welch: (i) =>
    tTest(sample(numbers(i, 'control')), sample(numbers(i, 'treatment')), number(i, 'alpha'), welch),
  ttest_welch_summary: (i) =>
    tTest(armSample(i, 'control'), armSample(i, 'treatment'), number(i, 'alpha'), welch),
  ttest_student: (i) =>
    tTest(
      groupSample(numbers(i, 'control')),
      groupSample(numbers(i, 'treatment')),
      number(i, 'alpha'),
      pooledMeanDifference,
    ),
  cluster_mean: (i) => {
    const arm = (name: string) => {
      const users = objects(i, 'users').filter((user) => text(user, 'arm') === name);
      return {
        numerators: users.map((user) => numbers(user, 'values').reduce((sum, value) => sum + value, 0)),
        denominators: users.map((user) => numbers(user, 'values').length),
      };
    };
    const result = ratioDifference(arm('control'), arm('treatment'));
    if (isUndetermined(result)) return result;
    return {
      ...testFields(result.test, number(i, 'alpha')),
      se_cluster: result.test.standardError,
    };
  },
  ratio_delta: (i) => {
    const alpha = number(i, 'alpha');
    const result = ratioDifference(ratioArm(object(i, 'control')), ratioArm(object(i, 'treatment')));
    if (isUndetermined(result)) return result;
    const lift = relativeLift(result.control, result.treatment, alpha);
    return {
      ratio_control: result.control.mean,
      ratio_treatment: result.treatment.mean,
      var_control: result.control.varianceOfMean,
      var_treatment: result.treatment.varianceOfMean,
      ...testFields(result.test, alpha),
      ...(isUndetermined(lift)
        ? { lift: null }
        : {
            lift: lift.lift,
            lift_var_delta: lift.variance,
            lift_ci_delta: lift.deltaInterval,
            lift_ci_fieller: lift.fiellerInterval,
          }),
    };
  },
  cuped: (i) => {
    const arm = (input: Input) => pairMoments(numbers(input, 'pre'), numbers(input, 'post'));
    const result = cupedDifference(arm(object(i, 'control')), arm(object(i, 'treatment')));
    if (isUndetermined(result)) return result;
    return {
      theta: result.theta,
      ...testFields(result.adjusted, number(i, 'alpha')),
      raw_difference: result.raw.difference,
      raw_p_value: result.raw.pValue,
      variance_reduction: result.varianceReduction,
    };
  },
  winsorize_upper: (i) => {
    const capped = winsoriseUpper(numbers(i, 'control'), numbers(i, 'treatment'), number(i, 'percentile'));
    if (isUndetermined(capped)) return capped;
    const test = tTest(sample(capped.control), sample(capped.treatment), number(i, 'alpha'), welch);
    return { cap: capped.cap, n_capped: capped.capped, ...test };
  },
  cohens_d_ci: (i) => {
    const [d, n0, n1] = [number(i, 'd'), number(i, 'n_control'), number(i, 'n_treatment')];
    const correction = hedgesCorrection(n0 + n1 - 2);
    const interval = cohensDInterval(d, n0, n1, number(i, 'alpha'));
    return {
      ci_noncentral_t: isUndetermined(interval) ? null : interval,
      ci_normal_approx: cohensDIntervalNormal(d, n0, n1, number(i, 'alpha')),
      J: correction,
      hedges_g: correction * d,
    };
  },
  equivalence: (i) => {
    const result = equivalence(
      number(i, 'difference'),
      number(i, 'se'),
      number(i, 'df'),
      number(i, 'margin'),
      number(i, 'alpha'),
    );
    if (isUndetermined(result)) return result;
    return {
      p_noninferior_higher_is_better: result.pNonInferiorHigherIsBetter,
      p_noninferior_lower_is_better: result.pNonInferiorLowerIsBetter,
      p_tost: result.pEquivalent,
      ci_1_minus_2alpha: result.interval,
      equivalent: result.equivalent,
    };
  },
};
