import { adjustPValues } from '../../src/stats/adjust.ts';
import type { Adjustment } from '../../src/stats/adjust.ts';
import { classicalConstant, crossingProbabilities } from '../../src/stats/classical.ts';
import * as d from '../../src/stats/distributions.ts';
import {
  clusterMean,
  meanDifference,
  meanInterval,
  mergeMoments,
  moments,
  noPairs,
  standardisedDifference,
} from '../../src/stats/means.ts';
import type { ArmMean, PairMoments } from '../../src/stats/means.ts';
import { noncentralT } from '../../src/stats/noncentral-t.ts';
import { tTestDetectableEffect, tTestPower, tTestSampleSize } from '../../src/stats/power.ts';
import {
  chiSquare2x2,
  clopperPearson,
  newcombe,
  sampleRatioTest,
  twoProportions,
  wald,
  wilson,
} from '../../src/stats/proportions.ts';
import { boundaries, nextUpperBoundary, repeatedPValue } from '../../src/stats/sequential.ts';
import type { SpentLook } from '../../src/stats/sequential.ts';
import { spend } from '../../src/stats/spending.ts';
import type { SpendingName } from '../../src/stats/spending.ts';
import { stagewise } from '../../src/stats/stagewise.ts';
import { numeric } from './check.ts';

type Input = Readonly<Record<string, unknown>>;
type Kind = (input: Input) => Readonly<Record<string, unknown>>;

const number = (input: Input, key: string): number => Number(input[key]);
const numbers = (input: Input, key: string): readonly number[] => input[key] as readonly number[];
const spending: Readonly<Record<string, SpendingName>> = {
  obf: 'obrien_fleming',
  pocock: 'pocock',
  kd: 'kim_demets',
  hsd: 'hwang_shih_decani',
};

