import { expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { ALLOCATION_SHAPE } from '../../src/experiment-file/allocation.ts';
import { parseExperimentConfig } from '../../src/experiment-file/config.ts';
import type { DECISION_SHAPE } from '../../src/experiment-file/decision.ts';
import type {
  AllocationConfig,
  DecisionConfig,
  ExperimentConfig,
  ExperimentMetric,
  ExperimentVariant,
} from '../../src/experiment-file/experiment-config.ts';
import { fileContent } from '../../src/experiment-file/file-content.ts';
import type { METRIC_SHAPE } from '../../src/experiment-file/metrics.ts';
import type { EXPERIMENT_SHAPE } from '../../src/experiment-file/shape.ts';
import type { VARIANT_SHAPE } from '../../src/experiment-file/variants.ts';
import type { Shape } from '../../src/workflow-format/fields.ts';

type Camel<K extends string> = K extends `${infer Head}_${infer Rest}`
  ? `${Head}${Capitalize<Camel<Rest>>}`
  : K;
type Names<S extends Shape> = Camel<keyof S & string>;
type IsAnything<T> = unknown extends T
  ? true
  : T extends readonly unknown[] | { [key: string]: unknown }
    ? true
    : false;

/** Keys whose type says something else than the rule of the file: not accepted there, or a choice that is missing here. */
type Differing<S extends Shape, T> = {
  [K in keyof S & string]: Differs<
    NonNullable<z.input<S[K]>>,
    NonNullable<T[Camel<K> & keyof T]>
  > extends true
    ? K
    : never;
}[keyof S & string];
type Differs<Rule, Given> =
  true extends IsAnything<Rule> ? false : [Given] extends [Rule] ? Missing<Rule, Given> : true;
type Missing<Rule, Given> = [Rule] extends [string]
  ? string extends Rule
    ? false
    : [Rule] extends [Given]
      ? false
      : true
  : false;

it('the typed form has the keys and choices of the file', () => {
  expectTypeOf<keyof ExperimentConfig>().toEqualTypeOf<Names<typeof EXPERIMENT_SHAPE>>();
  expectTypeOf<keyof ExperimentVariant>().toEqualTypeOf<Names<typeof VARIANT_SHAPE>>();
  expectTypeOf<keyof ExperimentMetric>().toEqualTypeOf<Names<typeof METRIC_SHAPE>>();
  expectTypeOf<keyof DecisionConfig>().toEqualTypeOf<Names<typeof DECISION_SHAPE>>();
  expectTypeOf<keyof AllocationConfig>().toEqualTypeOf<Names<typeof ALLOCATION_SHAPE>>();
  expectTypeOf<Differing<typeof EXPERIMENT_SHAPE, ExperimentConfig>>().toEqualTypeOf<never>();
  expectTypeOf<Differing<typeof VARIANT_SHAPE, ExperimentVariant>>().toEqualTypeOf<never>();
  expectTypeOf<Differing<typeof METRIC_SHAPE, ExperimentMetric>>().toEqualTypeOf<never>();
  expectTypeOf<Differing<typeof DECISION_SHAPE, DecisionConfig>>().toEqualTypeOf<never>();
  expectTypeOf<Differing<typeof ALLOCATION_SHAPE, AllocationConfig>>().toEqualTypeOf<never>();
  // what would be found
  type Wrong = Omit<ExperimentMetric, 'among' | 'name'> & { among: 'all'; name: number };
  expectTypeOf<Differing<typeof METRIC_SHAPE, Wrong>>().toEqualTypeOf<'among' | 'name'>();
});

const TYPED: ExperimentConfig = {
  name: 'Typed',
  tags: { ownTag: 'x' },
  unit: 'document_id',
  variants: [
    {
      variantId: 'control',
      workflowType: 'stategraph',
      workflowConfig: { graphDefinition: { nodes: ['echo'], parallel_nodes: [] } },
      parameterOverrides: { 'state.ownKey': { inner_key: 1, innerKey: 2 } },
      isControl: true,
      trafficWeight: 0.4,
    },
    {
      variantId: 'other',
      workflowType: 'definition',
      workflowConfig: { workflow: 'greet', taskQueue: 'mine' },
      trafficWeight: 0.6,
    },
  ],
  primaryMetric: {
    metricId: 'cost',
    metricType: 'cost',
    successThreshold: 0.5,
    optimizationGoal: undefined!,
  },
  inputs: { items: [{ document_id: 'a', camelKey: 1 }] },
  decision: { rule: 'group_sequential', looks: { every: '10m' }, checkInterval: '1s' },
  timeouts: { execution: '20s' },
};

const FILE = {
  name: 'Typed',
  tags: { ownTag: 'x' },
  unit: 'document_id',
  variants: [
    {
      variant_id: 'control',
      workflow_type: 'stategraph',
      workflow_config: { graph_definition: { nodes: ['echo'], parallel_nodes: [] } },
      parameter_overrides: { 'state.ownKey': { inner_key: 1, innerKey: 2 } },
      is_control: true,
      traffic_weight: 0.4,
    },
    {
      variant_id: 'other',
      workflow_type: 'definition',
      workflow_config: { workflow: 'greet', task_queue: 'mine' },
      traffic_weight: 0.6,
    },
  ],
  primary_metric: { metric_id: 'cost', metric_type: 'cost', success_threshold: 0.5 },
  inputs: { items: [{ document_id: 'a', camelKey: 1 }] },
  decision: { rule: 'group_sequential', looks: { every: '10m' }, check_interval: '1s' },
  timeouts: { execution: '20s' },
};

it('the typed form stands for the file', async () => {
  expect(fileContent(TYPED)).toEqual(FILE);
  expect(Object.keys(fileContent({ ...TYPED, hypothesis: undefined as never }) as object)).not.toContain(
    'hypothesis',
  );
  const { spec } = await parseExperimentConfig(fileContent(TYPED), { baseDir: null });
  expect(spec.variants[0]?.parameterOverrides).toEqual({ 'state.ownKey': { inner_key: 1, innerKey: 2 } });
  const rules = { workflowNames: ['a'], users: ['u'], condition: { planTier: { $in: ['pro'] } } };
  expect(fileContent({ ...TYPED, targetingRules: rules })).toMatchObject({
    targeting_rules: { workflow_names: ['a'], users: ['u'], condition: { planTier: { $in: ['pro'] } } },
  });
});
