import type { ValueAggregate, VariantAggregates } from '../db/variant-metrics.ts';
import type { Interval } from '../model/documents.ts';
import type { AggregatedMetrics, CustomAggregate } from '../model/variant-metrics.ts';
import { tIsfTwoSided } from '../stats/distributions.ts';
import { wilson } from '../stats/proportions.ts';

const CONFIDENCE = 0.95;
const NONE: ValueAggregate = { mean: null, median: null, std: null, p95: null, sum: null, count: 0 };
/** Of the product; every other name is a metric of the user's own. */
const STANDARD = new Set(['execution_time', 'token_usage', 'tool_calls_count', 'tool_errors', 'cost']);

/** The aggregates of the public JSON from those of the rows. */
export function aggregatedMetrics(variant: VariantAggregates): AggregatedMetrics {
  const of = (name: string): ValueAggregate => variant.values[name] ?? NONE;
  const time = of('execution_time');
  const tokens = of('token_usage');
  const calls = of('tool_calls_count');
  const errors = of('tool_errors');
  const cost = of('cost');
  const { ended, successes } = variant;
  return {
    variantId: variant.variantId,
    sampleCount: ended,
    executionTimeMean: time.mean,
    executionTimeMedian: time.median,
    executionTimeStd: time.std,
    executionTimeP95: time.p95,
    executionTimeCi: meanInterval(time),
    totalTokensMean: tokens.mean,
    totalTokensMedian: tokens.median,
    totalTokensSum: tokens.sum ?? 0,
    toolCallsMean: calls.mean,
    toolErrorsTotal: errors.sum,
    toolErrorRate:
      errors.sum === null || calls.sum === null || calls.sum === 0 ? null : errors.sum / calls.sum,
    successCount: successes,
    successRate: ended === 0 ? null : successes / ended,
    successRateCi: ended === 0 ? null : wilson({ successes, total: ended }, CONFIDENCE),
    totalCost: cost.sum ?? 0,
    costPerExecutionMean: cost.mean,
    customMetricsAggregated: Object.fromEntries(
      Object.entries(variant.values)
        .filter(([name]) => !STANDARD.has(name))
        .map(([name, aggregate]) => [name, custom(aggregate)]),
    ),
  };
}

/** mean ± t(0.975, n - 1) · s / √n. */
function meanInterval({ mean, std, count }: ValueAggregate): Interval | null {
  if (mean === null || std === null || count < 2) return null;
  const half = (tIsfTwoSided(1 - CONFIDENCE, count - 1) * std) / Math.sqrt(count);
  return [mean - half, mean + half];
}

const custom = ({ mean, median, std, sum, count }: ValueAggregate): CustomAggregate => ({
  mean,
  median,
  std,
  sum,
  count,
});
