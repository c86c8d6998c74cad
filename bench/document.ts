/** What the benchmark prints. Durations are wall-clock, CPU is user and system time. */
export interface BenchDocument {
  readonly productVersion: string;
  readonly nodeVersion: string;
  readonly platform: string;
  readonly cpuModel: string;
  readonly cpuCount: number;
  readonly measuredAt: string;
  readonly settings: BenchSettings;
  readonly startUp: StartUp;
  readonly series: readonly SeriesSummary[];
  readonly ratios: readonly Ratio[];
  readonly blocks: readonly Block[];
}

export interface BenchSettings {
  readonly pairs: number;
  readonly executionsPerBlock: number;
  readonly inFlight: number;
  readonly activitiesPerExecution: number;
}

export type SeriesName = 'bare' | 'execution' | 'dataset';

export interface Block {
  readonly series: SeriesName;
  /** Blocks of one pair stand beside each other in time. */
  readonly pair: number;
  readonly executions: number;
  readonly seconds: number;
  readonly executionsPerSecond: number;
  /** Null on systems without /proc, and so in everything made of it. */
  readonly cpuSecondsPerExecution: number | null;
  readonly cpuSecondsByProcess: Readonly<Record<string, number>> | null;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface SeriesSummary {
  readonly name: SeriesName;
  readonly executionsPerSecond: Spread;
  readonly cpuSecondsPerExecution: Spread | null;
  /** Medians. */
  readonly cpuSecondsPerExecutionByProcess: Readonly<Record<string, number>> | null;
}

/** Of a series to `bare` within each pair: 1.2 is 20 % more. */
export interface Ratio {
  readonly series: SeriesName;
  readonly timePerExecution: Spread;
  readonly cpuPerExecution: Spread | null;
}

export interface StartUp {
  /** Until Temporal and Postgres answer and the schema is there. */
  readonly serversSeconds: Spread;
  /** From then until both workers poll. */
  readonly workersSeconds: Spread;
  readonly stopSeconds: Spread;
}
