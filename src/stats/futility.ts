import { normalIsf } from './distributions.ts';
import { oneSidedBoundaries } from './one-sided.ts';
import { START, advance, upperCrossing, type Survivors } from './recursion.ts';
import { brent } from './root.ts';
import { spend, type SpendingName } from './spending.ts';

export interface FutilityDesign {
  readonly efficacy: readonly number[];
  /** Stop for futility below; equal to the efficacy boundary at the last look, -Infinity where nothing is spent. */
  readonly futility: readonly number[];
  /** Effect / standard error at the last look that is found with probability 1 - beta. */
  readonly drift: number;
  /** Largest sample size over that of one look. */
  readonly inflationFactor: number;
}

/** Boundaries that are further apart have not met. */
const FAR = 50;

/**
 * One-sided efficacy boundaries that ignore futility, and futility boundaries that spend beta under the drift at which both
 * meet at the last look (Pampallona, Tsiatis & Kim 2001). Information is a share of the last look's; ignoring a futility
 * boundary never raises the error rate.
 */
export function futilityDesign(
  information: readonly number[],
  alpha: number,
  beta: number,
  alphaSpending: SpendingName,
  betaSpending: SpendingName,
): FutilityDesign {
  const most = information.at(-1) ?? 0;
  if (!(most > 0) || !(alpha > 0 && beta > 0 && alpha + beta < 1))
    throw new RangeError(`no design with alpha ${alpha}, beta ${beta} and ${information.length} looks`);
  const fractions = information.map((value) => value / most);
  const efficacy = oneSidedBoundaries(fractions, alpha, alphaSpending, null);
  const spent = fractions.map((fraction) => spend(betaSpending, beta, fraction, null));
  const lowerAt = (drift: number): readonly number[] => futilityBoundaries(fractions, efficacy, spent, drift);
  const gap = (drift: number): number =>
    Math.min(FAR, Math.max(-FAR, (lowerAt(drift).at(-1) ?? 0) - (efficacy.at(-1) ?? 0)));
  const single = normalIsf(alpha) + normalIsf(beta);
  const drift = brent(gap, single * 0.5, single * 3 + 3, 1e-11);
  return {
    efficacy,
    futility: [...lowerAt(drift).slice(0, -1), efficacy.at(-1) ?? 0],
    drift,
    inflationFactor: (drift / single) ** 2,
  };
}

/**
 * z below which the chance, under the drift, of getting there and being lower is the beta that the look spends. Once the
 * boundaries have met, nobody is left and the rest is the boundary of efficacy.
 */
function futilityBoundaries(
  fractions: readonly number[],
  efficacy: readonly number[],
  spent: readonly number[],
  drift: number,
): readonly number[] {
  let state: Survivors = START;
  let met = false;
  return fractions.map((fraction, index) => {
    const upper = efficacy[index] ?? Infinity;
    const increment = (spent[index] ?? 0) - (spent[index - 1] ?? 0);
    const last = index === fractions.length - 1;
    const lower = met ? Infinity : lowerBoundary(state, fraction, increment, drift);
    met ||= lower >= upper && !last;
    const following = fractions[index + 1];
    if (following !== undefined && !met)
      state = advance(state, { information: fraction, lower, upper }, following, drift);
    return lower;
  });
}

/** -Infinity where nothing is spent, Infinity where all who are left may stop. */
function lowerBoundary(state: Survivors, information: number, increment: number, drift: number): number {
  if (!(increment > 1e-300)) return -Infinity;
  const mass = state.masses.reduce((sum, one) => sum + one, 0);
  const below = (z: number): number => Math.max(0, mass - upperCrossing(state, information, z, drift));
  const excess = (z: number): number => below(z) - increment;
  const reach = Math.abs(drift) + 40;
  return excess(reach) <= 0 ? Infinity : brent(excess, -reach, reach, 1e-12);
}
