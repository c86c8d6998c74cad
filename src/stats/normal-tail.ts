// Rational approximations of Cody 1969 (Math. Comp. 23, 631), in the form of his algorithm 715 (1993), function ANORM:
// numerators and denominators near 0, to sqrt(32), and beyond. The error is below 1e-15 of the smaller tail.
const NEAR = {
  above: [2.2352520354606837, 161.02823106855587, 1067.6894854603709, 18154.98125334356, 0.06568233791820745],
  below: [47.202581904688245, 976.0985517377767, 10260.932208618979, 45507.78933502673],
};
const MIDDLE = {
  above: [
    0.39894151208813466, 8.883149794388377, 93.50665613217785, 597.2702763948002, 2494.5375852903726,
    6848.190450536283, 11602.65143764735, 9842.714838383978, 1.0765576773720192e-8,
  ],
  below: [
    22.266688044328117, 235.387901782625, 1519.3775994075547, 6485.558298266761, 18615.571640885097,
    34900.95272114598, 38912.00328609327, 19685.429676859992,
  ],
};
const FAR = {
  above: [
    0.215898534057957, 0.12740116116024736, 0.022235277870649807, 0.0014216191932278934,
    2.9112874951168793e-5, 0.023073441764940174,
  ],
  below: [
    1.284260096144911, 0.4682382124808651, 0.06598813786892856, 0.0037823963320275824, 7.297515550839662e-5,
  ],
};
const NEAR_END = 0.67448975;
const FAR_START = Math.sqrt(32);
/** The tail is 0 in double precision. */
const NO_TAIL = 40;
const DENSITY_AT_0 = 1 / Math.sqrt(2 * Math.PI);

/** The last of `above` leads; both polynomials have the degree of `below`. */
function ratio({ above, below }: typeof NEAR, x: number): number {
  const last = below.length;
  let numerator = (above[last] ?? 0) * x;
  let denominator = x;
  for (let i = 0; i < last - 1; i++) {
    numerator = (numerator + (above[i] ?? 0)) * x;
    denominator = (denominator + (below[i] ?? 0)) * x;
  }
  return (numerator + (above[last - 1] ?? 0)) / (denominator + (below[last - 1] ?? 0));
}

/** P(0 < Z < z) for 0 <= z < 0.67, P(Z > z) above: what is computed directly, the other tail follows from it. */
export function normalPart(z: number): { readonly part: 'centre' | 'tail'; readonly p: number } {
  if (z < NEAR_END) return { part: 'centre', p: z * ratio(NEAR, z * z) };
  return { part: 'tail', p: z > NO_TAIL ? 0 : bell(z) * millsPart(z) };
}

/** ln P(Z > z) for z >= 0.67, also where the tail is below the smallest double. */
export const logNormalTail = (z: number): number => (-z * z) / 2 + Math.log(millsPart(z));

/** P(Z > z) e^(z^2/2). */
function millsPart(z: number): number {
  if (z <= FAR_START) return ratio(MIDDLE, z);
  const x = 1 / (z * z);
  return (DENSITY_AT_0 - x * ratio(FAR, x)) / z;
}

/** e^(-z^2/2), the exponent split so that its rounding does not grow with z. */
function bell(z: number): number {
  const coarse = Math.trunc(z * 16) / 16;
  return Math.exp((-coarse * coarse) / 2) * Math.exp((-(z - coarse) * (z + coarse)) / 2);
}
