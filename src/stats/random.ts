import jstat from 'jstat';

/** Uniform in [0, 1). */
export type Random = () => number;

/** xoshiro128** (Blackman & Vigna 2021), its state from a seed by splitmix32: the same seed, the same numbers. */
export function seededRandom(seed: number): Random {
  let mixed = seed | 0;
  const next = (): number => {
    mixed = (mixed + 0x9e3779b9) | 0;
    let z = mixed;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  let [a, b, c, d] = [next(), next(), next(), next()];
  return () => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result / 2 ** 32;
  };
}

/** A draw from Beta(a, b), a and b above 0. */
export function betaSample(random: Random, a: number, b: number): number {
  jstat.jStat.setRandom(random);
  const x = jstat.jStat.beta.sample(a, b);
  // shapes close to 0 put all mass on the ends, where the ratio of two zeros is drawn
  return Number.isNaN(x) ? (random() * (a + b) < a ? 1 : 0) : x;
}
