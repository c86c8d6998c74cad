import { crossingProbabilities } from './classical.ts';
import { normal, normalIsf } from './distributions.ts';
import { brent } from './root.ts';
import { boundaries } from './sequential.ts';
import type { SpendingName } from './spending.ts';

export interface GroupSequentialSize {
  /** Effect / standard error at the last look that gives the power. */
  readonly drift: number;
  /** Largest sample size over that of one look. */
  readonly inflationFactor: number;
  /** Expected share of the largest sample size under the effect. */
  readonly expectedFraction: number;
}

/** Equally spaced two-sided looks: the price of looking (Jennison & Turnbull 2000, sections 2.3 and 7.2). */
export function groupSequentialSize(
  looks: number,
  alpha: number,
  power: number,
  spending: SpendingName,
  parameter: number | null,
): GroupSequentialSize {
  if (!Number.isInteger(looks) || looks < 1 || !(power > alpha && power < 1))
    throw new RangeError(`no size for ${looks} looks of alpha ${alpha} with power ${power}`);
  const information = Array.from({ length: looks }, (_, index) => (index + 1) / looks);
  const boundary = boundaries(
    information.map((value, index) => ({ fraction: value, information: value, final: index === looks - 1 })),
    alpha,
    spending,
    parameter,
  ).map((look) => look.boundary);
  const drift = driftOf(power, alpha, (theta) =>
    crossingProbabilities(information, boundary, theta).reduce((sum, p) => sum + p, 0),
  );
  const fixed = driftOf(power, alpha, (theta) => twoSidedPower(theta, alpha));
  const stopped = crossingProbabilities(information.slice(0, -1), boundary, drift);
  return {
    drift,
    inflationFactor: (drift / fixed) ** 2,
    expectedFraction: 1 - stopped.reduce((saved, p, index) => saved + p * (1 - (information[index] ?? 1)), 0),
  };
}

/** Both sides count, as they do for the looks. */
function twoSidedPower(theta: number, alpha: number): number {
  const critical = normalIsf(alpha / 2);
  return normal(critical - theta).upper + normal(-critical - theta).lower;
}

function driftOf(power: number, alpha: number, reached: (theta: number) => number): number {
  const start = normalIsf(alpha / 2) + normalIsf(1 - power);
  return brent((theta) => reached(theta) - power, 0, 2 * start + 4, 1e-12);
}
