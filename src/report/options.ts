/** How to render. Both are facts about the terminal, which the caller knows; nothing here looks at a stream. */
export interface RenderOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

/** Results name their metrics by id only; with this the primary one has its name and its unit. */
export interface ResultsOptions extends RenderOptions {
  readonly primaryMetric?: ShownMetric;
  /** In the order of the file. */
  readonly secondaryMetrics?: readonly ShownMetric[];
}

export interface ShownMetric {
  readonly metricId: string;
  readonly name: string;
  readonly metricType: string;
}
