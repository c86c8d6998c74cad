import { expect, test } from 'vitest';
import { parseExperimentConfig } from '../../src/experiment-file/config.ts';
import { experimentConfig } from './configs.ts';

const parse = (keys: Readonly<Record<string, unknown>> = {}) =>
  parseExperimentConfig(experimentConfig(keys), { baseDir: null });

test('every default is filled in', async () => {
  const { spec, dataset, warnings } = await parse();
  expect(spec).toEqual({
    name: 'Greeting',
    description: '',
    hypothesis: '',
    tags: {},
    createdBy: null,
    unit: 'user_id',
    variants: ['a', 'b'].map((id) => ({
      variantId: id,
      name: id,
      description: '',
      workflowType: 'stategraph',
      workflowConfig: { graph_definition: { nodes: ['greet'] } },
      parameterOverrides: {},
      isControl: id === 'a',
      trafficWeight: 0.5,
      tags: {},
    })),
    primaryMetric: {
      metricId: 'time',
      name: 'time',
      description: '',
      metricType: 'execution_time',
      optimizationGoal: 'minimize',
      successThreshold: null,
      relativeImprovement: null,
    },
    secondaryMetrics: [],
    minSampleSize: 100,
    maxDurationSeconds: null,
    maxIterations: null,
    stallAfterMs: 3_600_000,
    significanceLevel: 0.05,
    statisticalPower: 0.8,
    confidenceInterval: 0.95,
    allocation: { strategy: 'sticky', hash: 'victor', salt: '' },
    decision: {
      rule: 'fixed',
      spending: 'obrien_fleming',
      spendingParameter: null,
      looks: { kind: 'count', count: 5 },
      checkIntervalMs: 30_000,
    },
    concurrency: 20,
    timeouts: { executionMs: 600_000, nodeMs: 300_000 },
    profile: 'live',
  });
  expect(dataset).toBeNull();
  expect(warnings).toEqual([]);
});

test('the values of the contract, written out, are its defaults', async () => {
  const written = await parse({
    description: '',
    unit: 'user_id',
    secondary_metrics: [],
    guardrail_metrics: [],
    min_sample_size: 100,
    max_duration_seconds: null,
    max_iterations: null,
    significance_level: 0.05,
    statistical_power: 0.8,
    confidence_interval: 0.95,
    enable_early_stopping: false,
    targeting_rules: {},
    allocation: { strategy: 'sticky', hash: 'victor', salt: '', coverage: 1, holdout: 0, namespace: null },
    decision: {
      rule: 'fixed',
      spending: 'obrien_fleming',
      looks: { count: 5 },
      check_interval: '30s',
      futility: 'none',
      correction: 'holm',
      stop_when: 'first_winner',
      min_executions_per_unit: 1,
    },
    concurrency: 20,
    timeouts: { execution: '10m', node: '5m' },
    success_when: null,
    dimensions: [],
    profile: 'live',
  });
  expect(written).toEqual(await parse());
});

test('values reach the spec', async () => {
  const { spec } = await parse({
    hypothesis: 'b is faster',
    tags: { team: 'search' },
    created_by: 'ada',
    unit: 'session',
    secondary_metrics: [
      { metric_id: 'ok', name: 'Success', metric_type: 'success_rate', success_threshold: 0.9 },
      { metric_id: 'usd', metric_type: 'cost', optimization_goal: 'maximize', relative_improvement: 2 },
    ],
    min_sample_size: 2,
    max_duration_seconds: '1h30m',
    max_iterations: 1000,
    stall_after: 90,
    allocation: { salt: 'pepper' },
    decision: {
      rule: 'group_sequential',
      spending: 'kim_demets',
      spending_parameter: 3,
      looks: { every: '10m' },
    },
    timeouts: { execution: 1.5 },
    concurrency: 1000,
  });
  expect(spec).toMatchObject({
    hypothesis: 'b is faster',
    tags: { team: 'search' },
    createdBy: 'ada',
    unit: 'session',
    secondaryMetrics: [
      { metricId: 'ok', optimizationGoal: 'maximize', successThreshold: 0.9 },
      { metricId: 'usd', optimizationGoal: 'maximize', relativeImprovement: 2 },
    ],
    minSampleSize: 2,
    maxDurationSeconds: 5400,
    maxIterations: 1000,
    stallAfterMs: 90_000,
    allocation: { salt: 'pepper' },
    decision: {
      rule: 'group_sequential',
      spending: 'kim_demets',
      spendingParameter: 3,
      looks: { kind: 'every', everyMs: 600_000 },
    },
    timeouts: { executionMs: 1500, nodeMs: 300_000 },
    concurrency: 1000,
  });
});

test.each([
  [{}, 'fixed'],
  [{ enable_early_stopping: false }, 'fixed'],
  [{ enable_early_stopping: true }, 'group_sequential'],
  [{ decision: { rule: 'group_sequential' } }, 'group_sequential'],
  [{ enable_early_stopping: true, decision: { rule: 'group_sequential' } }, 'group_sequential'],
  [{ enable_early_stopping: true, decision: { looks: { count: 3 } } }, 'group_sequential'],
])('%j decides by the rule %s', async (keys, rule) => {
  expect((await parse(keys)).spec.decision.rule).toBe(rule);
});

test('no control, no end, and a threshold that is not used are warnings', async () => {
  const config = experimentConfig({ stall_after: null, early_stopping_threshold: 0.99 });
  const given = config['variants'] as Record<string, unknown>[];
  const variants = given.map((variant) => ({ ...variant, is_control: false }));
  const { spec, warnings } = await parseExperimentConfig({ ...config, variants }, { baseDir: null });
  expect(warnings.map(({ code }) => code)).toEqual([
    'CONTROL_DEFAULTED',
    'EARLY_STOPPING_THRESHOLD_UNUSED',
    'NO_END',
  ]);
  expect(spec.variants.map(({ isControl }) => isControl)).toEqual([true, false]);
});
