import { brent } from './root.ts';
import { incompleteBeta, incompleteGamma, logGamma } from './special.ts';
import type { Tails } from './special.ts';

/** Standard normal. Both tails from the incomplete gamma function of z^2/2. */
export function normal(z: number): Tails {
  if (z === 0) return { lower: 0.5, upper: 0.5 };
  const { lower, upper } = incompleteGamma(0.5, (z * z) / 2);
  const small = upper / 2;
  const large = 0.5 + lower / 2;
  return z > 0 ? { lower: large, upper: small } : { lower: small, upper: large };
}

export const normalSf = (z: number): number => normal(z).upper;

export const normalDensity = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/** z with upper tail p, 0 < p < 1, to full precision: a start in the log of the tail, then Newton's steps. */
export function normalIsf(p: number): number {
  if (p === 0.5) return 0;
  if (p > 0.5) return -normalIsf(1 - p);
  if (p <= 0) return Infinity;
  const t = Math.sqrt(-2 * Math.log(p));
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let step = 0; step < 20; step++) {
    const sf = normalSf(z);
    const density = normalDensity(z);
    const delta = (sf * Math.log(sf / p)) / density;
    z += delta;
    if (Math.abs(delta) <= 1e-15 * Math.max(1, Math.abs(z))) break;
  }
  return z;
}

/** Chi-square with df > 0 degrees of freedom. */
export const chiSquare = (x: number, df: number): Tails => incompleteGamma(df / 2, x / 2);

/** Above this many degrees of freedom Student's t is the normal distribution to double precision. */
const NORMAL_DF = 1e12;

/** Student's t, df > 0 (not necessarily whole). */
export function studentT(t: number, df: number): Tails {
  if (df > NORMAL_DF) return normal(t);
  if (t === 0) return { lower: 0.5, upper: 0.5 };
  const square = t * t;
  const tail = Number.isFinite(square)
    ? incompleteBeta(df / 2, 0.5, df / (df + square), square / (df + square)).lower / 2
    : 0;
  return t > 0 ? { lower: 1 - tail, upper: tail } : { lower: tail, upper: 1 - tail };
}

export const tTwoSided = (t: number, df: number): number => Math.min(1, 2 * studentT(-Math.abs(t), df).lower);

/** t with upper tail p, 0 < p <= 1/2. */
export function tIsf(p: number, df: number): number {
  if (p === 0.5) return 0;
  if (df > NORMAL_DF) return normalIsf(p);
  const target = Math.log(p);
  const excess = (x: number): number => Math.log(studentT(Math.exp(x), df).upper) - target;
  let lo = -700;
  let hi = 1;
  while (excess(hi) > 0 && hi < 700) hi += 2;
  if (excess(-30) > 0) lo = -30;
  return Math.exp(brent(excess, lo, hi, 1e-16));
}

export const tIsfTwoSided = (alpha: number, df: number): number => tIsf(alpha / 2, df);

/** F with (df1, df2) degrees of freedom. */
export function fDistribution(f: number, df1: number, df2: number): Tails {
  if (f <= 0) return { lower: 0, upper: 1 };
  if (df2 > 1e9) return chiSquare(df1 * f, df1);
  const denominator = df1 * f + df2;
  return incompleteBeta(df1 / 2, df2 / 2, (df1 * f) / denominator, df2 / denominator);
}

/** x with I_x(a, b) = p. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  return brent((x) => incompleteBeta(a, b, x, 1 - x).lower - p, 0, 1, 1e-16);
}

/**
 * Noncentral t by quadrature over the chi distribution of the scale: P(T > t) = E[Q(t S - ncp)], S = chi_df / sqrt(df).
 */
export function noncentralT(t: number, df: number, ncp: number): Tails {
  if (df > NORMAL_DF) return normal(t - ncp);
  const logNorm = Math.log(2) + (df / 2) * Math.log(df / 2) - logGamma(df / 2);
  const density = (s: number): number => Math.exp(logNorm + (df - 1) * Math.log(s) - (df * s * s) / 2);
  const spread = 1 / Math.sqrt(2 * df);
  const lo = Math.max(1e-12, 1 - 14 * spread);
  const hi = 1 + 14 * spread + 8 / df;
  const panels = 60;
  let upper = 0;
  let lower = 0;
  const width = (hi - lo) / panels;
  for (let panel = 0; panel < panels; panel++) {
    const middle = lo + (panel + 0.5) * width;
    for (const [x, w] of GAUSS_24) {
      const s = middle + (x * width) / 2;
      const weight = (w * width * density(s)) / 2;
      const tails = normal(t * s - ncp);
      upper += weight * tails.upper;
      lower += weight * tails.lower;
    }
  }
  const total = upper + lower;
  return { lower: lower / total, upper: upper / total };
}

/** Nodes and weights of Gauss-Legendre quadrature on [-1, 1] (Newton on the Legendre polynomial). */
export function gaussLegendre(n: number): readonly (readonly [number, number])[] {
  const nodes: (readonly [number, number])[] = [];
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step++) {
      let p0 = 1;
      let p1 = x;
      for (let k = 2; k <= n; k++) [p0, p1] = [p1, ((2 * k - 1) * x * p1 - (k - 1) * p0) / k];
      slope = (n * (x * p1 - p0)) / (x * x - 1);
      const delta = p1 / slope;
      x -= delta;
      if (Math.abs(delta) < 1e-16) break;
    }
    nodes.push([x, 2 / ((1 - x * x) * slope * slope)]);
  }
  return nodes;
}

export const GAUSS_24 = gaussLegendre(24);
