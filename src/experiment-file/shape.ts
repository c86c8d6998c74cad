import type { Shape } from '../workflow-format/fields.ts';
import {
  anyText,
  anything,
  between,
  duration,
  flag,
  integer,
  finite,
  line,
  list,
  map,
  oneOf,
  tags,
  texts,
} from '../workflow-format/rules.ts';

const FRACTION = 'a fraction between 0 and 1, such as 0.95';
const fraction = between(0, 1, FRACTION);

/** Of a whole number in Postgres. */
const MOST = 2 ** 31 - 1;

/** The keys of an experiment file. What is `anything` here has a reader of its own. */
export const EXPERIMENT_SHAPE = {
  name: line(200),
  description: anyText.default(''),
  hypothesis: anyText.default(''),
  tags: tags.default({}),
  created_by: line(200).nullish(),
  unit: line(200).default('user_id'),
  variants: list.optional(),
  primary_metric: anything,
  secondary_metrics: list.default([]),
  guardrail_metrics: list.default([]),
  min_sample_size: integer(2, MOST).default(100),
  max_duration_seconds: duration().nullish(),
  max_iterations: integer(1, MOST).nullish(),
  stall_after: duration().nullish(),
  significance_level: between(0, 1, 'a fraction between 0 and 1, such as 0.05').default(0.05),
  statistical_power: between(0, 1, 'a fraction between 0 and 1, such as 0.8').default(0.8),
  confidence_interval: fraction.default(0.95),
  enable_early_stopping: flag.optional(),
  early_stopping_threshold: finite.nullish(),
  targeting_rules: map.default({}),
  allocation: anything,
  decision: anything,
  inputs: anything,
  concurrency: integer(1, 1000).default(20),
  timeouts: anything,
  success_when: anyText.nullish(),
  dimensions: texts.default([]),
  profile: oneOf('live', 'simulated').default('live'),
  seed: integer(0).nullish(),
} satisfies Shape;

export const TIMEOUTS_SHAPE = {
  execution: duration().default(600_000),
  node: duration().default(300_000),
} satisfies Shape;
