import { START, advance, upperCrossing } from './recursion.ts';
import { brent } from './root.ts';
import type { SpentLook } from './sequential.ts';

export interface Stopped {
  /** Looks before the one that stopped. */
  readonly earlier: readonly SpentLook[];
  readonly information: number;
  readonly z: number;
}

/** P(a path at least as extreme upwards as this one) under drift theta: an earlier upper crossing, or z here. */
export function stagewiseUpperTail({ earlier, information, z }: Stopped, theta: number): number {
  let state = START;
  let tail = 0;
  earlier.forEach((look, index) => {
    tail += upperCrossing(state, look.information, look.boundary, theta);
    const following = earlier[index + 1]?.information ?? information;
    state = advance(
      state,
      { information: look.information, lower: -look.boundary, upper: look.boundary },
      following,
      theta,
    );
  });
  return tail + upperCrossing(state, information, z, theta);
}

export interface StagewiseResult {
  readonly pValue: number;
  readonly medianUnbiased: number;
  readonly confidenceInterval: readonly [number, number];
}

/** p, median-unbiased estimate and interval after stopping, in stage-wise order (Fairbanks & Madsen 1982; Tsiatis 1984). */
export function stagewise(stopped: Stopped, alpha: number): StagewiseResult {
  const upper = stagewiseUpperTail(stopped, 0);
  const scale = 1 / Math.sqrt(stopped.information);
  const solve = (target: number): number => {
    const excess = (theta: number): number => stagewiseUpperTail(stopped, theta) - target;
    let reach = (Math.abs(stopped.z) + 4) * scale;
    for (let step = 0; step < 60; step++, reach *= 1.5)
      if (excess(-reach) < 0 && excess(reach) > 0) return brent(excess, -reach, reach, scale * 1e-12);
    throw new RangeError(`no effect has a stage-wise tail of ${target}`);
  };
  return {
    pValue: Math.min(1, 2 * Math.min(upper, 1 - upper)),
    medianUnbiased: solve(0.5),
    confidenceInterval: [solve(alpha / 2), solve(1 - alpha / 2)],
  };
}
