import type { AggregatedMetrics } from '../model/variant-metrics.ts';
import { figure, interval, percent, quantity } from './numbers.ts';
import type { RenderOptions } from './options.ts';
import { renderTable } from './table.ts';
import { clean } from './text.ts';

type Row = readonly [label: string, cell: (variant: AggregatedMetrics) => string];

const ROWS: readonly Row[] = [
  ['executions', (variant) => String(variant.sampleCount)],
  ['execution time, mean', (variant) => quantity(variant.executionTimeMean, 's')],
  ['  its 95 % interval', (variant) => interval(variant.executionTimeCi, 's')],
  ['  median', (variant) => quantity(variant.executionTimeMedian, 's')],
  ['  standard deviation', (variant) => quantity(variant.executionTimeStd, 's')],
  ['  95 % quantile', (variant) => quantity(variant.executionTimeP95, 's')],
  ['success rate', (variant) => percent(variant.successRate)],
  ['  its 95 % interval', (variant) => share(variant.successRateCi)],
  ['  successes', (variant) => String(variant.successCount)],
  ['tokens, mean', (variant) => figure(variant.totalTokensMean)],
  ['  median', (variant) => figure(variant.totalTokensMedian)],
  ['  sum', (variant) => figure(variant.totalTokensSum)],
  ['tool calls, mean', (variant) => figure(variant.toolCallsMean)],
  ['  errors', (variant) => figure(variant.toolErrorsTotal)],
  ['  error rate', (variant) => percent(variant.toolErrorRate)],
  ['cost, mean', (variant) => quantity(variant.costPerExecutionMean, 'USD')],
  ['  sum', (variant) => quantity(variant.totalCost, 'USD')],
];

const share = (bounds: readonly [number, number] | null): string =>
  bounds === null ? percent(null) : `${figure(bounds[0] * 100)} to ${percent(bounds[1])}`;

/** Variants side by side. */
export function renderVariantMetrics(variants: readonly AggregatedMetrics[], options: RenderOptions): string {
  const names = new Set(variants.flatMap((variant) => Object.keys(variant.customMetricsAggregated)));
  const rows: readonly Row[] = [...ROWS, ...[...names].flatMap(customRows)];
  return renderTable(
    {
      head: ['', ...variants.map((variant) => clean(variant.variantId))],
      rows: rows.map(([label, cell]) => [label, ...variants.map(cell)]),
      right: variants.map((_, index) => index + 1),
    },
    options,
  );
}

function customRows(name: string): readonly Row[] {
  const row = (label: string, key: 'mean' | 'median' | 'std' | 'sum' | 'count'): Row => [
    label,
    (variant) => figure(variant.customMetricsAggregated[name]?.[key] ?? null),
  ];
  return [
    row(`${clean(name)}, mean`, 'mean'),
    row('  median', 'median'),
    row('  standard deviation', 'std'),
    row('  sum', 'sum'),
    row('  values', 'count'),
  ];
}
