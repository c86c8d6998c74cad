/** A probability with both tails, the smaller one computed directly so that neither loses digits. */
export interface Tails {
  readonly lower: number;
  readonly upper: number;
}

const EPSILON = 3e-16;
const MAX_TERMS = 200_000;

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Gamma(x) for x > 0. Stirling's series above 15, Lanczos (g = 7, n = 9) below. */
export function logGamma(x: number): number {
  if (x >= 15) return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + stirlingError(x);
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x);
  const z = x - 1;
  let sum = LANCZOS[0] ?? 0;
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] ?? 0) / (z + i);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** ln Gamma(x) - [(x - 1/2) ln x - x + ln(2 pi)/2]: what Stirling's formula leaves (Loader 2000). */
export function stirlingError(x: number): number {
  if (x < 15) return logGamma(x) - ((x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI));
  const r = 1 / (x * x);
  return (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - r * (691 / 360360)))))) / x;
}

/** x ln(x/m) + m - x without cancellation (Loader 2000, the deviance part). */
export function deviance(x: number, m: number): number {
  if (x === 0) return m;
  if (Math.abs(x - m) < 0.1 * (x + m)) {
    const v = (x - m) / (x + m);
    let sum = (x - m) * v;
    let term = 2 * x * v;
    for (let j = 1; j < 1000; j++) {
      term *= v * v;
      const next = sum + term / (2 * j + 1);
      if (next === sum) return next;
      sum = next;
    }
  }
  return x * Math.log(x / m) + m - x;
}

/** ln of x^a e^-x / Gamma(a + 1), by the saddle point. */
function logPoisson(a: number, x: number): number {
  if (a < 15) return a * Math.log(x) - x - logGamma(a + 1);
  return -stirlingError(a) - deviance(a, x) - 0.5 * Math.log(2 * Math.PI * a);
}

/** Regularised incomplete gamma P(a, x), Q(a, x); a > 0, x >= 0. Series below a + 1, Lentz's fraction above. */
export function incompleteGamma(a: number, x: number): Tails {
  if (Number.isNaN(x) || !(a > 0)) throw new RangeError(`incomplete gamma (${a}, ${x}) is not defined`);
  if (x <= 0) return { lower: 0, upper: 1 };
  if (!Number.isFinite(x)) return { lower: 1, upper: 0 };
  const prefactor = Math.exp(logPoisson(a, x));
  if (x < a + 1) {
    let term = 1;
    let sum = 1;
    for (let n = 1; n < MAX_TERMS; n++) {
      term *= x / (a + n);
      sum += term;
      if (term < sum * EPSILON) return smaller(prefactor * sum, 'lower');
    }
    throw new RangeError(`incomplete gamma (${a}, ${x}) did not converge`);
  }
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < MAX_TERMS; i++) {
    const an = -i * (i - a);
    b += 2;
    d = 1 / nonZero(an * d + b, tiny);
    c = nonZero(b + an / c, tiny);
    const delta = d * c;
    h *= delta;
    if (Math.abs(delta - 1) < EPSILON) return smaller(prefactor * a * h, 'upper');
  }
  throw new RangeError(`incomplete gamma (${a}, ${x}) did not converge`);
}

const nonZero = (value: number, tiny: number): number => (Math.abs(value) < tiny ? tiny : value);
const smaller = (p: number, tail: 'lower' | 'upper'): Tails => {
  const clamped = Math.min(1, Math.max(0, p));
  return tail === 'lower' ? { lower: clamped, upper: 1 - clamped } : { lower: 1 - clamped, upper: clamped };
};

/**
 * Regularised incomplete beta I_x(a, b) and its complement. `y` is 1 - x, passed apart so that neither loses digits.
 * Continued fraction of Didonato & Morris / Lentz with the saddle-point prefactor.
 */
export function incompleteBeta(a: number, b: number, x: number, y: number): Tails {
  if (Number.isNaN(x) || Number.isNaN(y) || !(a > 0) || !(b > 0))
    throw new RangeError(`incomplete beta (${a}, ${b}, ${x}) is not defined`);
  if (x <= 0) return { lower: 0, upper: 1 };
  if (y <= 0) return { lower: 1, upper: 0 };
  return x > (a + 1) / (a + b + 2)
    ? swap(smaller(betaFraction(b, a, y, x), 'lower'))
    : smaller(betaFraction(a, b, x, y), 'lower');
}

const swap = ({ lower, upper }: Tails): Tails => ({ lower: upper, upper: lower });

/** ln of x^a y^b / B(a, b). */
export function logBetaPrefactor(a: number, b: number, x: number, y: number): number {
  const n = a + b;
  if (a < 15 && b < 15) return a * Math.log(x) + b * Math.log(y) + logGamma(n) - logGamma(a) - logGamma(b);
  return (
    stirlingError(n) -
    stirlingError(a) -
    stirlingError(b) -
    deviance(a, n * x) -
    deviance(b, n * y) +
    0.5 * Math.log((a * b) / (2 * Math.PI * n))
  );
}

function betaFraction(a: number, b: number, x: number, y: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1), tiny);
  let h = d;
  for (let m = 1; m < MAX_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d, tiny);
    c = nonZero(1 + even / c, tiny);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d, tiny);
    c = nonZero(1 + odd / c, tiny);
    const delta = d * c;
    h *= delta;
    if (Math.abs(delta - 1) < EPSILON) return (Math.exp(logBetaPrefactor(a, b, x, y)) * h) / a;
  }
  throw new RangeError(`incomplete beta (${a}, ${b}, ${x}) did not converge`);
}
