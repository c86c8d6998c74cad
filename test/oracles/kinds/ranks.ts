import { bootstrapQuantileError } from '../../../src/stats/bootstrap.ts';
import { clusteredQuantile } from '../../../src/stats/clustered-quantile.ts';
import { hodgesLehmann, hodgesLehmannInterval } from '../../../src/stats/hodges-lehmann.ts';
import { mannWhitney } from '../../../src/stats/mann-whitney.ts';
import { medianDifference } from '../../../src/stats/median-difference.ts';
import { ascending, percentile } from '../../../src/stats/percentile.ts';
import type { PercentileType } from '../../../src/stats/percentile.ts';
import { quantileInterval } from '../../../src/stats/quantile-interval.ts';
import { tiedValues } from '../../../src/stats/ranks.ts';
import { isUndetermined } from '../../../src/stats/undetermined.ts';
import { number, numbers, table, type Kinds } from './input.ts';

/** What is not determined is not reported. */
const reported = (value: unknown): unknown => (isUndetermined(value) ? undefined : value);

export const rankKinds: Kinds = {
  percentile: (i) => {
    const of = (type: PercentileType): number =>
      percentile(ascending(numbers(i, 'data')), number(i, 'p'), type);
    return {
      type7: of('type7'),
      type6: of('type6'),
      type8: of('type8'),
      nearest_rank: of('nearest_rank'),
    };
  },
  quantile_ci_order_statistic: (i) => {
    const result = quantileInterval(ascending(numbers(i, 'data')), number(i, 'p'), number(i, 'alpha'));
    return {
      lower_index: result.lowerIndex,
      upper_index: result.upperIndex,
      ci: result.interval,
      exact_coverage: result.coverage,
    };
  },
  quantile_ci_clustered: (i) => {
    const result = clusteredQuantile(table(i, 'users'), number(i, 'p'), number(i, 'alpha'));
    if (isUndetermined(result)) return result;
    return {
      quantile: result.quantile,
      se_of_proportion: result.standardErrorOfShare,
      lower_index: result.lowerIndex,
      upper_index: result.upperIndex,
      ci: result.interval,
      se_quantile: result.standardError,
    };
  },
  quantile_se_bootstrap_exact: (i) => ({
    se: bootstrapQuantileError(ascending(numbers(i, 'data')), number(i, 'p')),
  }),
  median_difference_price_bonett: (i) => {
    const result = medianDifference(numbers(i, 'control'), numbers(i, 'treatment'), number(i, 'alpha'));
    if (isUndetermined(result)) return result;
    return {
      median_control: result.medianControl,
      median_treatment: result.medianTreatment,
      difference: result.difference,
      se_control: result.standardErrorControl,
      se_treatment: result.standardErrorTreatment,
      ci: result.interval,
      p_value: result.pValue,
    };
  },
  mann_whitney: (i) => {
    const [control, treatment] = [numbers(i, 'control'), numbers(i, 'treatment')];
    const result = mannWhitney(tiedValues([control, treatment]));
    if (isUndetermined(result)) return result;
    const interval = (method: 'exact' | 'asymptotic') =>
      hodgesLehmannInterval(control, treatment, number(i, 'alpha'), method);
    return {
      u_treatment: result.uTreatment,
      u_control: result.uControl,
      rank_biserial: result.rankBiserial,
      prob_superiority: result.superiority,
      tie_term: result.tieTerm,
      ties: result.tieTerm > 0,
      p_asymptotic_cc: result.pAsymptotic,
      p_asymptotic_no_cc: result.pAsymptoticUncorrected,
      p_exact: reported(result.pExact),
      method_auto: result.method,
      hodges_lehmann: reported(hodgesLehmann(control, treatment)),
      hl_ci_exact: reported(interval('exact')),
      hl_ci_asymptotic: reported(interval('asymptotic')),
    };
  },
  mann_whitney_grouped: (i) => {
    const [control, treatment] = [numbers(i, 'control_counts'), numbers(i, 'treatment_counts')];
    const result = mannWhitney(
      numbers(i, 'values').map((value, index) => ({
        value,
        counts: [control[index] ?? 0, treatment[index] ?? 0],
      })),
    );
    if (isUndetermined(result)) return result;
    return {
      u_treatment: result.uTreatment,
      rank_biserial: result.rankBiserial,
      tie_term: result.tieTerm,
      p_asymptotic_cc: result.pAsymptotic,
    };
  },
};
