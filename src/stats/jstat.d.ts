/** The part of jStat that is used; the package has no types. */
declare module 'jstat' {
  const jstat: {
    readonly jStat: {
      readonly normal: { readonly inv: (p: number, mean: number, std: number) => number };
    };
  };
  export default jstat;
}
