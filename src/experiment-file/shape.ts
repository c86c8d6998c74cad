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
  name: line(200).describe('Unique among experiments that are not archived.'),
  description: anyText.default('').describe('Free text.'),
  hypothesis: anyText.default('').describe('What is expected. Free text.'),
  tags: tags.default({}).describe('Free labels.'),
  created_by: line(200).nullish().describe('Who made it. Default: the caller.'),
  unit: line(200)
    .default('user_id')
    .describe(
      'What is randomised: a field of the context or of the input. A unit always gets the same variant. A dataset input without the field is its own unit.',
    ),
  variants: list
    .optional()
    .describe(
      'The versions that are compared. is_control on exactly one; on none, the first is the control.',
    ),
  primary_metric: anything.describe('What the decision is about.'),
  secondary_metrics: list.default([]).describe('Reported beside the primary metric.'),
  guardrail_metrics: list.default([]).describe('What must not become worse. Not supported yet.'),
  min_sample_size: integer(2, MOST)
    .default(100)
    .describe('Units per variant. All variants have so many: the experiment is complete.'),
  max_duration_seconds: duration()
    .nullish()
    .describe('Complete after this time; time paused does not count.'),
  max_iterations: integer(1, MOST)
    .nullish()
    .describe('Complete after this many begun executions, all variants together.'),
  stall_after: duration().nullish().describe('Complete when no new unit was begun for this long.'),
  significance_level: between(0, 1, 'a fraction between 0 and 1, such as 0.05')
    .default(0.05)
    .describe(
      'Probability of a false alarm, over all looks together. The default may be set, see `victor config`.',
    ),
  statistical_power: between(0, 1, 'a fraction between 0 and 1, such as 0.8')
    .default(0.8)
    .describe(
      'Probability of finding an effect that is there, for planning. The default may be set, see `victor config`.',
    ),
  confidence_interval: fraction
    .default(0.95)
    .describe('Level of every reported interval but the primary one, which has 1 - significance_level.'),
  enable_early_stopping: flag
    .optional()
    .describe('true: as decision.rule group_sequential; false: as fixed. A contradiction is an error.'),
  early_stopping_threshold: finite
    .nullish()
    .describe(
      'Accepted with a warning, and not used: the decision rule has an error guarantee, a threshold has none.',
    ),
  targeting_rules: map.default({}).describe('Who takes part. Not supported yet: everybody does.'),
  allocation: anything.describe('How units are given to variants.'),
  decision: anything.describe('When to look, and when to stop.'),
  inputs: anything.describe(
    'The dataset: one execution per input. Without it executions come from callers. Exactly one of the keys.',
  ),
  concurrency: integer(1, 1000).default(20).describe('Executions of the dataset that run at once.'),
  timeouts: anything.describe('Limits of an execution and of each of its nodes.'),
  success_when: anyText
    .nullish()
    .describe('Not supported yet: an execution succeeds when it ends without failure.'),
  dimensions: texts.default([]).describe('Context keys kept for breakdowns. Not supported yet.'),
  profile: oneOf('live', 'simulated').default('live').describe('live, or simulated (not supported yet).'),
  seed: integer(0).nullish().describe('Of the simulated profile. Not supported yet.'),
} satisfies Shape;

export const TIMEOUTS_SHAPE = {
  execution: duration().prefault('10m').describe('Of a whole execution, counted from its begin.'),
  node: duration().prefault('5m').describe('Of one attempt of a node.'),
} satisfies Shape;
