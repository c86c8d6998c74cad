import { adjustPValues, type Adjustment } from '../../../src/stats/adjust.ts';
import { anova, welchAnova } from '../../../src/stats/anova.ts';
import { dunnett } from '../../../src/stats/dunnett.ts';
import { analyseFactorial } from '../../../src/stats/factorial.ts';
import { fractionalDesign, fractionalEffects } from '../../../src/stats/fractional-factorial.ts';
import { kruskalWallis } from '../../../src/stats/kruskal-wallis.ts';
import { groupSample, type Sample } from '../../../src/stats/moments.ts';
import { isUndetermined } from '../../../src/stats/undetermined.ts';
import { number, numbers, table, type Kinds } from './input.ts';

export const manyArmKinds: Kinds = {
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
  anova: (i) => {
    const groups = table(i, 'groups');
    const [equal, welch, ranks] = [anova(groups), welchAnova(groups), kruskalWallis(groups)];
    return {
      ...(isUndetermined(equal)
        ? { f: null, p: null }
        : { f: equal.f, df1: equal.df1, df2: equal.df2, p: equal.pValue }),
      ...(isUndetermined(welch)
        ? { welch_f: null, welch_p: null }
        : { welch_f: welch.f, welch_df2: welch.df2, welch_p: welch.pValue }),
      ...(isUndetermined(ranks)
        ? { kruskal_h: null, kruskal_p: null }
        : { kruskal_h: ranks.h, kruskal_p: ranks.pValue }),
    };
  },
  dunnett: (i) => {
    const control = groupSample(numbers(i, 'control'));
    const treatments = table(i, 'treatments').map(groupSample);
    const unknown = [control, ...treatments].find(isUndetermined);
    if (unknown !== undefined || isUndetermined(control)) return unknown ?? {};
    const result = dunnett(
      control,
      treatments.filter((one): one is Sample => !isUndetermined(one)),
      number(i, 'alpha'),
    );
    if (isUndetermined(result)) return result;
    return {
      df: result.df,
      pooled_variance: result.pooledVariance,
      t: result.comparisons.map((one) => one.t),
      p_adjusted: result.comparisons.map((one) => one.pAdjusted),
      critical_value: result.criticalValue,
      ci: result.comparisons.map((one) => one.interval),
    };
  },
  factorial_2k: (i) => {
    const { effects, error } = analyseFactorial(table(i, 'responses_yates_order'));
    return {
      effects: Object.fromEntries(effects.map(({ word, effect }) => [word, effect])),
      mse: error?.meanSquare,
      se_effect: error?.standardError,
      df_error: error?.df,
      p_values:
        error === null ? undefined : Object.fromEntries(effects.map(({ word, pValue }) => [word, pValue])),
    };
  },
  fractional_factorial: (i) => {
    const design = fractionalDesign(number(i, 'factors'), i['generators'] as readonly string[]);
    return {
      runs: design.runs,
      resolution: design.resolution,
      defining_words: design.definingWords,
      word_length_pattern: Object.fromEntries(design.wordLengths),
      aliases_up_to_two_factor: Object.fromEntries(design.aliases),
      design_yates_order: design.levels,
    };
  },
  fractional_estimates: (i) => {
    const effects = fractionalEffects(
      number(i, 'factors'),
      i['generators'] as readonly string[],
      numbers(i, 'responses_yates_order'),
    );
    // a case names each estimate by one of its aliases
    return {
      effects: Object.fromEntries(
        effects.flatMap(({ word, aliases, effect }) => [word, ...aliases].map((name) => [name, effect])),
      ),
    };
  },
};
