import { clusteredSampleSize, normalSampleSize } from '../../../src/stats/power-normal.ts';
import { proportionSampleSize } from '../../../src/stats/power-proportions.ts';
import { tTestDetectableEffect, tTestPower, tTestSampleSize } from '../../../src/stats/power.ts';
import { cohensH } from '../../../src/stats/proportions.ts';
import { number, type Kinds } from './input.ts';

export const powerKinds: Kinds = {
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
  power_two_proportions_n: (i) => {
    const [control, treatment] = [number(i, 'p_control'), number(i, 'p_treatment')];
    const size = proportionSampleSize(
      control,
      treatment,
      number(i, 'alpha'),
      number(i, 'power'),
      number(i, 'ratio'),
    );
    return {
      n_control_pooled: size.pooled,
      n_control_unpooled: size.unpooled,
      n_control_arcsine: size.arcsine,
      cohens_h: cohensH(control, treatment),
    };
  },
  power_z_total: (i) => {
    const size = normalSampleSize(
      number(i, 'sd'),
      number(i, 'mde_absolute'),
      number(i, 'alpha'),
      number(i, 'power'),
      number(i, 'treatment_weight'),
    );
    return { n_total: size.total, inflation_vs_balanced: size.inflation };
  },
  design_effect: (i) => {
    const size = clusteredSampleSize(
      number(i, 'effect_size'),
      number(i, 'alpha'),
      number(i, 'power'),
      number(i, 'mean_cluster_size'),
      number(i, 'icc'),
      number(i, 'cv_cluster_size'),
    );
    return {
      design_effect: size.designEffect,
      n_iid_per_arm: size.independentPerArm,
      n_obs_per_arm: size.observationsPerArm,
      n_users_per_arm: size.usersPerArm,
    };
  },
};
