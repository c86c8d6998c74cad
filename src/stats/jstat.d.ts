/** The part of jStat that is used; the package has no types. */
declare module 'jstat' {
  const jstat: {
    readonly jStat: {
      readonly normal: { readonly inv: (p: number, mean: number, std: number) => number };
      readonly beta: { readonly sample: (a: number, b: number) => number };
      /** For all samplers from then on. */
      readonly setRandom: (random: () => number) => void;
    };
  };
  export default jstat;
}
