import { tIsfTwoSided } from './distributions.ts';
import { noncentralT } from './noncentral-t.ts';
import { brent } from './root.ts';

/** Power of the two-sided two-sample t test; n of control, ratio = n of treatment / n of control; df >= 1. */
export function tTestPower(effectSize: number, nControl: number, alpha: number, ratio: number): number {
  const df = nControl * (1 + ratio) - 2;
  if (!(df >= 1)) throw new RangeError(`a t test needs 3 units, there are ${df + 2}`);
  const ncp = effectSize * Math.sqrt((nControl * ratio) / (1 + ratio));
  const critical = tIsfTwoSided(alpha, df);
  return noncentralT(critical, df, ncp).upper + noncentralT(-critical, df, ncp).lower;
}

/**
 * Units of control (not rounded) that give the power; treatment needs ratio times as many. Never below three units in
 * both arms together. Throws RangeError for an effect size that no sample within e^40 units can find.
 */
export function tTestSampleSize(effectSize: number, alpha: number, power: number, ratio: number): number {
  if (!(alpha > 0 && alpha < 1 && power > 0 && power < 1 && ratio > 0) || Number.isNaN(effectSize)) {
    throw new RangeError(
      `no sample size for effect ${effectSize}, alpha ${alpha}, power ${power}, ratio ${ratio}`,
    );
  }
  const excess = (logN: number): number =>
    tTestPower(Math.abs(effectSize), Math.exp(logN), alpha, ratio) - power;
  const fewest = Math.log(3.0000001 / (1 + ratio));
  if (excess(fewest) >= 0) return Math.exp(fewest);
  let low = fewest;
  for (let high = low + 1; high < 40; high += 1) {
    if (excess(high) >= 0) return Math.exp(brent(excess, low, high, 1e-13));
    low = high;
  }
  throw new RangeError(`an effect size of ${effectSize} is too small for any sample`);
}

/** The smallest effect size found with the power by nControl units of control; 0 for a power of alpha or less. */
export function tTestDetectableEffect(nControl: number, alpha: number, power: number, ratio: number): number {
  const excess = (effect: number): number => tTestPower(effect, nControl, alpha, ratio) - power;
  if (excess(0) >= 0) return 0;
  let high = 1;
  while (excess(high) < 0 && high < 1e12) high *= 2;
  return brent(excess, 0, high, 1e-14);
}
