import type { Moments } from './moments.ts';

/** Precision ~ Gamma(alpha, rate beta), mean ~ N(mu, 1 / (lambda x precision)). */
export interface NormalGamma {
  readonly mu: number;
  readonly lambda: number;
  readonly alpha: number;
  readonly beta: number;
}

/**
 * Conjugate update by normal data of unknown mean and precision (DeGroot 1970, section 9.6). The mean's posterior is
 * Student's t with 2 alpha degrees of freedom around mu, scale sqrt(beta / (alpha lambda)).
 */
export function normalGammaPosterior(prior: NormalGamma, { n, mean, m2 }: Moments): NormalGamma {
  if (!(prior.lambda > 0 && prior.alpha > 0 && prior.beta > 0))
    throw new RangeError('lambda, alpha and beta of a normal-gamma distribution are above 0');
  const lambda = prior.lambda + n;
  const shift = mean - prior.mu;
  return {
    mu: prior.mu + shift * (n / lambda),
    lambda,
    alpha: prior.alpha + n / 2,
    beta: prior.beta + m2 / 2 + (shift * shift * n * (prior.lambda / lambda)) / 2,
  };
}
