import { normalSf, tIsf } from '../stats/distributions.ts';
import { boundaries, nextBoundary, repeatedPValue } from '../stats/sequential.ts';
import type { PlannedLook, SpentLook } from '../stats/sequential.ts';
import { spend } from '../stats/spending.ts';
import type { Comparison, PriorLook, Rule } from './types.ts';

export interface SequentialResult {
  readonly information: number;
  /** Null: nothing could be rejected at this look. */
  readonly boundary: number | null;
  readonly alphaSpent: number;
  readonly crossed: boolean;
  /** Repeated p; null at a look that tests nothing. */
  readonly pValue: number | null;
  readonly confidenceInterval: readonly [number, number] | null;
}

/** A look that adds less than this share of the planned information is too close to the one before: no alpha for it. */
const SMALLEST_STEP = 0.01;
const SMALLEST_INCREMENT = 1e-12;
/**
 * Information is taken to grow by this share between two looks that spend, even if 1/se^2 did not. Less correlation than
 * there is makes the boundary higher: the error is never above the one spent.
 */
const SMALLEST_GROWTH = 0.01;

/**
 * The test of one look under the experiment's rule. Alpha is spent by the information fraction, the covariance between
 * looks by the measured information 1/se^2 (Lan & DeMets 1983); earlier boundaries are history and are never solved
 * again. A look too close to the one before or to the final one, or after all alpha is spent, is skipped: it has no
 * boundary and no p.
 */
export function testLook(
  rule: Rule,
  prior: readonly PriorLook[],
  comparison: Comparison,
  fraction: number,
  final: boolean,
): SequentialResult {
  const measured = Math.min(1e300, Math.max(1e-300, 1 / comparison.standardError ** 2));
  if (rule.kind === 'fixed') return fixedTest(rule, comparison, measured, final);
  const used = spendingLooks(prior);
  const last = used.at(-1);
  const information = Math.max(
    measured,
    ...prior.map((look) => look.information ?? 0),
    (last?.information ?? 0) * (1 + SMALLEST_GROWTH),
  );
  const before = prior.at(-1)?.alphaSpent ?? 0;
  const target = final
    ? rule.alpha
    : 2 * spend(rule.spending, rule.alpha / 2, fraction, rule.spendingParameter);
  // at the full sample size the final look follows at once, with more data: alpha is left to it
  const tooClose = !final && (fraction >= 1 || fraction - (last?.fraction ?? 0) < SMALLEST_STEP);
  if (tooClose || target - before < SMALLEST_INCREMENT) {
    return {
      information,
      boundary: null,
      alphaSpent: before,
      crossed: false,
      pValue: null,
      confidenceInterval: null,
    };
  }
  const boundary = nextBoundary(used, information, (target - before) / 2);
  return {
    information,
    boundary,
    alphaSpent: target,
    crossed: Math.abs(comparison.statistic) >= boundary,
    pValue: lookPValue(
      rule,
      [...used.map((look) => ({ ...look, final: false })), { fraction, information, final }],
      comparison.statistic,
    ),
    confidenceInterval: interval(comparison, normalSf(boundary)),
  };
}

/** From here on, below p = 1e-18, the recursion over earlier looks may have no digits left to search in. */
const FAR = 9;

/** The repeated p. It is never below the p of one look, which it cannot be told from where that would be crossed. */
function lookPValue(rule: Rule, looks: readonly PlannedLook[], statistic: number): number {
  const z = Math.abs(statistic);
  const oneLook = Math.max(1e-250, 2 * normalSf(z));
  if (z > FAR) {
    const last = boundaries(looks, oneLook * (1 - 1e-9), rule.spending, rule.spendingParameter).at(-1);
    if (last !== undefined && last.boundary <= z) return oneLook;
  }
  return repeatedPValue(looks, statistic, rule.spending, rule.spendingParameter);
}

/** The looks that spent alpha: the others stopped nothing, so the recursion leaves them out. */
function spendingLooks(prior: readonly PriorLook[]): readonly (SpentLook & { readonly fraction: number })[] {
  return prior.flatMap((look, index) =>
    look.information === null ||
    look.boundary === null ||
    look.alphaSpent <= (prior[index - 1]?.alphaSpent ?? 0)
      ? []
      : [{ information: look.information, boundary: look.boundary, fraction: look.informationFraction }],
  );
}

function fixedTest(
  rule: Rule,
  comparison: Comparison,
  information: number,
  final: boolean,
): SequentialResult {
  if (!final) {
    return {
      information,
      boundary: null,
      alphaSpent: 0,
      crossed: false,
      pValue: null,
      confidenceInterval: null,
    };
  }
  return {
    information,
    boundary: tIsf(rule.alpha / 2, Infinity),
    alphaSpent: rule.alpha,
    crossed: comparison.pValue <= rule.alpha,
    pValue: comparison.pValue,
    confidenceInterval: interval(comparison, rule.alpha / 2),
  };
}

/** d -+ t* se, with the t quantile of the same tail, so that the interval agrees with the test. */
export function interval(comparison: Comparison, tail: number): readonly [number, number] {
  const half = tIsf(tail, comparison.degreesOfFreedom ?? Infinity) * comparison.standardError;
  return [comparison.difference - half, comparison.difference + half];
}
