import { normalSf } from './distributions.ts';
import { GAUSS_24 } from './quadrature.ts';

/** One look at the score S = Z sqrt(I): the trial goes on while lower < Z < upper. */
export interface Region {
  /** Fisher information 1/se^2, in any unit that all looks share; increasing. */
  readonly information: number;
  readonly lower: number;
  readonly upper: number;
}

/** Density of the score among paths that have not stopped: ascending points and their probability masses. */
export interface Survivors {
  readonly points: Float64Array;
  readonly masses: Float64Array;
  readonly information: number;
}

/** Sides without a boundary are cut here, in standard deviations around the drift. */
const OPEN_SIDE_SD = 12;
/** A step of the score beyond this many standard deviations has no weight in double precision sums. */
const KERNEL_SD = 16;
/** A panel's width in the smaller neighbouring step; 24 nodes integrate a product of two normals there to 1e-20. */
const PANEL_SD = 3;
const MAX_POINTS = 200_000;

/** Before the first look everyone is at a score of 0. */
export const START: Survivors = { points: Float64Array.of(0), masses: Float64Array.of(1), information: 0 };

/**
 * Who has not stopped after the looks, in wait of the next information (Armitage, McPherson & Rowe 1969): independent
 * normal increments, integrated by panels of 24-point Gauss-Legendre quadrature.
 * Throws RangeError unless information increases.
 */
export function survivors(looks: readonly Region[], next: number, drift = 0): Survivors {
  let state = START;
  looks.forEach((look, index) => {
    const following = looks[index + 1]?.information ?? next;
    state = advance(state, look, following, drift);
  });
  if (!(next > state.information))
    throw new RangeError(`information must increase: ${next} after ${state.information}`);
  return state;
}

/** The survivors of one more look; `following` is the information of the look after it. */
export function advance(from: Survivors, look: Region, following: number, drift = 0): Survivors {
  const step = look.information - from.information;
  if (!(step > 0) || !(following > look.information)) {
    throw new RangeError(`information must increase: ${from.information}, ${look.information}, ${following}`);
  }
  const root = Math.sqrt(look.information);
  const centre = drift * root;
  const low = Math.max(look.lower, Math.min(0, centre) - OPEN_SIDE_SD) * root;
  const high = Math.min(look.upper, Math.max(0, centre) + OPEN_SIDE_SD) * root;
  if (!(high > low))
    return { points: Float64Array.of(0), masses: Float64Array.of(0), information: look.information };
  const smaller = Math.sqrt(Math.min(step, following - look.information));
  const panels = Math.max(2, Math.ceil((high - low) / (PANEL_SD * smaller)));
  const nodes = GAUSS_24.length;
  if (panels * nodes > MAX_POINTS) throw new RangeError(`looks too close together: ${panels} panels`);
  const width = (high - low) / panels;
  const points = new Float64Array(panels * nodes);
  const masses = new Float64Array(panels * nodes);
  const density = kernel(from, step, drift);
  for (let i = 0; i < points.length; i++) {
    const [x, weight] = GAUSS_24[i % nodes] ?? [0, 0];
    const s = low + (Math.floor(i / nodes) + 0.5 + x / 2) * width;
    points[i] = s;
    masses[i] = (density(s) * weight * width) / 2;
  }
  return { points, masses, information: look.information };
}

/** Density of the next score at ascending arguments: a sum over the points within reach only. */
function kernel(from: Survivors, step: number, drift: number): (s: number) => number {
  const sd = Math.sqrt(step);
  const scale = 1 / (sd * Math.sqrt(2 * Math.PI));
  let first = 0;
  return (s) => {
    const target = s - drift * step;
    while (first < from.points.length - 1 && (from.points[first] ?? 0) < target - KERNEL_SD * sd) first += 1;
    let sum = 0;
    for (let j = first; j < from.points.length; j++) {
      const z = (target - (from.points[j] ?? 0)) / sd;
      if (z < -KERNEL_SD) break;
      sum += (from.masses[j] ?? 0) * Math.exp((-z * z) / 2);
    }
    return sum * scale;
  };
}

/** P(still running, and Z >= z at the next information). */
export function upperCrossing(from: Survivors, information: number, z: number, drift = 0): number {
  const step = information - from.information;
  const sd = Math.sqrt(step);
  const limit = z * Math.sqrt(information) - drift * step;
  let sum = 0;
  for (let j = 0; j < from.points.length; j++)
    sum += (from.masses[j] ?? 0) * normalSf((limit - (from.points[j] ?? 0)) / sd);
  return sum;
}
