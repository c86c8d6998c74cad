import { deviance, incompleteBeta, logBetaPrefactor } from './special.ts';

/** A Beta(a, b) distribution of a success rate. */
export interface BetaShape {
  readonly a: number;
  readonly b: number;
}

/** Conjugate update by Bernoulli outcomes. */
export const betaPosterior = (prior: BetaShape, successes: number, failures: number): BetaShape => ({
  a: prior.a + successes,
  b: prior.b + failures,
});

export interface BetaComparison {
  /** P(rate of treatment > rate of control). */
  readonly treatmentBetter: number;
  /** E[max(control - treatment, 0)]: what choosing treatment is expected to cost. */
  readonly lossOfTreatment: number;
}

/** Steps of the trapezoidal rule in standard deviations of the logit, and the weight (its log) at which it ends. */
const STEP_SD = 0.25;
const NEGLIGIBLE = -40;
/** Below, rates closer to 0 than the smallest double would count. */
const SMALLEST_SHAPE = 0.05;

/**
 * Two independent Beta rates compared, by the trapezoidal rule over the logit of the narrower one: there its density is
 * analytic and bell-shaped, so that the rule converges exponentially; the other one enters by its tails. RangeError for
 * shapes below 0.05.
 */
export function compareBetas(control: BetaShape, treatment: BetaShape): BetaComparison {
  for (const { a, b } of [control, treatment])
    if (!(a >= SMALLEST_SHAPE && b >= SMALLEST_SHAPE && a + b < Infinity))
      throw new RangeError(`Beta(${a}, ${b}): its shapes must be finite and at least ${SMALLEST_SHAPE}`);
  const treatmentIsNarrower = logitSd(treatment) <= logitSd(control);
  const [narrow, wide] = treatmentIsNarrower ? [treatment, control] : [control, treatment];
  let total = 0;
  let wideIsLess = 0;
  let wideIsMore = 0;
  let shortfall = 0;
  let excess = 0;
  for (const [x, y, weight] of logitNodes(narrow)) {
    const tails = incompleteBeta(wide.a, wide.b, x, y);
    // E max(x - W, 0) = (x - m) P(W < x) + x^a y^b / ((a + b) B(a, b)), m = a / (a + b)
    const gap = (x * wide.b - y * wide.a) / (wide.a + wide.b);
    const corner = Math.exp(logBetaPrefactor(wide.a, wide.b, x, y)) / (wide.a + wide.b);
    total += weight;
    wideIsLess += weight * tails.lower;
    wideIsMore += weight * tails.upper;
    shortfall += weight * Math.max(0, gap * tails.lower + corner);
    excess += weight * Math.max(0, -gap * tails.upper + corner);
  }
  return treatmentIsNarrower
    ? { treatmentBetter: wideIsLess / total, lossOfTreatment: excess / total }
    : { treatmentBetter: wideIsMore / total, lossOfTreatment: shortfall / total };
}

/** Close enough for small shapes, where the tails of the logit are exponential. */
const logitSd = ({ a, b }: BetaShape): number => Math.hypot(1 / a, 1 / Math.sqrt(a), 1 / b, 1 / Math.sqrt(b));

/** x, 1 - x and the unnormalised mass around them, from the mode outwards. */
function* logitNodes({ a, b }: BetaShape): Generator<readonly [number, number, number]> {
  const mode = Math.log(a / b);
  const step = STEP_SD * Math.min(1, Math.sqrt(1 / a + 1 / b));
  for (const direction of [-1, 1]) {
    for (let i = direction === 1 ? 0 : 1; ; i++) {
      const logit = mode + direction * i * step;
      const [x, y] = [1 / (1 + Math.exp(-logit)), 1 / (1 + Math.exp(logit))];
      const log = -deviance(a, (a + b) * x) - deviance(b, (a + b) * y);
      if (!(log > NEGLIGIBLE)) break;
      yield [x, y, Math.exp(log)];
    }
  }
}
