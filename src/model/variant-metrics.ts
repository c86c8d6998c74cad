import type { Interval } from './documents.ts';

/**
 * Aggregates of one variant over its ended executions of the experiment, failures and time-outs included, excluded ones
 * left out. Times in seconds,
 * cost in USD. Null: there is not enough data. Live numbers for people: decisions are taken on those of the looks.
 */
export interface AggregatedMetrics {
  readonly variantId: string;
  readonly sampleCount: number;
  readonly executionTimeMean: number | null;
  readonly executionTimeMedian: number | null;
  readonly executionTimeStd: number | null;
  readonly executionTimeP95: number | null;
  /** 95 %, by Student's t. */
  readonly executionTimeCi: Interval | null;
  readonly totalTokensMean: number | null;
  readonly totalTokensMedian: number | null;
  readonly totalTokensSum: number;
  readonly toolCallsMean: number | null;
  /** The sum of the metric `tool_errors`, which handlers cannot meter yet: null unless it was recorded by hand. */
  readonly toolErrorsTotal: number | null;
  /** `toolErrorsTotal` / tool calls; null where either is missing. */
  readonly toolErrorRate: number | null;
  readonly successCount: number;
  readonly successRate: number | null;
  /** 95 %, Wilson's. */
  readonly successRateCi: Interval | null;
  readonly totalCost: number;
  readonly costPerExecutionMean: number | null;
  readonly customMetricsAggregated: Readonly<Record<string, CustomAggregate>>;
}

export interface CustomAggregate {
  readonly mean: number | null;
  readonly median: number | null;
  readonly std: number | null;
  readonly sum: number | null;
  readonly count: number;
}
