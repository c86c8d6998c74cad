/** The part of asciichart that is used; the package has no types. */
declare module 'asciichart' {
  interface PlotConfig {
    readonly min: number;
    readonly max: number;
    readonly height: number;
    /** Column of the axis, counted after the label. */
    readonly offset: number;
    readonly format: (value: number) => string;
    /** Axis at the first value, axis, two unused, level, four corners, vertical. */
    readonly symbols: readonly string[];
  }
  const asciichart: { readonly plot: (series: readonly number[], config: PlotConfig) => string };
  export default asciichart;
}
