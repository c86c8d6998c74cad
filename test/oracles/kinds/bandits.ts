import { simulateBandit, type BanditPolicy } from '../../../src/stats/bandit-simulation.ts';
import { epsilonGreedy, firstHighest, ucb1, ucb1Tuned } from '../../../src/stats/bandit.ts';
import { batchedTest } from '../../../src/stats/batched.ts';
import { betaPosterior, compareBetas } from '../../../src/stats/beta-bernoulli.ts';
import { inversePropensity } from '../../../src/stats/inverse-propensity.ts';
import { moments } from '../../../src/stats/moments.ts';
import { normalGammaPosterior } from '../../../src/stats/normal-gamma.ts';
import { seededRandom } from '../../../src/stats/random.ts';
import { isUndetermined } from '../../../src/stats/undetermined.ts';
import { armSample, number, numbers, object, objects, text, type Input, type Kinds } from './input.ts';

function policyOf(input: Input): BanditPolicy {
  const kind = text(input, 'algorithm');
  switch (kind) {
    case 'thompson': {
      const [a = 1, b = 1] = numbers(input, 'prior');
      return { kind, prior: { a, b } };
    }
    case 'epsilon_greedy':
      return { kind, epsilon: number(input, 'epsilon') };
    case 'ucb1':
    case 'ucb1_tuned':
    case 'uniform':
      return { kind };
    default:
      throw new RangeError(`unknown algorithm ${kind}`);
  }
}

export const banditKinds: Kinds = {
  thompson_beta: (i) => {
    const [a = 1, b = 1] = numbers(i, 'prior');
    const [control, treatment] = [object(i, 'control'), object(i, 'treatment')].map((arm) =>
      betaPosterior({ a, b }, number(arm, 'successes'), number(arm, 'failures')),
    );
    if (control === undefined || treatment === undefined) return {};
    const result = compareBetas(control, treatment);
    return {
      posterior_control: [control.a, control.b],
      posterior_treatment: [treatment.a, treatment.b],
      prob_treatment_better: result.treatmentBetter,
      expected_loss_choose_treatment: result.lossOfTreatment,
    };
  },
  normal_gamma_posterior: (i) => {
    const posterior = normalGammaPosterior(
      {
        mu: number(i, 'mu0'),
        lambda: number(i, 'lambda0'),
        alpha: number(i, 'alpha0'),
        beta: number(i, 'beta0'),
      },
      moments(numbers(i, 'data')),
    );
    return { mu: posterior.mu, lam: posterior.lambda, alpha: posterior.alpha, beta: posterior.beta };
  },
  ucb: (i) => {
    const arms = objects(i, 'arms').map((arm) => ({
      pulls: number(arm, 'pulls'),
      sum: number(arm, 'sum_rewards'),
      sumOfSquares: number(arm, 'sum_squared_rewards'),
    }));
    const total = number(i, 'total_pulls');
    return {
      ucb1: ucb1(arms, total),
      ucb1_tuned: ucb1Tuned(arms, total),
      choice_ucb1: firstHighest(ucb1(arms, total)),
      choice_tuned: firstHighest(ucb1Tuned(arms, total)),
    };
  },
  epsilon_greedy: (i) => ({
    probabilities: epsilonGreedy(number(i, 'arms'), number(i, 'best'), number(i, 'epsilon')),
  }),
  bandit_regret: (i) => {
    const regret = simulateBandit(
      numbers(i, 'probabilities'),
      number(i, 'horizon'),
      policyOf(i),
      Math.max(2_000, number(i, 'replications_at_least')),
      seededRandom(1),
    );
    return { mean_regret: regret.meanRegret, mean_best_arm_share: regret.bestArmShare };
  },
  batched_z: (i) => {
    const result = batchedTest(
      objects(i, 'batches').map((batch) => ({
        control: armSample(batch, 'control'),
        treatment: armSample(batch, 'treatment'),
      })),
    );
    if (isUndetermined(result)) return result;
    return { batch_z: result.batchZ, z: result.z, p_value: result.pValue };
  },
  ipw: (i) => {
    const [propensity, outcome] = [numbers(i, 'propensity_treatment'), numbers(i, 'outcome')];
    const result = inversePropensity(
      numbers(i, 'assigned').map((assigned, index) => ({
        treated: assigned === 1,
        propensity: propensity[index] ?? 0,
        outcome: outcome[index] ?? 0,
      })),
    );
    if (isUndetermined(result)) return result;
    return {
      horvitz_thompson: result.horvitzThompson,
      se_horvitz_thompson: result.standardErrorHorvitzThompson,
      hajek: result.hajek,
      se_hajek: result.standardErrorHajek,
    };
  },
};