interface Summary {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

const summary = (values: readonly number[]): Summary => {
  const { n, mean, m2 } = moments(values);
  return { n, mean, variance: m2 / (n - 1) };
};
const armMean = ({ n, mean, variance }: Summary): ArmMean => ({ n, mean, varianceOfMean: variance / n });

function welch(control: Summary, treatment: Summary, alpha: number): Record<string, unknown> {
  const result = meanDifference(armMean(control), armMean(treatment));
  if ('kind' in result) return { t: null };
  const effect = standardisedDifference(control, treatment);
  return {
    mean_control: control.mean,
    mean_treatment: treatment.mean,
    var_control: control.variance,
    var_treatment: treatment.variance,
    diff: result.difference,
    se: result.standardError,
    df: result.degreesOfFreedom,
    t: result.t,
    p_value: result.pValue,
    ci: meanInterval(result, alpha),
    cohens_d: effect?.cohensD,
    hedges_g: effect?.hedgesG,
  };
}

interface User {
  readonly arm: string;
  readonly values: readonly number[];
}

function clusters(users: readonly User[]): ArmMean {
  const sums = users.map((user) => user.values.reduce((sum, value) => sum + value, 0));
  const pairs = users
    .map(
      (user, index): PairMoments => ({
        ...noPairs,
        n: 1,
        meanX: sums[index] ?? 0,
        meanY: user.values.length,
      }),
    )
    .reduce(mergeMoments, noPairs);
  return clusterMean({
    units: users.length,
    meanSum: pairs.meanX,
    meanCount: pairs.meanY,
    varSum: pairs.m2X / (pairs.n - 1),
    varCount: pairs.m2Y / (pairs.n - 1),
    covSumCount: pairs.cXY / (pairs.n - 1),
  });
}

const arms = (input: Input) => ({
  control: { successes: number(input, 'control_successes'), total: number(input, 'control_total') },
  treatment: { successes: number(input, 'treatment_successes'), total: number(input, 'treatment_total') },
});

/** An unknown name is an error of the file, not a default. */
function spendingOf(input: Input): SpendingName {
  const name = spending[String(input['spending'])];
  if (name === undefined) throw new RangeError(`unknown spending function ${String(input['spending'])}`);
  return name;
}

const parameterOf = (input: Input): number | null =>
  input['parameter'] === null ? null : number(input, 'parameter');

/** Every kind that the core implements. */
export const KINDS: Readonly<Record<string, Kind>> = {
  dist_chi2_sf: (i) => ({ p: d.chiSquare(number(i, 'x'), number(i, 'df')).upper }),
  dist_f_sf: (i) => ({ p: d.fDistribution(number(i, 'f'), number(i, 'df1'), number(i, 'df2')).upper }),
  dist_nct_sf: (i) => ({ ...noncentralT(number(i, 't'), number(i, 'df'), number(i, 'ncp')) }),
  dist_normal_isf: (i) => ({ z: d.normalIsf(number(i, 'upper_tail')) }),
  dist_normal_sf: (i) => ({ p: d.normalSf(number(i, 'z')) }),
  dist_t_isf_two_sided: (i) => ({ t: d.tIsfTwoSided(number(i, 'alpha'), number(i, 'df')) }),
  dist_t_two_sided: (i) => ({ p: d.tTwoSided(number(i, 't'), number(i, 'df')) }),
  ttest_welch: (i) =>
    welch(summary(numbers(i, 'control')), summary(numbers(i, 'treatment')), number(i, 'alpha')),
  ttest_welch_summary: (i) =>
    welch(
      { n: number(i, 'n_control'), mean: number(i, 'mean_control'), variance: number(i, 'var_control') },
      {
        n: number(i, 'n_treatment'),
        mean: number(i, 'mean_treatment'),
        variance: number(i, 'var_treatment'),
      },
      number(i, 'alpha'),
    ),
  cluster_mean: (i) => {
    const users = i['users'] as readonly User[];
    const result = meanDifference(
      clusters(users.filter((user) => user.arm === 'control')),
      clusters(users.filter((user) => user.arm === 'treatment')),
    );
    if ('kind' in result) return { t: null };
    return {
      difference: result.difference,
      se_cluster: result.standardError,
      df: result.degreesOfFreedom,
      t: result.t,
      p_value: result.pValue,
      ci: meanInterval(result, number(i, 'alpha')),
    };
  },
  two_proportions: (i) => {
    const { control, treatment } = arms(i);
    const result = twoProportions(control, treatment);
    return {
      difference: result.difference,
      newcombe_ci: newcombe(control, treatment, number(i, 'confidence')),
      wald_ci: wald(control, treatment, number(i, 'confidence')),
      z_pooled: result.z ?? undefined,
      p_pooled_z: result.pValue,
    };
  },
  chi2_2x2: (i) => {
    const { control, treatment } = arms(i);
    const result = chiSquare2x2(control, treatment, i['yates'] === true);
    return {
      chi2: result.chi2,
      df: result.df,
      p_value: result.pValue,
      min_expected: result.minExpected,
      rate_difference: twoProportions(control, treatment).difference,
      use_fisher: result.minExpected < 5,
    };
  },
  srm_chi2: (i) => {
    const result = sampleRatioTest(numbers(i, 'counts'), numbers(i, 'weights'));
    return {
      chi2: result.chi2,
      df: result.df,
      p_value: result.pValue,
      expected: result.expected,
      flag_at_0_001: result.pValue < 0.001,
    };
  },
  proportion_ci: (i) => {
    const arm = { successes: number(i, 'successes'), total: number(i, 'total') };
    const confidence = number(i, 'confidence');
    return {
      rate: arm.total === 0 ? undefined : arm.successes / arm.total,
      wilson: wilson(arm, confidence),
      clopper_pearson: arm.total === 0 ? undefined : clopperPearson(arm, confidence),
    };
  },
  merge_moments: (i) => {
    const parts = i['parts'] as readonly { readonly x: readonly number[]; readonly y: readonly number[] }[];
    const merged = parts
      .map(({ x, y }) =>
        x
          .map((value, index): PairMoments => ({ ...noPairs, n: 1, meanX: value, meanY: y[index] ?? 0 }))
          .reduce(mergeMoments, noPairs),
      )
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
  power_ttest_n: (i) => {
    const n = tTestSampleSize(
      number(i, 'effect_size'),
      number(i, 'alpha'),
      number(i, 'power'),
      number(i, 'ratio'),
    );
    return {
      n_control: n,
      n_control_ceil: Math.ceil(n),
      n_treatment_ceil: Math.ceil(n * number(i, 'ratio')),
    };
  },
  ld_boundary: (i) => {
    const information = numbers(i, 'information');
    const most = number(i, 'information_max');
    const looks = information.map((value) => ({
      fraction: value / most,
      information: value,
      final: value >= most,
    }));
    const solved = boundaries(looks, number(i, 'alpha'), spendingOf(i), parameterOf(i));
    return {
      z: solved.map((look) => look.boundary),
      cumulative_alpha: solved.map((look) => look.alphaSpent),
      nominal_two_sided_p: solved.map((look) => 2 * d.normalSf(look.boundary)),
    };
  },
  ld_online: (i) => {
    const given = i['looks'] as readonly { readonly information: number; readonly final?: boolean }[];
    const most = number(i, 'information_max');
    const looks = given.map(({ information, final }) => ({
      fraction: information / most,
      information,
      final: final === true || information >= most,
    }));
    const solved = boundaries(looks, number(i, 'alpha'), spendingOf(i), parameterOf(i));
    return {
      z: solved.map((look) => look.boundary),
      cumulative_alpha: solved.map((look) => look.alphaSpent),
    };
  },
  ld_boundary_one_sided: (i) => {
    const information = numbers(i, 'information');
    const most = information.at(-1) ?? 1;
    const alpha = number(i, 'alpha');
    const history: SpentLook[] = [];
    let spent = 0;
    for (const value of information) {
      const target = spend(spendingOf(i), alpha, value / most, parameterOf(i));
      history.push({
        information: value,
        boundary: nextUpperBoundary(history, value, target - spent),
      });
      spent = target;
    }
    return { z: history.map((look) => look.boundary) };
  },
  classical_boundary: (i) => {
    const obf = classicalConstant('obrien_fleming', number(i, 'looks'), number(i, 'alpha'));
    return {
      obrien_fleming_constant: obf.constant,
      obrien_fleming_z: obf.boundary,
      pocock_constant: classicalConstant('pocock', number(i, 'looks'), number(i, 'alpha')).constant,
    };
  },
  crossing_probability: (i) => {
    const perLook = crossingProbabilities(
      numbers(i, 'information'),
      numbers(i, 'z').map((value) => Number(numeric(value))),
      number(i, 'theta'),
    );
    return { per_look: perLook, total_two_sided: perLook.reduce((sum, p) => sum + p, 0) };
  },
  stagewise: (i) => {
    const information = numbers(i, 'information');
    const most = number(i, 'information_max');
    const alpha = number(i, 'alpha');
    const z = number(i, 'z');
    const looks = information.map((value) => ({
      fraction: value / most,
      information: value,
      final: value >= most,
    }));
    const solved = boundaries(looks, alpha, spendingOf(i), parameterOf(i)).map((look) => look.boundary);
    const at = number(i, 'stopped_at_look');
    const here = information[at - 1] ?? 0;
    const se = 1 / Math.sqrt(here);
    const earlier = information
      .slice(0, at - 1)
      .map((value, index) => ({ information: value, boundary: solved[index] ?? Infinity }));
    const result = stagewise({ earlier, information: here, z }, alpha);
    const half = (solved[at - 1] ?? 0) * se;
    return {
      boundaries: solved,
      p_two_sided: result.pValue,
      estimate_naive: z * se,
      estimate_median_unbiased: result.medianUnbiased,
      ci: result.confidenceInterval,
      repeated_ci: [z * se - half, z * se + half],
      repeated_p: repeatedPValue(looks.slice(0, at), z, spendingOf(i), parameterOf(i)),
    };
  },
  p_adjust: (i) => {
    const adjusted = (method: Adjustment) => adjustPValues(numbers(i, 'p_values'), method);
    return {
      bonferroni: adjusted('bonferroni'),
      holm: adjusted('holm'),
      hochberg: adjusted('hochberg'),
      bh: adjusted('bh'),
      by: adjusted('by'),
    };
  },
  power_ttest_power: (i) => ({
    power: tTestPower(
      number(i, 'effect_size'),
      number(i, 'n_control'),
      number(i, 'alpha'),
      number(i, 'ratio'),
    ),
  }),
  power_ttest_mde: (i) => ({
    effect_size: tTestDetectableEffect(
      number(i, 'n_control'),
      number(i, 'alpha'),
      number(i, 'power'),
      number(i, 'ratio'),
    ),
  }),
};
