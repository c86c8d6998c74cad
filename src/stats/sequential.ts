import { GAUSS_24, normalIsf, normalSf } from './distributions.ts';
import { brent } from './root.ts';

export type SpendingName = 'obrien_fleming' | 'pocock' | 'kim_demets' | 'hwang_shih_decani';

/**
 * Cumulative error spent at information fraction t in [0, 1]; Lan & DeMets 1983, Kim & DeMets 1987, Hwang, Shih & DeCani
 * 1990. `alpha` is the error of the side that is spent.
 */
export function spend(name: SpendingName, alpha: number, fraction: number, parameter: number | null): number {
  const t = Math.min(1, Math.max(0, fraction));
  if (t === 0) return 0;
  if (t === 1) return alpha;
  switch (name) {
    case 'obrien_fleming':
      return 2 * normalSf(normalIsf(alpha / 2) / Math.sqrt(t));
    case 'pocock':
      return alpha * Math.log1p((Math.E - 1) * t);
    case 'kim_demets':
      return alpha * t ** (parameter ?? 3);
    case 'hwang_shih_decani': {
      const gamma = parameter ?? -4;
      return gamma === 0 ? alpha * t : (alpha * Math.expm1(-gamma * t)) / Math.expm1(-gamma);
    }
  }
}

export interface SpentLook {
  /** Fisher information 1/se^2, in any unit that all looks share; increasing. */
  readonly information: number;
  /** Critical |z|; Infinity where nothing could be rejected. */
  readonly boundary: number;
}

const HALF_WIDTH_SD = 12;

/** Density of the score on a grid of points with weights, among paths that have not crossed. */
type Grid = readonly { readonly s: number; readonly mass: number }[];

/**
 * Two-sided symmetric boundary of the next look: the probability, under no difference, of crossing first there on one
 * side equals `increment` (Armitage, McPherson & Rowe 1969). Earlier boundaries are history and are used as they were.
 */
export function nextBoundary(earlier: readonly SpentLook[], information: number, increment: number): number {
  if (!(increment > 1e-300)) return Infinity;
  const grid = survivors(earlier, information);
  const last = earlier.at(-1)?.information ?? 0;
  const sd = Math.sqrt(information - last);
  const root = Math.sqrt(information);
  const target = Math.log(increment);
  const excess = (z: number): number => {
    const crossing = grid.reduce((sum, { s, mass }) => sum + mass * normalSf((z * root - s) / sd), 0);
    return Math.log(Math.max(crossing, 1e-320)) - target;
  };
  return brent(excess, -9, 37, 1e-13);
}

function survivors(looks: readonly SpentLook[], next: number): Grid {
  let grid: Grid = [{ s: 0, mass: 1 }];
  let before = 0;
  looks.forEach(({ information, boundary }, index) => {
    const following = looks[index + 1]?.information ?? next;
    const sd = Math.sqrt(information - before);
    const limit = Math.min(boundary, HALF_WIDTH_SD) * Math.sqrt(information);
    const widest = Math.sqrt(Math.min(information - before, following - information));
    const panels = Math.max(2, Math.ceil((2 * limit) / widest));
    const width = (2 * limit) / panels;
    const points: { s: number; mass: number }[] = [];
    for (let panel = 0; panel < panels; panel++) {
      const middle = -limit + (panel + 0.5) * width;
      for (const [x, w] of GAUSS_24) {
        const s = middle + (x * width) / 2;
        let density = 0;
        for (const from of grid) {
          const z = (s - from.s) / sd;
          if (z * z < 1400) density += from.mass * Math.exp((-z * z) / 2);
        }
        points.push({ s, mass: (density * w * width) / 2 / (sd * Math.sqrt(2 * Math.PI)) });
      }
    }
    grid = points;
    before = information;
  });
  return grid;
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
  const history: SpentLook[] = [];
  let spentSide = 0;
  return looks.map((look) => {
    const side = look.final ? alpha / 2 : Math.max(spentSide, spend(spending, alpha / 2, look.fraction, parameter));
    const boundary = nextBoundary(history, look.information, side - spentSide);
    spentSide = side;
    history.push({ information: look.information, boundary });
    return { boundary, alphaSpent: 2 * side };
  });
}

/** The smallest alpha whose boundary at the last of the looks is crossed by |z| (Jennison & Turnbull's repeated p). */
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
  if (excess(top) > 0) return 1;
  const bottom = Math.log(1e-14);
  if (excess(bottom) < 0) return 1e-14;
  return Math.exp(brent(excess, bottom, top, 1e-10));
}

/** The normal z with the same tail as t on df degrees of freedom; the sign is kept. */
export function zOfTail(statistic: number, upperTailOfAbsolute: number): number {
  if (statistic === 0) return 0;
  return Math.sign(statistic) * normalIsf(Math.max(upperTailOfAbsolute, 1e-300));
}

