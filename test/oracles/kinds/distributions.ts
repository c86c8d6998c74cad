import * as d from '../../../src/stats/distributions.ts';
import { noncentralT } from '../../../src/stats/noncentral-t.ts';
import { number, type Kinds } from './input.ts';

export const distributionKinds: Kinds = {
  dist_chi2_sf: (i) => ({ p: d.chiSquare(number(i, 'x'), number(i, 'df')).upper }),
  dist_f_sf: (i) => ({ p: d.fDistribution(number(i, 'f'), number(i, 'df1'), number(i, 'df2')).upper }),
  dist_nct_sf: (i) => ({ ...noncentralT(number(i, 't'), number(i, 'df'), number(i, 'ncp')) }),
  dist_normal_isf: (i) => ({ z: d.normalIsf(number(i, 'upper_tail')) }),
  dist_normal_sf: (i) => ({ p: d.normalSf(number(i, 'z')) }),
  dist_t_isf_two_sided: (i) => ({ t: d.tIsfTwoSided(number(i, 'alpha'), number(i, 'df')) }),
  dist_t_two_sided: (i) => ({ p: d.tTwoSided(number(i, 't'), number(i, 'df')) }),
};
