import type { ExperimentResults, VariantResult } from '../model/documents.ts';
import {
  belief,
  metricValue,
  interval,
  meanAndError,
  probability,
  quantity,
  signedPercent,
  unitOf,
} from './numbers.ts';
import type { ResultsOptions, ShownMetric } from './options.ts';
import { renderTable } from './table.ts';
import { clean, wrap } from './text.ts';

const NAME_WIDTH = 24;
const COLUMN_WIDTH = NAME_WIDTH + 2;

type Row = readonly [label: string, cell: (variant: VariantResult) => string];

/** Variants side by side, control first. Treatments that do not fit follow in a further table, beside control again. */
export function renderVariants(results: ExperimentResults, options: ResultsOptions): string {
  const variants = Object.values(results.variantResults);
  const controls = variants.filter((variant) => variant.isControl);
  const treatments = variants.filter((variant) => !variant.isControl);
  const rows = rowsOf(results, options);
  const labelWidth = Math.max(...rows.flatMap(([label]) => label.split('\n')).map((line) => line.length));
  const fitting = Math.max(1, Math.floor((options.width - labelWidth) / COLUMN_WIDTH) - controls.length);
  const tables: string[] = [];
  for (let from = 0; from === 0 || from < treatments.length; from += fitting) {
    const shown = [...controls, ...treatments.slice(from, from + fitting)];
    tables.push(
      renderTable(
        {
          head: ['', ...shown.map(({ name }) => wrap(clean(name), NAME_WIDTH))],
          rows: rows.map(([label, cell]) => [label, ...shown.map(cell)]),
          right: shown.map((_, index) => index + 1),
        },
        options,
      ),
    );
  }
  return tables.join('\n\n');
}

function rowsOf(results: ExperimentResults, options: ResultsOptions): readonly Row[] {
  const unit = unitOf(options.primaryMetric?.metricType);
  const primary = wrap(clean(options.primaryMetric?.name ?? 'primary metric'), NAME_WIDTH);
  const ids = Object.values(results.variantResults).flatMap((variant) =>
    Object.keys(variant.secondaryMetrics),
  );
  const named = options.secondaryMetrics ?? [];
  const unnamed = [...new Set(ids)].filter((id) => !named.some(({ metricId }) => metricId === id));
  const secondary = [...named, ...unnamed.map((id) => ({ metricId: id, name: id, metricType: '' }))];
  return [
    ['role', (variant) => roleOf(variant, results.winningVariantId)],
    ['units', (variant) => String(variant.units)],
    ['executions', (variant) => executionsOf(variant)],
    [primary, (variant) => meanAndError(variant.primaryMetricValue, variant.primaryMetricSe, unit)],
    ['  change', (variant) => signedPercent(variant.relativeChange)],
    ['  improvement', (variant) => signedPercent(variant.relativeImprovement)],
    ['  difference', (variant) => quantity(variant.difference, unit)],
    ['  its interval', (variant) => interval(variant.confidenceInterval, unit)],
    ['  p', (variant) => probability(variant.pValueAdjusted ?? variant.pValue)],
    ['  probability best', (variant) => belief(results.probabilityBest?.[variant.variantId] ?? null)],
    ...secondary.flatMap(secondaryRows),
  ];
}

function secondaryRows({ metricId: id, name, metricType }: ShownMetric): readonly Row[] {
  return [
    [
      wrap(clean(name), NAME_WIDTH),
      (variant) => metricValue(variant.secondaryMetrics[id]?.value ?? null, metricType),
    ],
    ['  change', (variant) => signedPercent(variant.secondaryMetrics[id]?.relativeChange ?? null)],
    [
      '  p',
      (variant) => {
        const result = variant.secondaryMetrics[id];
        return probability(result?.pValueAdjusted ?? result?.pValue ?? null);
      },
    ],
  ];
}

const roleOf = (variant: VariantResult, winner: string | null): string =>
  `${variant.isControl ? 'control' : 'variant'}${variant.variantId === winner ? ', winner' : ''}`;

const executionsOf = ({ executions, missing }: VariantResult): string =>
  missing === 0 ? String(executions) : `${executions} (${missing} without a value)`;
