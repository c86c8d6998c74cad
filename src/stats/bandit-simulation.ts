import { firstHighest, ucb1, ucb1Tuned, type ArmRewards } from './bandit.ts';
import { betaPosterior, type BetaShape } from './beta-bernoulli.ts';
import { betaSample, type Random } from './random.ts';

export type BanditPolicy =
  | { readonly kind: 'thompson'; readonly prior: BetaShape }
  | { readonly kind: 'ucb1' }
  | { readonly kind: 'ucb1_tuned' }
  | { readonly kind: 'epsilon_greedy'; readonly epsilon: number }
  | { readonly kind: 'uniform' };

export interface BanditRegret {
  /** Sum over the pulls of what the best arm's success rate is above the pulled one's, mean over replications. */
  readonly meanRegret: number;
  readonly bestArmShare: number;
}

/** Regret of a policy on arms with known success rates over `horizon` pulls. */
export function simulateBandit(
  rates: readonly number[],
  horizon: number,
  policy: BanditPolicy,
  replications: number,
  random: Random,
): BanditRegret {
  if (rates.length === 0 || !(horizon >= 1) || !(replications >= 1))
    throw new RangeError('a simulation has an arm, a pull and a replication');
  const best = Math.max(...rates);
  let regret = 0;
  let bestPulls = 0;
  for (let replication = 0; replication < replications; replication++) {
    const arms = rates.map(() => ({ pulls: 0, sum: 0, sumOfSquares: 0 }));
    for (let pull = 0; pull < horizon; pull++) {
      const chosen = choose(policy, arms, pull, random);
      const [arm, rate] = [arms[chosen], rates[chosen]];
      if (arm === undefined || rate === undefined) throw new RangeError(`there is no arm ${chosen}`);
      const reward = random() < rate ? 1 : 0;
      arm.pulls += 1;
      arm.sum += reward;
      arm.sumOfSquares += reward;
      regret += best - rate;
      if (rate === best) bestPulls += 1;
    }
  }
  return { meanRegret: regret / replications, bestArmShare: bestPulls / replications / horizon };
}

/** The next arm; policies without a prior pull each arm once first, in order. */
export function choose(
  policy: BanditPolicy,
  arms: readonly ArmRewards[],
  totalPulls: number,
  random: Random,
): number {
  switch (policy.kind) {
    case 'thompson':
      return firstHighest(
        arms.map(({ pulls, sum }) => {
          const { a, b } = betaPosterior(policy.prior, sum, pulls - sum);
          return betaSample(random, a, b);
        }),
      );
    case 'ucb1':
      return firstHighest(ucb1(arms, totalPulls));
    case 'ucb1_tuned':
      return firstHighest(ucb1Tuned(arms, totalPulls));
    case 'epsilon_greedy':
      return exploreOr(policy.epsilon, arms, random);
    case 'uniform':
      return Math.floor(random() * arms.length);
  }
}

function exploreOr(epsilon: number, arms: readonly ArmRewards[], random: Random): number {
  const unknown = arms.findIndex((arm) => arm.pulls === 0);
  if (unknown >= 0) return unknown;
  return random() < epsilon
    ? Math.floor(random() * arms.length)
    : firstHighest(arms.map((arm) => arm.sum / arm.pulls));
}
