import { normalIsf, normalSf } from './distributions.ts';

export type SpendingName = 'obrien_fleming' | 'pocock' | 'kim_demets' | 'hwang_shih_decani';

/**
 * Cumulative error spent at information fraction t in [0, 1]; Lan & DeMets 1983, Kim & DeMets 1987, Hwang, Shih & DeCani
 * 1990. `alpha` is the error of the side that is spent. The parameter is Kim & DeMets' power (3) or Hwang, Shih &
 * DeCani's gamma (-4).
 */
export function spend(name: SpendingName, alpha: number, fraction: number, parameter: number | null): number {
  if (Number.isNaN(fraction)) throw new RangeError('the information fraction is not a number');
  const t = Math.min(1, Math.max(0, fraction));
  if (t === 0) return 0;
  if (t === 1) return alpha;
  switch (name) {
    case 'obrien_fleming':
      return 2 * normalSf(normalIsf(alpha / 2) / Math.sqrt(t));
    case 'pocock':
      return alpha * Math.log1p((Math.E - 1) * t);
    case 'kim_demets':
      return alpha * t ** (parameter ?? 3);
    case 'hwang_shih_decani':
      return alpha * hwangShihDecani(t, parameter ?? -4);
  }
}

/** (1 - e^(-gamma t)) / (1 - e^(-gamma)), also where e^(-gamma) is beyond double precision. */
function hwangShihDecani(t: number, gamma: number): number {
  if (gamma === 0) return t;
  if (gamma > 0) return Math.expm1(-gamma * t) / Math.expm1(-gamma);
  return (Math.exp(gamma * (1 - t)) * Math.expm1(gamma * t)) / Math.expm1(gamma);
}
