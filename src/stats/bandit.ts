/** What a bandit knows of an arm; rewards are scaled to [0, 1], more is better. */
export interface ArmRewards {
  readonly pulls: number;
  readonly sum: number;
  readonly sumOfSquares: number;
}

/** The lowest index of the largest value. */
export function firstHighest(values: readonly number[]): number {
  let best = 0;
  values.forEach((value, index) => {
    if (value > (values[best] ?? -Infinity)) best = index;
  });
  return best;
}

/**
 * UCB1 of each arm: mean + sqrt(2 ln t / n) (Auer, Cesa-Bianchi & Fischer 2002); Infinity for an arm that was not pulled.
 */
export const ucb1 = (arms: readonly ArmRewards[], totalPulls: number): readonly number[] =>
  arms.map((arm) => upperBound(arm, totalPulls, () => 2));

/** UCB1-tuned: mean + sqrt(ln t / n min(1/4, v + sqrt(2 ln t / n))), v the variance of the rewards (same source). */
export const ucb1Tuned = (arms: readonly ArmRewards[], totalPulls: number): readonly number[] =>
  arms.map((arm) =>
    upperBound(arm, totalPulls, (mean, bonus) =>
      Math.min(0.25, Math.max(0, arm.sumOfSquares / arm.pulls - mean * mean) + Math.sqrt(2 * bonus)),
    ),
  );

function upperBound(
  arm: ArmRewards,
  totalPulls: number,
  factor: (mean: number, bonus: number) => number,
): number {
  if (!(arm.pulls > 0)) return Infinity;
  const mean = arm.sum / arm.pulls;
  const bonus = Math.log(Math.max(1, totalPulls)) / arm.pulls;
  return mean + Math.sqrt(bonus * factor(mean, bonus));
}

/** Chances of the arms when all are explored alike, the best one too, with probability epsilon. */
export function epsilonGreedy(arms: number, best: number, epsilon: number): readonly number[] {
  if (!(epsilon >= 0 && epsilon <= 1) || !(best >= 0 && best < arms))
    throw new RangeError(`no chances for ${arms} arms, best ${best}, epsilon ${epsilon}`);
  return Array.from({ length: arms }, (_, arm) => epsilon / arms + (arm === best ? 1 - epsilon : 0));
}
