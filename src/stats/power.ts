import { noncentralT, tIsfTwoSided } from './distributions.ts';
import { brent } from './root.ts';

/** Power of the two-sided two-sample t test; n of control, ratio = n of treatment / n of control. */
export function tTestPower(effectSize: number, nControl: number, alpha: number, ratio: number): number {
  const df = nControl * (1 + ratio) - 2;
  const ncp = effectSize * Math.sqrt((nControl * ratio) / (1 + ratio));
  const critical = tIsfTwoSided(alpha, df);
  return noncentralT(critical, df, ncp).upper + noncentralT(-critical, df, ncp).lower;
}

/** Units of control that give the power; treatment needs ratio times as many. */
export function tTestSampleSize(effectSize: number, alpha: number, power: number, ratio: number): number {
  const excess = (logN: number): number => tTestPower(Math.abs(effectSize), Math.exp(logN), alpha, ratio) - power;
  const lowest = Math.log(2.000001 / (1 + ratio) + 1e-6);
  let hi = Math.log(10);
  while (excess(hi) < 0 && hi < 40) hi += 1;
  return Math.exp(brent(excess, Math.max(lowest, hi > Math.log(10) ? hi - 1 : lowest), hi, 1e-13));
}
