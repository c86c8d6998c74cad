import { expect, test } from 'vitest';
import { parseExperimentConfig } from '../../src/experiment-file/config.ts';
import { experimentConfig, refusal } from './configs.ts';

const problems = (keys: Readonly<Record<string, unknown>>) =>
  refusal(() => parseExperimentConfig(experimentConfig(keys), { baseDir: null }));

const variants = (...changes: Readonly<Record<string, unknown>>[]) => ({
  variants: changes.map((change, index) => ({
    variant_id: 'ab'[index] ?? `v${index}`,
    workflow_type: 'stategraph',
    is_control: index === 0,
    workflow_config: { graph_definition: { nodes: ['greet'] } },
    ...change,
  })),
});

const primary = (change: Readonly<Record<string, unknown>>) => ({
  primary_metric: { metric_id: 'time', metric_type: 'execution_time', ...change },
});

const DURATION = 'a duration such as 30s, 10m or 1h30m, or seconds';

test.each<[string, Readonly<Record<string, unknown>>, string]>([
  [
    'an unknown key',
    { min_sample_sise: 3 },
    'min_sample_sise: unknown key min_sample_sise; did you mean min_sample_size?',
  ],
  [
    'no name',
    { name: undefined },
    'name: name is missing, must be a text of one line that is not empty, at most 200 characters',
  ],
  [
    'an empty name',
    { name: ' ' },
    'name: name is " ", must be a text of one line that is not empty, at most 200 characters',
  ],
  [
    'a number as name',
    { name: 7 },
    'name: name is 7, must be a text of one line that is not empty, at most 200 characters',
  ],
  [
    'tags that are no texts',
    { tags: { a: 1 } },
    'tags.a: a is 1, must be a text (put quotes around numbers and true or false)',
  ],
  [
    'no variants',
    { variants: undefined },
    'variants: variants is missing; an experiment compares at least 2',
  ],
  ['one variant', variants({}), 'variants: variants holds 1, must hold at least 2'],
  ['variants as a map', { variants: {} }, 'variants: variants is an empty map, must be a list'],
  [
    'a bad variant id',
    variants({ variant_id: 'a b' }, {}),
    'variants[0].variant_id: variant_id is "a b", must be 1 to 64 characters from A-Z a-z 0-9 _ . -',
  ],
  [
    'a variant id twice',
    variants({}, { variant_id: 'a' }),
    'variants[1].variant_id: variant_id "a" is used twice; ids are unique',
  ],
  [
    'a reserved variant id',
    variants({ variant_id: '__proto__' }, {}),
    'variants[0].variant_id: variant_id __proto__ is reserved',
  ],
  [
    'two controls',
    variants({}, { is_control: true }),
    'variants[1].is_control: is_control is true on 2 variants, must be true on exactly one',
  ],
  [
    'weights that do not sum to 1',
    variants({ traffic_weight: 0.5 }, { traffic_weight: 0.4 }),
    'variants[0].traffic_weight: traffic weights sum to 0.9, must be 1 (a 0.5, b 0.4)',
  ],
  [
    'a weight on one variant',
    variants({ traffic_weight: 0.5 }, {}),
    'variants[1].traffic_weight: traffic_weight is missing on b; give it on all variants or on none (equal shares)',
  ],
  [
    'a weight of 0',
    variants({ traffic_weight: 1 }, { traffic_weight: 0 }),
    'variants[1].traffic_weight: traffic_weight is 0, must be a number above 0',
  ],
  [
    'an unknown workflow type',
    variants({ workflow_type: 'ymal' }, {}),
    'variants[0].workflow_type: workflow_type is "ymal", must be one of yaml, stategraph, definition',
  ],
  [
    'no primary metric',
    { primary_metric: undefined },
    'primary_metric: primary_metric is missing; it is what the variants are compared by',
  ],
  [
    'a metric id twice',
    { secondary_metrics: [{ metric_id: 'time', metric_type: 'cost' }] },
    'secondary_metrics[0].metric_id: metric_id "time" is used twice; ids are unique over all metrics',
  ],
  [
    'an improvement of 1000 %',
    primary({ relative_improvement: 10 }),
    'primary_metric.relative_improvement: relative_improvement is 10, must be below 1 where less is better (0.1 is 10 % less)',
  ],
  [
    'an improvement of 0',
    primary({ relative_improvement: 0 }),
    'primary_metric.relative_improvement: relative_improvement is 0, must be a fraction above 0 (0.1 is 10 %)',
  ],
  [
    'a sample size of 1',
    { min_sample_size: 1 },
    'min_sample_size: min_sample_size is 1, must be an integer from 2 to 2147483647',
  ],
  [
    'a broken sample size',
    { min_sample_size: 2.5 },
    'min_sample_size: min_sample_size is 2.5, must be an integer from 2 to 2147483647',
  ],
  [
    'not a number',
    { significance_level: Number.NaN },
    'significance_level: significance_level is NaN, must be finite',
  ],
  ['infinity', { max_iterations: Infinity }, 'max_iterations: max_iterations is Infinity, must be finite'],
  [
    'a percentage',
    { confidence_interval: 95 },
    'confidence_interval: confidence_interval is 95, must be a fraction between 0 and 1, such as 0.95',
  ],
  [
    'a duration without unit',
    { stall_after: '10' },
    `stall_after: stall_after is "10", must be ${DURATION} (1 ms to 3650 days)`,
  ],
  [
    'a check interval that is too short',
    { decision: { check_interval: '99ms' } },
    `decision.check_interval: check_interval is "99ms", must be ${DURATION} (100 ms to 3650 days)`,
  ],
  ['no concurrency', { concurrency: 0 }, 'concurrency: concurrency is 0, must be an integer from 1 to 1000'],
  [
    'too many looks',
    { decision: { looks: { count: 51 } } },
    'decision.looks.count: count is 51, must be an integer from 1 to 50',
  ],
  [
    'two kinds of looks',
    { decision: { looks: { count: 5, every: '1h' } } },
    'decision.looks: looks holds both count and every, must hold one: {count: 5} or {every: 10m}',
  ],
  [
    'no kind of looks',
    { decision: { looks: {} } },
    'decision.looks: looks holds neither count nor every, must hold one: {count: 5} or {every: 10m}',
  ],
  [
    'spending without its parameter',
    { decision: { spending: 'kim_demets' } },
    'decision.spending: spending kim_demets needs spending_parameter (its power, above 0, such as 3)',
  ],
  [
    'a parameter that is not positive',
    { decision: { spending: 'kim_demets', spending_parameter: -1 } },
    'decision.spending_parameter: spending_parameter is -1, must be above 0 for kim_demets',
  ],
  [
    'a parameter without use',
    { decision: { spending: 'pocock', spending_parameter: 3 } },
    'decision.spending_parameter: spending_parameter is for kim_demets and hwang_shih_decani; pocock has none',
  ],
  [
    'early stopping against the rule',
    { enable_early_stopping: true, decision: { rule: 'fixed' } },
    'enable_early_stopping: enable_early_stopping is true but decision.rule is fixed; use decision.rule group_sequential, or set enable_early_stopping to false',
  ],
  [
    'the rule against early stopping',
    { enable_early_stopping: false, decision: { rule: 'group_sequential' } },
    'enable_early_stopping: enable_early_stopping is false but decision.rule is group_sequential; use decision.rule fixed, or set enable_early_stopping to true',
  ],
  [
    'a NUL character',
    { description: 'a\0b' },
    'description: description holds a NUL character, which Postgres cannot store',
  ],
  [
    'half a character',
    { description: '\ud83d' },
    'description: description holds half of a surrogate pair, which is not Unicode text',
  ],
  ['a date', { tags: { day: new Date(0) } }, 'tags.day: day is a Date, which is not JSON'],
  [
    'a key that objects swallow',
    { tags: JSON.parse('{"__proto__": "x"}') as unknown },
    'tags.__proto__: the key __proto__ cannot be used',
  ],
  [
    'no value',
    { min_sample_size: null },
    'min_sample_size: min_sample_size is empty, must be an integer from 2 to 2147483647',
  ],
])('%s', async (_, keys, message) => {
  expect(await problems(keys)).toEqual([message]);
});

