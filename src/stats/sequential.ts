import { normalIsf, normalSf } from './distributions.ts';
import { START, advance, survivors, upperCrossing, type Survivors } from './recursion.ts';
import { brent } from './root.ts';
import { spend, type SpendingName } from './spending.ts';

export interface SpentLook {
  /** Fisher information 1/se^2, in any unit that all looks share; increasing. */
  readonly information: number;
  /** Critical |z|; Infinity where nothing could be rejected. */
  readonly boundary: number;
}

/** An error of a look below this cannot be told from none. */
const NO_INCREMENT = 1e-300;

/**
 * Two-sided symmetric boundary of the next look: under no difference, the probability of crossing first there on one
 * side equals `increment`. Earlier boundaries are history and are used as they were. Throws RangeError unless
 * information increases.
 */
export function nextBoundary(earlier: readonly SpentLook[], information: number, increment: number): number {
  const regions = earlier.map((look) => ({
    information: look.information,
    lower: -look.boundary,
    upper: look.boundary,
  }));
  return solveBoundary(regions, information, increment);
}

/** One-sided: only the upper side stops. */
export function nextUpperBoundary(
  earlier: readonly SpentLook[],
  information: number,
  increment: number,
): number {
  const regions = earlier.map((look) => ({
    information: look.information,
    lower: -Infinity,
    upper: look.boundary,
  }));
  return solveBoundary(regions, information, increment);
}

function solveBoundary(
  regions: Parameters<typeof survivors>[0],
  information: number,
  increment: number,
): number {
  return increment > NO_INCREMENT
    ? boundaryAfter(survivors(regions, information), information, increment)
    : Infinity;
}

/** Solved in the log of the crossing probability, so that the smallest errors keep their digits. */
function boundaryAfter(state: Survivors, information: number, increment: number): number {
  if (!(increment > NO_INCREMENT)) return Infinity;
  if (state === START) return normalIsf(increment);
  const target = Math.log(increment);
  const excess = (z: number): number => Math.log(upperCrossing(state, information, z) || 1e-320) - target;
  return brent(excess, -9, 37.5, 1e-13);
}

export interface PlannedLook {
  readonly fraction: number;
  readonly information: number;
  /** Spends all that is left. */
  readonly final: boolean;
}

/** Boundaries of looks in order, two-sided: half of alpha on each side. */
export function boundaries(
  looks: readonly PlannedLook[],
  alpha: number,
  spending: SpendingName,
  parameter: number | null,
): readonly { readonly boundary: number; readonly alphaSpent: number }[] {
  let state = START;
  let spentSide = 0;
  return looks.map((look, index) => {
    const side = look.final
      ? alpha / 2
      : Math.max(spentSide, spend(spending, alpha / 2, look.fraction, parameter));
    const boundary = boundaryAfter(state, look.information, side - spentSide);
    spentSide = side;
    const following = looks[index + 1]?.information;
    if (following !== undefined)
      state = advance(state, { information: look.information, lower: -boundary, upper: boundary }, following);
    return { boundary, alphaSpent: 2 * side };
  });
}

const SMALLEST_P = 1e-250;

/**
 * Jennison & Turnbull's repeated p: the smallest alpha whose boundary at the last of the looks is crossed by |z|. A
 * function of the looks' fractions and information only; below 1e-250 it is reported as 1e-250.
 */
export function repeatedPValue(
  looks: readonly PlannedLook[],
  z: number,
  spending: SpendingName,
  parameter: number | null,
): number {
  const size = Math.abs(z);
  const excess = (logAlpha: number): number => {
    const last = boundaries(looks, Math.exp(logAlpha), spending, parameter).at(-1)?.boundary ?? Infinity;
    return Math.min(last, 60) - size;
  };
  const top = Math.log(0.9999);
  // several looks never give less than the p of one look: search upwards from there
  let low = Math.log(2 * normalSf(size) || 1e-300);
  if (low < Math.log(SMALLEST_P)) return SMALLEST_P;
  if (low >= top) return 1;
  low -= 1e-9;
  for (let stride = 0.25; ; stride *= 2) {
    const high = Math.min(top, low + stride);
    if (excess(high) <= 0) return Math.min(1, Math.exp(brent(excess, low, high, 1e-9)));
    if (high === top) return 1;
    low = high;
  }
}

/** The normal z with the same tail as t on df degrees of freedom; the sign is kept. */
export function zOfTail(statistic: number, upperTailOfAbsolute: number): number {
  if (statistic === 0) return 0;
  return Math.sign(statistic) * normalIsf(Math.min(0.5, Math.max(upperTailOfAbsolute, 1e-300)));
}
