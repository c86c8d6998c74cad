import { normalIsf } from './distributions.ts';
import { START, advance, upperCrossing } from './recursion.ts';
import { brent } from './root.ts';

/** P(|Z| reaches its boundary first at each look) under drift theta; information increases. */
export function crossingProbabilities(
  information: readonly number[],
  boundary: readonly number[],
  theta = 0,
): readonly number[] {
  let state = START;
  return information.map((value, index) => {
    const z = Math.max(0, boundary[index] ?? Infinity);
    const mass = state.masses.reduce((sum, one) => sum + one, 0);
    const crossing = upperCrossing(state, value, z, theta) + mass - upperCrossing(state, value, -z, theta);
    const following = information[index + 1];
    if (following !== undefined)
      state = advance(state, { information: value, lower: -z, upper: z }, following, theta);
    return Math.max(0, crossing);
  });
}

/** Constants of K equally spaced looks: O'Brien & Fleming's z_k = C sqrt(K/k), Pocock's z_k = C (two-sided). */
export function classicalConstant(
  shape: 'obrien_fleming' | 'pocock',
  looks: number,
  alpha: number,
): { readonly constant: number; readonly boundary: readonly number[] } {
  const information = Array.from({ length: looks }, (_, index) => index + 1);
  const boundary = (constant: number): readonly number[] =>
    information.map((k) => (shape === 'pocock' ? constant : constant * Math.sqrt(looks / k)));
  const excess = (constant: number): number =>
    Math.log(crossingProbabilities(information, boundary(constant)).reduce((sum, p) => sum + p, 0) / alpha);
  const single = normalIsf(alpha / 2);
  // between one look and Bonferroni's bound
  const constant = looks === 1 ? single : brent(excess, single, normalIsf(alpha / 2 / looks), 1e-11);
  return { constant, boundary: boundary(constant) };
}