test.each<[Readonly<Record<string, unknown>>, string]>([
  [
    { targeting_rules: { users: ['a'] } },
    'targeting_rules: targeting_rules is not supported yet; leave it out; every execution takes part',
  ],
  [
    { guardrail_metrics: [{ metric_id: 'g' }] },
    'guardrail_metrics: guardrail_metrics is not supported yet; leave it out; secondary_metrics are reported beside the primary metric',
  ],
  [variants({}, {}, {}), 'variants[2]: 3 variants are not supported yet; an experiment compares 2 now'],
  [
    { decision: { rule: 'always_valid' } },
    'decision.rule: decision.rule always_valid is not supported yet; fixed and group_sequential work now',
  ],
  [
    { decision: { futility: 'non_binding' } },
    'decision.futility: decision.futility non_binding is not supported yet; none works now',
  ],
  [
    { decision: { correction: 'dunnett' } },
    'decision.correction: decision.correction dunnett is not supported yet; holm works now',
  ],
  [
    { decision: { stop_when: 'all' } },
    'decision.stop_when: decision.stop_when all is not supported yet; first_winner works now',
  ],
  [
    { decision: { min_executions_per_unit: 2 } },
    'decision.min_executions_per_unit: decision.min_executions_per_unit 2 is not supported yet; 1 works now',
  ],
  [
    { allocation: { strategy: 'random' } },
    'allocation.strategy: allocation.strategy random is not supported yet; sticky works now',
  ],
  [
    { allocation: { hash: 'statsig' } },
    'allocation.hash: allocation.hash statsig is not supported yet; victor works now',
  ],
  [
    { allocation: { coverage: 0.5 } },
    'allocation.coverage: allocation.coverage 0.5 is not supported yet; 1 works now',
  ],
  [
    { allocation: { holdout: 0.1 } },
    'allocation.holdout: allocation.holdout 0.1 is not supported yet; 0 works now',
  ],
  [
    { allocation: { namespace: { name: 'x' } } },
    'allocation.namespace: allocation.namespace is not supported yet; null works now',
  ],
  [
    { success_when: 'ok == true' },
    'success_when: success_when ok == true is not supported yet; null works now: an execution succeeds when it ends without failure',
  ],
  [{ dimensions: ['tier'] }, 'dimensions: dimensions is not supported yet; leave it out'],
  [{ profile: 'simulated' }, 'profile: profile simulated is not supported yet; live works now'],
  [{ seed: 1 }, 'seed: seed 1 is not supported yet; it belongs to profile simulated'],
  [
    primary({ metric_type: 'custom' }),
    'primary_metric.metric_type: primary_metric.metric_type custom is not supported yet; metric types that work now: execution_time, token_usage, tool_calls_count, cost, success_rate',
  ],
  [
    primary({ optimization_goal: 'target' }),
    'primary_metric.optimization_goal: primary_metric.optimization_goal target is not supported yet; minimize and maximize work now',
  ],
  [
    primary({ aggregation_method: 'p95' }),
    'primary_metric.aggregation_method: primary_metric.aggregation_method p95 is not supported yet; mean works now',
  ],
  [
    primary({ value: 'x' }),
    'primary_metric.value: primary_metric.value x is not supported yet; it belongs to metric_type custom',
  ],
  [
    primary({ ratio: { numerator: 'a' } }),
    'primary_metric.ratio: primary_metric.ratio is not supported yet; it belongs to metric_type custom',
  ],
  [
    primary({ kind: 'count' }),
    'primary_metric.kind: primary_metric.kind count is not supported yet; it belongs to metric_type custom',
  ],
  [
    primary({ among: 'successes' }),
    'primary_metric.among: primary_metric.among successes is not supported yet; all works now',
  ],
  [
    primary({ test: 'mann_whitney' }),
    'primary_metric.test: primary_metric.test mann_whitney is not supported yet; auto works now',
  ],
  [
    primary({ cuped: { covariate: 'x' } }),
    'primary_metric.cuped: primary_metric.cuped is not supported yet; remove it',
  ],
  [
    primary({ winsorize: 0.99 }),
    'primary_metric.winsorize: primary_metric.winsorize 0.99 is not supported yet; remove it',
  ],
])('a later capability is refused: %j', async (keys, message) => {
  expect(await problems(keys)).toEqual([message]);
});

