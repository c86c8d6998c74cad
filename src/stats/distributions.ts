import jstat from 'jstat';
import { logNormalTail, normalPart } from './normal-tail.ts';
import { brent } from './root.ts';
import { incompleteBeta, incompleteGamma, logGamma } from './special.ts';
import type { Tails } from './special.ts';

/** Standard normal. */
export function normal(z: number): Tails {
  if (Number.isNaN(z)) throw new RangeError('the normal distribution of NaN is not defined');
  const { part, p } = normalPart(Math.abs(z));
  const small = part === 'centre' ? 0.5 - p : p;
  const large = part === 'centre' ? 0.5 + p : 1 - p;
  return z > 0 ? { lower: large, upper: small } : { lower: small, upper: large };
}

/** P(Z > z). */
export const normalSf = (z: number): number => normal(z).upper;

/** z with upper tail p, 0 <= p <= 1, to full precision: Newton's steps on the log of the smaller tail. */
export function normalIsf(p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a tail probability lies in [0, 1], not ${p}`);
  if (p === 0.5) return 0;
  if (p > 0.5) return -normalIsf(1 - p);
  if (p === 0) return Infinity;
  const target = Math.log(p);
  let z = -jstat.jStat.normal.inv(p, 0, 1);
  for (let step = 0; step < 50; step++) {
    const log = z < 1 ? Math.log(normalSf(z)) : logNormalTail(z);
    const hazard = Math.exp((-z * z) / 2 - 0.5 * Math.log(2 * Math.PI) - log);
    const delta = (log - target) / hazard;
    z += delta;
    if (Math.abs(delta) <= 4e-16 * Math.max(1, Math.abs(z))) break;
  }
  return z;
}

/** Chi-square with df > 0 degrees of freedom. */
export function chiSquare(x: number, df: number): Tails {
  if (Number.isNaN(x) || !(df > 0)) throw new RangeError(`chi-square (${x}, ${df}) is not defined`);
  return incompleteGamma(df / 2, x / 2);
}

/** Above this many degrees of freedom Student's t is turned to a normal z, whose error is then below 1e-15. */
export const NORMAL_DF = 1e5;

/** Student's t, df > 0 (not necessarily whole). */
export function studentT(t: number, df: number): Tails {
  if (Number.isNaN(t) || !(df > 0)) throw new RangeError(`Student's t (${t}, ${df}) is not defined`);
  if (df > NORMAL_DF) return normal(Math.sign(t) * normalEquivalent(Math.abs(t), df));
  if (t === 0) return { lower: 0.5, upper: 0.5 };
  const tail = studentTail(Math.abs(t), df);
  return t > 0 ? { lower: 1 - tail, upper: tail } : { lower: tail, upper: 1 - tail };
}

/** Hill 1970 (algorithm 395): the z of the same tail, from the log of the density and its first two corrections. */
function normalEquivalent(t: number, df: number): number {
  if (df === Infinity || t > 1e100) return t;
  const a = df - 0.5;
  const b = 48 * a * a;
  const y = a * Math.log1p((t * t) / df);
  const second = (((-0.4 * y - 3.3) * y - 24) * y - 85.5) / (0.8 * y * y + 100 + b);
  return ((second + y + 3) / b + 1) * Math.sqrt(y);
}

function studentTail(t: number, df: number): number {
  const x = df / t / t;
  if (x < 1e-200) {
    // the leading term of the incomplete beta: t^2 may be beyond double precision
    const logX = Math.log(df) - 2 * Math.log(t);
    const logBeta = logGamma(df / 2) + logGamma(0.5) - logGamma(df / 2 + 0.5);
    return Math.min(0.5, Math.exp((df / 2) * logX - Math.log(df) - logBeta));
  }
  const square = t * t;
  return incompleteBeta(df / 2, 0.5, df / (df + square), square / (df + square)).lower / 2;
}

/** P(|T| > |t|). */
export const tTwoSided = (t: number, df: number): number => Math.min(1, 2 * studentT(-Math.abs(t), df).lower);

/** t with upper tail p, 0 <= p <= 1/2. */
export function tIsf(p: number, df: number): number {
  if (!(p >= 0 && p <= 0.5)) throw new RangeError(`the upper tail of t lies in [0, 1/2], not ${p}`);
  if (p === 0.5) return 0;
  if (p === 0) return Infinity;
  if (df === Infinity) return normalIsf(p);
  const target = Math.log(p);
  const excess = (x: number): number => Math.log(studentT(Math.exp(x), df).upper || 1e-320) - target;
  const hi = highest(excess, 1);
  if (hi === null) return Number.MAX_VALUE;
  return Math.exp(brent(excess, excess(-30) > 0 ? -30 : -700, hi, 1e-16));
}

/** The first argument above `from` where a falling function is not positive; null above e^709. */
function highest(f: (x: number) => number, from: number): number | null {
  for (let x = from; x < 709; x += 2) if (f(x) <= 0) return x;
  return null;
}

/** t with P(|T| > t) = alpha. */
export const tIsfTwoSided = (alpha: number, df: number): number => tIsf(alpha / 2, df);

/** F with (df1, df2) degrees of freedom. */
export function fDistribution(f: number, df1: number, df2: number): Tails {
  if (Number.isNaN(f) || !(df1 > 0) || !(df2 > 0))
    throw new RangeError(`F (${f}, ${df1}, ${df2}) is not defined`);
  if (f <= 0) return { lower: 0, upper: 1 };
  if (f === Infinity) return { lower: 1, upper: 0 };
  if (df2 > 1e9) return chiSquare(df1 * f, df1);
  const ratio = (df1 / df2) * f;
  const rest = ratio < 1e300 ? 1 / (1 + ratio) : df2 / df1 / f;
  return incompleteBeta(df1 / 2, df2 / 2, 1 / (1 + 1 / ratio), rest);
}

/** x with I_x(a, b) = p: a root in the logit of x, on the log of the smaller tail. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1 && a > 0 && b > 0))
    throw new RangeError(`no beta quantile of ${p} with (${a}, ${b})`);
  if (p === 0) return 0;
  if (p === 1) return 1;
  const target = p <= 0.5 ? Math.log(p) : Math.log1p(-p);
  const excess = (logit: number): number => {
    const tails = incompleteBeta(a, b, 1 / (1 + Math.exp(-logit)), 1 / (1 + Math.exp(logit)));
    return p <= 0.5 ? Math.log(tails.lower || 1e-320) - target : target - Math.log(tails.upper || 1e-320);
  };
  return 1 / (1 + Math.exp(-brent(excess, -700, 700, 1e-15)));
}
