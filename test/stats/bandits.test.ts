import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { simulateBandit } from '../../src/stats/bandit-simulation.ts';
import { epsilonGreedy, firstHighest, ucb1, ucb1Tuned } from '../../src/stats/bandit.ts';
import { batchedTest } from '../../src/stats/batched.ts';
import { betaPosterior, compareBetas } from '../../src/stats/beta-bernoulli.ts';
import { inversePropensity } from '../../src/stats/inverse-propensity.ts';
import { moments } from '../../src/stats/moments.ts';
import { normalGammaPosterior } from '../../src/stats/normal-gamma.ts';
import { betaSample, seededRandom } from '../../src/stats/random.ts';
import { values } from './arbitraries.ts';

const shape = fc.oneof(
  fc.double({ min: 0.05, max: 3, noNaN: true }),
  fc.double({ min: 3, max: 1e6, noNaN: true }),
);
const beta = fc.record({ a: shape, b: shape });

describe('random numbers', () => {
  test('one seed, one sequence; another seed, another', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  test('draws of a Beta distribution have its mean and variance', () => {
    const random = seededRandom(3);
    const { mean, m2 } = moments(Array.from({ length: 40_000 }, () => betaSample(random, 2, 5)));
    expect(mean).toBeCloseTo(2 / 7, 2);
    expect(m2 / 40_000).toBeCloseTo(10 / (49 * 8), 3);
  });

  test('shapes close to 0 give one of the ends', () => {
    const random = seededRandom(4);
    const draws = Array.from({ length: 200 }, () => betaSample(random, 1e-9, 1e-9));
    expect(draws.every((x) => x === 0 || x === 1)).toBe(true);
  });
});

describe('Beta posteriors', () => {
  test('one of two rates is better', () => {
    fc.assert(
      fc.property(beta, beta, (control, treatment) => {
        const [one, other] = [compareBetas(control, treatment), compareBetas(treatment, control)];
        expect(one.treatmentBetter + other.treatmentBetter).toBeCloseTo(1, 9);
      }),
      { numRuns: 60 },
    );
  });

  test('the losses of the two choices differ by the difference of the means', () => {
    fc.assert(
      fc.property(beta, beta, (control, treatment) => {
        const loss = compareBetas(control, treatment).lossOfTreatment;
        const other = compareBetas(treatment, control).lossOfTreatment;
        const mean = ({ a, b }: typeof control) => a / (a + b);
        expect(loss - other).toBeCloseTo(mean(control) - mean(treatment), 9);
      }),
      { numRuns: 60 },
    );
  });

  test('updates add up, and shapes that are no distribution are refused', () => {
    expect(betaPosterior(betaPosterior({ a: 1, b: 1 }, 2, 3), 4, 5)).toEqual(
      betaPosterior({ a: 1, b: 1 }, 6, 8),
    );
    expect(() => compareBetas({ a: 0, b: 1 }, { a: 1, b: 1 })).toThrow(RangeError);
  });
});

describe('normal data', () => {
  test('an update by all data is the same as one by parts', () => {
    fc.assert(
      fc.property(values(0, 10), values(0, 10), (a, b) => {
        const prior = { mu: 1, lambda: 0.5, alpha: 2, beta: 3 };
        const parts = normalGammaPosterior(normalGammaPosterior(prior, moments(a)), moments(b));
        const whole = normalGammaPosterior(prior, moments([...a, ...b]));
        expect(parts.mu).toBeCloseTo(whole.mu, 8);
        expect(parts.beta / whole.beta).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe('policies', () => {
  const arm = fc
    .integer({ min: 1, max: 1000 })
    .chain((pulls) => fc.nat(pulls).map((sum) => ({ pulls, sum, sumOfSquares: sum })));

  test('UCB1-tuned is never above UCB1, neither is below the mean', () => {
    fc.assert(
      fc.property(fc.array(arm, { minLength: 1, maxLength: 5 }), (arms) => {
        const total = arms.reduce((sum, one) => sum + one.pulls, 0);
        const [plain, tuned] = [ucb1(arms, total), ucb1Tuned(arms, total)];
        arms.forEach(({ pulls, sum }, index) => {
          expect(tuned[index]).toBeLessThanOrEqual(plain[index] ?? 0);
          expect(tuned[index]).toBeGreaterThanOrEqual(sum / pulls);
        });
      }),
    );
  });

  test('an arm that was not pulled comes first; ties go to the first', () => {
    const none = { pulls: 0, sum: 0, sumOfSquares: 0 };
    expect(firstHighest(ucb1([{ pulls: 3, sum: 3, sumOfSquares: 3 }, none, none], 3))).toBe(1);
    expect(firstHighest([1, 2, 2])).toBe(1);
  });

  test('chances add up to 1', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (arms, epsilon) => {
          const chances = epsilonGreedy(arms, arms - 1, epsilon);
          expect(chances.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
        },
      ),
    );
  });

  test('a policy that learns has less regret than one that does not', () => {
    const regret = (policy: Parameters<typeof simulateBandit>[2]) =>
      simulateBandit([0.2, 0.5], 300, policy, 200, seededRandom(1)).meanRegret;
    const uniform = regret({ kind: 'uniform' });
    expect(uniform).toBeCloseTo(45, 0);
    for (const policy of [
      { kind: 'thompson', prior: { a: 1, b: 1 } },
      { kind: 'ucb1' },
      { kind: 'ucb1_tuned' },
      { kind: 'epsilon_greedy', epsilon: 0.1 },
    ] as const)
      expect(regret(policy)).toBeLessThan(uniform / 2);
  });
});

describe('after adaptive allocation', () => {
  test('with one chance for all, both weightings are the difference of means when the arms are as planned', () => {
    fc.assert(
      fc.property(values(2, 10), (data) => {
        const units = [...data, ...data.map((x) => x + 2)].map((outcome, index) => ({
          treated: index >= data.length,
          propensity: 0.5,
          outcome,
        }));
        const result = inversePropensity(units);
        if ('kind' in result) throw new Error(result.reason);
        expect(result.horvitzThompson).toBeCloseTo(2, 8);
        expect(result.hajek).toBeCloseTo(2, 8);
      }),
    );
  });

  test('an assignment without a chance is refused', () => {
    expect(() => inversePropensity([{ treated: true, propensity: 0, outcome: 1 }])).toThrow(RangeError);
    expect(() => inversePropensity([{ treated: false, propensity: 1, outcome: 1 }])).toThrow(RangeError);
  });

  test('a batch without spread is left out', () => {
    const arm = (mean: number, variance: number) => ({ n: 9, mean, variance });
    const [full, flat] = [
      { control: arm(0, 1), treatment: arm(1, 1) },
      { control: arm(0, 0), treatment: arm(1, 0) },
    ];
    const [one, both] = [batchedTest([full]), batchedTest([full, flat])];
    if ('kind' in one || 'kind' in both) throw new Error('there is a batch');
    expect(both.z).toBe(one.z);
    expect(both.batchZ).toEqual([one.z, null]);
    expect(batchedTest([flat])).toMatchObject({ kind: 'undetermined' });
  });
});
