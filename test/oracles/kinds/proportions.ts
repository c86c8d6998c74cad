import { contingencyTest } from '../../../src/stats/contingency.ts';
import { fisherExact } from '../../../src/stats/fisher.ts';
import {
  clopperPearson,
  newcombe,
  sampleRatioTest,
  twoProportions,
  wald,
  wilson,
} from '../../../src/stats/proportions.ts';
import { relativeRisk } from '../../../src/stats/risk-ratio.ts';
import { sampleRatioSequence } from '../../../src/stats/sequential-sample-ratio.ts';
import { isUndetermined } from '../../../src/stats/undetermined.ts';
import { arms, number, numbers, table, type Kinds } from './input.ts';

export const proportionKinds: Kinds = {
  proportion_ci: (i) => {
    const arm = { successes: number(i, 'successes'), total: number(i, 'total') };
    const confidence = number(i, 'confidence');
    return {
      rate: arm.total === 0 ? null : arm.successes / arm.total,
      wilson: wilson(arm, confidence),
      clopper_pearson: clopperPearson(arm, confidence),
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
  risk_ratio: (i) => {
    const { control, treatment } = arms(i);
    const result = relativeRisk(control, treatment, number(i, 'confidence'));
    if (isUndetermined(result)) return result;
    return {
      risk_ratio: result.riskRatio,
      rr_ci: result.riskRatioInterval,
      odds_ratio: result.oddsRatio,
      or_ci: result.oddsRatioInterval,
      lift: result.lift,
    };
  },
  chi2_2x2: (i) => {
    const { control, treatment } = arms(i);
    const result = contingencyTest(
      [control, treatment].map((arm) => [arm.successes, arm.total - arm.successes]),
      i['yates'] === true,
    );
    if (isUndetermined(result)) return result;
    return {
      chi2: result.chi2,
      df: result.df,
      p_value: result.pValue,
      min_expected: result.minExpected,
      rate_difference:
        control.total > 0 && treatment.total > 0 ? twoProportions(control, treatment).difference : undefined,
      use_fisher: result.minExpected < 5,
    };
  },
  chi2_rxc: (i) => {
    const result = contingencyTest(table(i, 'table'));
    if (isUndetermined(result)) return result;
    return {
      chi2: result.chi2,
      df: result.df,
      p_value: result.pValue,
      min_expected: result.minExpected,
      cramers_v: result.cramersV,
    };
  },
  fisher_exact: (i) => {
    const [[a = 0, b = 0] = [], [c = 0, d = 0] = []] = table(i, 'table');
    const result = fisherExact(a, b, c, d);
    if (isUndetermined(result)) return result;
    return {
      p_two_sided: result.pTwoSided,
      p_less: result.pLess,
      p_greater: result.pGreater,
      sample_odds_ratio: result.sampleOddsRatio,
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
  srm_sequential: (i) => {
    const looks = sampleRatioSequence(table(i, 'batches'), numbers(i, 'weights'), number(i, 'concentration'));
    return {
      log_bayes_factor: looks.map((look) => look.logBayesFactor),
      p_sequence: looks.map((look) => look.pValue),
    };
  },
};
