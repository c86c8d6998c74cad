import { normalIsf } from './distributions.ts';
import { cohensH } from './proportions.ts';

export interface ProportionSampleSize {
  /** Units of control, not rounded; treatment needs `ratio` times as many. */
  readonly pooled: number;
  readonly unpooled: number;
  readonly arcsine: number;
}

/**
 * Units for a two-sided comparison of two rates, the far tail neglected: variance pooled under no difference (Fleiss, Levin
 * & Paik 2003, section 4.3, no continuity correction), unpooled, and by the arcsine transformation (Cohen 1988).
 */
export function proportionSampleSize(
  rateControl: number,
  rateTreatment: number,
  alpha: number,
  power: number,
  ratio: number,
): ProportionSampleSize {
  const inside = [rateControl, rateTreatment].every((rate) => rate >= 0 && rate <= 1);
  if (!inside || rateControl === rateTreatment || !(ratio > 0) || !(power > 0 && power < 1))
    throw new RangeError(`no sample size for ${rateControl} and ${rateTreatment}, power ${power}`);
  const [zAlpha, zBeta] = [normalIsf(alpha / 2), normalIsf(1 - power)];
  const difference = rateTreatment - rateControl;
  const mean = (rateControl + ratio * rateTreatment) / (1 + ratio);
  const null_ = Math.sqrt(mean * (1 - mean) * (1 + 1 / ratio));
  const alternative = Math.sqrt(
    rateControl * (1 - rateControl) + (rateTreatment * (1 - rateTreatment)) / ratio,
  );
  const size = (zNull: number, effect: number): number => (zNull / effect) ** 2;
  return {
    pooled: size(zAlpha * null_ + zBeta * alternative, difference),
    unpooled: size((zAlpha + zBeta) * alternative, difference),
    arcsine: size((zAlpha + zBeta) * Math.sqrt(1 + 1 / ratio), cohensH(rateControl, rateTreatment)),
  };
}