test('a later capability still has a type', async () => {
  expect(await problems({ decision: { futility: 'sometimes' }, dimensions: [1] })).toEqual([
    'decision.futility: futility is "sometimes", must be one of none, non_binding',
    'dimensions[0]: dimensions[0] is 1, must be a text',
  ]);
});

test('every problem at once, in the order of the document', async () => {
  const config = {
    name: '',
    min_sample_size: 0,
    variants: [{ variant_id: 'x y', workflow_type: 'yaml', workflow_config: { path: 'w.yaml' } }, 7],
    primary_metric: [],
    inputs: { jsonl: 'x' },
    extra: 1,
  };
  const places = (await refusal(() => parseExperimentConfig(config, { baseDir: null }))).map(
    (line) => line.split(':')[0],
  );
  expect(places).toEqual([
    'name',
    'min_sample_size',
    'variants[0].variant_id',
    'variants[0].workflow_config.path',
    'variants[1]',
    'primary_metric',
    'inputs.jsonl',
    'extra',
  ]);
});

test.each([null, 7, 'text', [], undefined, () => 1])('%j is no experiment', async (config) => {
  const [message] = await refusal(() => parseExperimentConfig(config, { baseDir: null }));
  expect(message).toMatch(/^the experiment is .*, must be a map of keys such as name and variants$/);
});

test('a value that contains itself, and one without a bottom', async () => {
  const around: Record<string, unknown> = {};
  around['again'] = around;
  expect(await problems({ tags: around })).toEqual(['tags.again: again contains itself']);
  let deep: unknown = 1;
  for (let i = 0; i < 5000; i++) deep = [deep];
  const [message] = await problems({ inputs: { items: [deep] } });
  expect(message).toMatch(/is nested deeper than 100 levels$/);
});
