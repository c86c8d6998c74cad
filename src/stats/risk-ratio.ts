import { normalIsf } from './distributions.ts';
import type { Arm, Interval } from './proportions.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

export interface RelativeRisk {
  /** Treatment / control. */
  readonly riskRatio: number;
  readonly riskRatioInterval: Interval;
  readonly oddsRatio: number;
  readonly oddsRatioInterval: Interval;
  /** Risk ratio - 1. */
  readonly lift: number;
}

/**
 * Risk and odds ratio with intervals on the log scale (Katz, Baptista, Azen & Pike 1978; Woolf 1955). They need a success
 * and a failure in each arm.
 */
export function relativeRisk(control: Arm, treatment: Arm, confidence: number): RelativeRisk | Undetermined {
  const failures = (arm: Arm): number => arm.total - arm.successes;
  const cells = [control.successes, treatment.successes, failures(control), failures(treatment)];
  if (!cells.every((count) => count > 0))
    return undetermined('an arm has no success or no failure, which gives a ratio no standard error');
  const z = normalIsf((1 - confidence) / 2);
  const around = (ratio: number, variance: number): Interval => {
    const factor = Math.exp(z * Math.sqrt(variance));
    return [ratio / factor, ratio * factor];
  };
  const [rateC, rateT] = [control.successes / control.total, treatment.successes / treatment.total];
  const riskRatio = rateT / rateC;
  const oddsRatio = (treatment.successes / failures(treatment)) * (failures(control) / control.successes);
  const unexplained = (arm: Arm): number => failures(arm) / arm.successes / arm.total;
  return {
    riskRatio,
    riskRatioInterval: around(riskRatio, unexplained(control) + unexplained(treatment)),
    oddsRatio,
    oddsRatioInterval: around(
      oddsRatio,
      cells.reduce((sum, count) => sum + 1 / count, 0),
    ),
    lift: (rateT - rateC) / rateC,
  };
}
