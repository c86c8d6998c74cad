import { classicalConstant, crossingProbabilities } from '../../../src/stats/classical.ts';
import {
  asymptoticSequence,
  exactRhoSquared,
  normalMixtureBoundary,
  tuningRho,
} from '../../../src/stats/confidence-sequence.ts';
import { normalSf } from '../../../src/stats/distributions.ts';
import { futilityDesign } from '../../../src/stats/futility.ts';
import { groupSequentialSize } from '../../../src/stats/group-sequential-size.ts';
import { mixtureSprt, mixtureSprtPath } from '../../../src/stats/mixture-sprt.ts';
import { oneSidedBoundaries } from '../../../src/stats/one-sided.ts';
import { boundaries, repeatedPValue, type PlannedLook } from '../../../src/stats/sequential.ts';
import { stagewise } from '../../../src/stats/stagewise.ts';
import { isUndetermined } from '../../../src/stats/undetermined.ts';
import { numeric } from '../check.ts';
import { number, numbers, objects, parameterOf, spendingOf, type Input, type Kinds } from './input.ts';

function plannedLooks(input: Input): readonly PlannedLook[] {
  const most = number(input, 'information_max');
  return numbers(input, 'information').map((information) => ({
    fraction: information / most,
    information,
    final: information >= most,
  }));
}

const solved = (input: Input, looks: readonly PlannedLook[]) =>
  boundaries(looks, number(input, 'alpha'), spendingOf(input), parameterOf(input));

export const sequentialKinds: Kinds = {
  ld_boundary: (i) => {
    const looks = solved(i, plannedLooks(i));
    return {
      z: looks.map((look) => look.boundary),
      cumulative_alpha: looks.map((look) => look.alphaSpent),
      nominal_two_sided_p: looks.map((look) => 2 * normalSf(look.boundary)),
    };
  },
  ld_online: (i) => {
    const most = number(i, 'information_max');
    const looks = solved(
      i,
      objects(i, 'looks').map((look) => ({
        fraction: number(look, 'information') / most,
        information: number(look, 'information'),
        final: look['final'] === true || number(look, 'information') >= most,
      })),
    );
    return {
      z: looks.map((look) => look.boundary),
      cumulative_alpha: looks.map((look) => look.alphaSpent),
    };
  },
  ld_boundary_one_sided: (i) => ({
    z: oneSidedBoundaries(numbers(i, 'information'), number(i, 'alpha'), spendingOf(i), parameterOf(i)),
  }),
  classical_boundary: (i) => {
    const constant = (shape: 'obrien_fleming' | 'pocock') =>
      classicalConstant(shape, number(i, 'looks'), number(i, 'alpha'));
    const [obf, pocock] = [constant('obrien_fleming'), constant('pocock')];
    return {
      obrien_fleming_constant: obf.constant,
      obrien_fleming_z: obf.boundary,
      pocock_constant: pocock.constant,
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
  gs_sample_size: (i) => {
    const size = groupSequentialSize(
      number(i, 'looks'),
      number(i, 'alpha'),
      number(i, 'power'),
      spendingOf(i),
      parameterOf(i),
    );
    return {
      drift: size.drift,
      inflation_factor: size.inflationFactor,
      expected_information_fraction_h1: size.expectedFraction,
    };
  },
  futility_nonbinding: (i) => {
    const design = futilityDesign(
      numbers(i, 'information'),
      number(i, 'alpha_one_sided'),
      number(i, 'beta'),
      spendingOf(i, 'alpha_spending'),
      spendingOf(i, 'beta_spending'),
    );
    return {
      efficacy_z: design.efficacy,
      futility_z: design.futility,
      drift: design.drift,
      inflation_factor: design.inflationFactor,
    };
  },
  stagewise: (i) => {
    const [alpha, z, at] = [number(i, 'alpha'), number(i, 'z'), number(i, 'stopped_at_look')];
    const looks = plannedLooks(i);
    const boundary = solved(i, looks).map((look) => look.boundary);
    const spent = looks.map(({ information }, k) => ({ information, boundary: boundary[k] ?? Infinity }));
    const here = spent[at - 1] ?? { information: 1, boundary: Infinity };
    const se = 1 / Math.sqrt(here.information);
    const result = stagewise({ earlier: spent.slice(0, at - 1), information: here.information, z }, alpha);
    return {
      boundaries: boundary,
      p_two_sided: result.pValue,
      estimate_naive: z * se,
      estimate_median_unbiased: result.medianUnbiased,
      ci: result.confidenceInterval,
      repeated_ci: [(z - here.boundary) * se, (z + here.boundary) * se],
      repeated_p: repeatedPValue(looks.slice(0, at), z, spendingOf(i), parameterOf(i)),
    };
  },
  msprt: (i) => {
    const result = mixtureSprt(
      number(i, 'estimate'),
      number(i, 'variance_of_estimate'),
      number(i, 'tau'),
      number(i, 'alpha'),
    );
    if (isUndetermined(result)) return result;
    return {
      log_lambda: result.logLambda,
      p_always_valid: result.pAlwaysValid,
      half_width: result.halfWidth,
    };
  },
  msprt_path: (i) => {
    const path = mixtureSprtPath(
      objects(i, 'looks').map((look) => ({
        estimate: number(look, 'estimate'),
        variance: number(look, 'variance'),
      })),
      number(i, 'tau'),
      number(i, 'alpha'),
    );
    if ('kind' in path) return path;
    return {
      p_sequence: path.map((look) => look.pValue),
      running_intersection_ci: path.map((look) => look.interval),
    };
  },
  cs_rho: (i) => ({
    rho_growthbook: tuningRho(number(i, 'alpha'), number(i, 'n_opt')),
    rho2_exact: exactRhoSquared(number(i, 'alpha'), number(i, 'n_opt')),
  }),
  cs_asymptotic: (i) => {
    const alpha = number(i, 'alpha');
    const result = asymptoticSequence(
      number(i, 'estimate'),
      number(i, 'se_squared'),
      number(i, 'n'),
      alpha,
      tuningRho(alpha, number(i, 'n_opt')),
    );
    if (isUndetermined(result)) return result;
    return {
      half_width: result.halfWidth,
      ci: result.interval,
      log_e_value: result.logEValue,
      p_always_valid: result.pAlwaysValid,
      half_width_one_sided: result.halfWidthOneSided,
    };
  },
  normal_mixture_boundary: (i) => ({
    two_sided: numbers(i, 'intrinsic_time').map((time) =>
      normalMixtureBoundary(time, number(i, 'rho'), number(i, 'alpha')),
    ),
  }),
};
