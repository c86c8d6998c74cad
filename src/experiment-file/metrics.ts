import { METRIC_ID } from '../model/ids.ts';
import type { MetricSpec, MetricType } from '../model/spec.ts';
import type { Findings } from '../workflow-format/findings.ts';
import { readFields } from '../workflow-format/fields.ts';
import type { Fields, Shape } from '../workflow-format/fields.ts';
import { anyText, anything, finite, line, matching, oneOf, positive } from '../workflow-format/rules.ts';
import { show } from '../workflow-format/show.ts';
import { field, items } from '../workflow-format/spot.ts';
import type { Spot } from '../workflow-format/spot.ts';
import { refuseLater } from './not-yet.ts';

const GOALS: Readonly<Record<MetricType, 'minimize' | 'maximize'>> = {
  execution_time: 'minimize',
  token_usage: 'minimize',
  tool_calls_count: 'minimize',
  cost: 'minimize',
  success_rate: 'maximize',
};

const AGGREGATIONS = /^(mean|median|sum|p(\d{1,2}(\.\d+)?))$/;

export const METRIC_SHAPE = {
  metric_id: matching(METRIC_ID, '1 to 64 characters from A-Z a-z 0-9 _ . -').describe(
    'Unique over all metrics.',
  ),
  name: line(200).optional().describe('For people. Default: the id.'),
  description: anyText.default('').describe('Free text.'),
  metric_type: oneOf(
    'execution_time',
    'token_usage',
    'tool_calls_count',
    'success_rate',
    'cost',
    'custom',
  ).describe('What is measured. custom is not supported yet.'),
  optimization_goal: oneOf('minimize', 'maximize', 'target')
    .nullish()
    .describe(
      'Default: minimize for time, tokens, tool calls and cost; maximize for success_rate. target is not supported yet.',
    ),
  target_value: finite.nullish().describe('Of optimization_goal target. Not supported yet.'),
  equivalence_margin: positive('a number above 0')
    .nullish()
    .describe('Of optimization_goal target. Not supported yet.'),
  success_threshold: finite.nullish().describe('A winner reaches this value too.'),
  relative_improvement: positive('a fraction above 0 (0.1 is 10 %)')
    .nullish()
    .describe('A winner is estimated to be better by at least this fraction (0.1 is 10 %).'),
  aggregation_method: matching(AGGREGATIONS, 'mean, median, sum or a percentile such as p95')
    .default('mean')
    .describe('mean; median, sum and percentiles are not supported yet.'),
  value: anyText.nullish().describe('Of a custom metric. Not supported yet.'),
  ratio: anything.optional().describe('Of a custom metric. Not supported yet.'),
  kind: oneOf('numeric', 'binary', 'count').nullish().describe('Of a custom metric. Not supported yet.'),
  among: oneOf('all', 'successes').default('all').describe('all; successes is not supported yet.'),
  test: oneOf('auto', 'mann_whitney').default('auto').describe('auto; mann_whitney is not supported yet.'),
  cuped: anything.optional().describe('Not supported yet.'),
  winsorize: finite.nullish().describe('Not supported yet.'),
} satisfies Shape;

/** All metrics, the primary one first. Null in place of one that could not be read. */
export function readMetrics(
  experiment: Spot,
  findings: Findings,
): { readonly primary: MetricSpec | null; readonly secondary: readonly MetricSpec[] } {
  const primary = field(experiment, 'primary_metric');
  const secondary = items(field(experiment, 'secondary_metrics'));
  if (primary.value === undefined) {
    findings.problem(primary, 'primary_metric is missing; it is what the variants are compared by');
  }
  refuseDuplicates([primary, ...secondary], findings);
  return {
    primary: primary.value === undefined ? null : readMetric(primary, findings),
    secondary: secondary.flatMap((spot) => readMetric(spot, findings) ?? []),
  };
}

function refuseDuplicates(metrics: readonly Spot[], findings: Findings): void {
  const seen = new Set<unknown>();
  for (const metric of metrics) {
    const id = field(metric, 'metric_id');
    if (typeof id.value === 'string' && seen.has(id.value)) {
      findings.problem(id, `metric_id ${show(id.value)} is used twice; ids are unique over all metrics`);
    }
    seen.add(id.value);
  }
}

function readMetric(spot: Spot, findings: Findings): MetricSpec | null {
  const read = readFields(spot, METRIC_SHAPE, findings);
  if (read === null) return null;
  refuseLaterKeys(spot, read, findings);
  const { metric_id, metric_type: type, optimization_goal } = read;
  if (metric_id === undefined || type === undefined || type === 'custom') return null;
  const goal = optimization_goal ?? GOALS[type];
  if (goal === 'target') return null;
  checkNumbers(spot, read, type, goal, findings);
  return {
    metricId: metric_id,
    name: read.name ?? metric_id,
    description: read.description ?? '',
    metricType: type,
    optimizationGoal: goal,
    successThreshold: read.success_threshold ?? null,
    relativeImprovement: read.relative_improvement ?? null,
  };
}

function refuseLaterKeys(spot: Spot, read: Fields<typeof METRIC_SHAPE>, findings: Findings): void {
  const refuse = (key: keyof typeof METRIC_SHAPE, works: readonly unknown[], instead: string): void => {
    if (read[key] !== undefined) refuseLater(field(spot, key), works, instead, findings);
  };
  const types = Object.keys(GOALS);
  refuse('metric_type', types, `metric types that work now: ${types.join(', ')}`);
  refuse('optimization_goal', ['minimize', 'maximize'], 'minimize and maximize work now');
  refuse('target_value', [], 'it belongs to optimization_goal target');
  refuse('equivalence_margin', [], 'it belongs to optimization_goal target');
  refuse('aggregation_method', ['mean'], 'mean works now');
  refuse('value', [], 'it belongs to metric_type custom');
  refuse('ratio', [], 'it belongs to metric_type custom');
  refuse('kind', [], 'it belongs to metric_type custom');
  refuse('among', ['all'], 'all works now');
  refuse('test', ['auto'], 'auto works now');
  refuse('cuped', [], 'remove it');
  refuse('winsorize', [], 'remove it');
}

function checkNumbers(
  spot: Spot,
  read: Fields<typeof METRIC_SHAPE>,
  type: MetricType,
  goal: 'minimize' | 'maximize',
  findings: Findings,
): void {
  const { relative_improvement: improvement, success_threshold: threshold } = read;
  if (goal === 'minimize' && typeof improvement === 'number' && improvement >= 1) {
    const message = `relative_improvement is ${improvement}, must be below 1 where less is better (0.1 is 10 % less)`;
    findings.problem(field(spot, 'relative_improvement'), message);
  }
  if (type === 'success_rate' && typeof threshold === 'number' && (threshold < 0 || threshold > 1)) {
    findings.problem(
      field(spot, 'success_threshold'),
      `success_threshold is ${threshold}, must be from 0 to 1 for success_rate`,
    );
  }
}
