import { normalIsf } from './distributions.ts';
import type { ArmMean } from './means.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

export interface Lift {
  /** R_T / R_C - 1. */
  readonly lift: number;
  /** By the delta method: V_T / R_C^2 + R_T^2 V_C / R_C^4. */
  readonly variance: number;
  readonly deltaInterval: readonly [number, number];
  /** Fieller 1954: to be preferred where R_C is within 10 standard errors of 0; null where it is unbounded. */
  readonly fiellerInterval: readonly [number, number] | null;
}

/** Relative difference of two independent means or ratios; normal intervals. */
export function relativeLift(control: ArmMean, treatment: ArmMean, alpha: number): Lift | Undetermined {
  const ratio = treatment.mean / control.mean;
  const relativeC = control.varianceOfMean / control.mean / control.mean;
  const relativeT = treatment.varianceOfMean / control.mean / control.mean;
  const variance = relativeT + ratio * ratio * relativeC;
  if (control.mean === 0 || !Number.isFinite(variance) || !Number.isFinite(ratio))
    return undetermined('the value of control is 0, or too close to it');
  const z = normalIsf(alpha / 2);
  const half = z * Math.sqrt(variance);
  const g = z * z * relativeC;
  const fiellerHalf = (z / (1 - g)) * Math.sqrt(relativeT * (1 - g) + ratio * ratio * relativeC);
  const centre = ratio / (1 - g) - 1;
  return {
    lift: ratio - 1,
    variance,
    deltaInterval: [ratio - 1 - half, ratio - 1 + half],
    fiellerInterval: g < 1 ? [centre - fiellerHalf, centre + fiellerHalf] : null,
  };
}
