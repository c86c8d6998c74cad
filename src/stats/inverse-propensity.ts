import { sample } from './moments.ts';
import { isUndetermined, undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

/** A unit, the chance of treatment it was assigned with (logged then), and what came of it. */
export interface WeightedUnit {
  readonly treated: boolean;
  readonly propensity: number;
  readonly outcome: number;
}

export interface InversePropensity {
  /** Treatment - control, unbiased. */
  readonly horvitzThompson: number;
  readonly standardErrorHorvitzThompson: number;
  /** Treatment - control with weights that add up to 1 in each arm: steadier, biased by O(1/n). */
  readonly hajek: number;
  /** By its influence function: sqrt(sum psi^2) / n. */
  readonly standardErrorHajek: number;
}

/**
 * Inverse-propensity weighting (Horvitz & Thompson 1952; Hajek 1971) of adaptively allocated units. RangeError for an
 * assignment that had no chance: deterministic allocations cannot be weighted.
 */
export function inversePropensity(units: readonly WeightedUnit[]): InversePropensity | Undetermined {
  const n = units.length;
  const weights = units.map(({ treated, propensity }) => {
    const chance = treated ? propensity : 1 - propensity;
    if (!(chance > 0 && chance <= 1))
      throw new RangeError(`a unit was assigned with probability ${chance}, must be in (0, 1]`);
    return 1 / chance;
  });
  const weight = (index: number, treated: boolean): number =>
    units[index]?.treated === treated ? (weights[index] ?? 0) : 0;
  const armOf = (treated: boolean) => {
    let [sum, total] = [0, 0];
    units.forEach(({ outcome }, index) => {
      sum += weight(index, treated) * outcome;
      total += weight(index, treated);
    });
    return { mean: sum / total, scale: n / total, total };
  };
  const [treatment, control] = [armOf(true), armOf(false)];
  if (treatment.total === 0 || control.total === 0) return undetermined('an arm has no unit');
  if (!units.every(({ outcome }, index) => Number.isFinite(outcome * (weights[index] ?? 0) * n)))
    return undetermined('the weighted outcomes are too large');
  const contributions = sample(
    units.map(({ outcome }, index) => (weight(index, true) - weight(index, false)) * outcome),
  );
  const influence = sample(
    units.map(
      ({ outcome }, index) =>
        weight(index, true) * treatment.scale * (outcome - treatment.mean) -
        weight(index, false) * control.scale * (outcome - control.mean),
    ),
  );
  if (isUndetermined(contributions)) return contributions;
  if (isUndetermined(influence)) return influence;
  return {
    horvitzThompson: contributions.mean,
    standardErrorHorvitzThompson: Math.sqrt(contributions.variance / n),
    hajek: treatment.mean - control.mean,
    // the influences add up to 0: their sum of squares is (n - 1) times the sample variance
    standardErrorHajek: Math.sqrt((influence.variance * (n - 1)) / n) / Math.sqrt(n),
  };
}
