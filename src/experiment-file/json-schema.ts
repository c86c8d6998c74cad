import { z } from 'zod';
import type { Shape } from '../workflow-format/fields.ts';
import { ALLOCATION_SHAPE } from './allocation.ts';
import { DECISION_SHAPE, LOOKS_SHAPE } from './decision.ts';
import { INPUTS_SHAPE } from './inputs.ts';
import { METRIC_SHAPE } from './metrics.ts';
import { EXPERIMENT_SHAPE, TIMEOUTS_SHAPE } from './shape.ts';
import { VARIANT_SHAPE } from './variants.ts';

/** The maps of an experiment file, in the order in which a person reads about them. The same rules that `create` checks. */
export const EXPERIMENT_FILE_PARTS: readonly {
  readonly name: string;
  readonly key: string;
  readonly shape: Shape;
}[] = [
  { name: 'Experiment', key: '', shape: EXPERIMENT_SHAPE },
  { name: 'Variant', key: 'variants', shape: VARIANT_SHAPE },
  { name: 'Metric', key: 'primary_metric', shape: METRIC_SHAPE },
  { name: 'Allocation', key: 'allocation', shape: ALLOCATION_SHAPE },
  { name: 'Decision', key: 'decision', shape: DECISION_SHAPE },
  { name: 'Looks', key: 'decision.looks', shape: LOOKS_SHAPE },
  { name: 'Inputs', key: 'inputs', shape: INPUTS_SHAPE },
  { name: 'Timeouts', key: 'timeouts', shape: TIMEOUTS_SHAPE },
];

/** JSON Schema (2020-12) of an experiment file. What it cannot say (weights that sum to 1, unique ids) `create` still checks. */
export function experimentJsonSchema(): unknown {
  const described = (key: keyof typeof EXPERIMENT_SHAPE, type: z.ZodType): z.ZodType =>
    type.describe(EXPERIMENT_SHAPE[key].description ?? '');
  const metric = z.strictObject(METRIC_SHAPE);
  const decision = z.strictObject({
    ...DECISION_SHAPE,
    looks: z
      .strictObject(LOOKS_SHAPE)
      .optional()
      .describe(DECISION_SHAPE.looks.description ?? ''),
  });
  const file = z.strictObject({
    ...EXPERIMENT_SHAPE,
    variants: described('variants', z.array(z.strictObject(VARIANT_SHAPE)).min(2)),
    primary_metric: described('primary_metric', metric),
    secondary_metrics: described('secondary_metrics', z.array(metric).default([])),
    allocation: described('allocation', z.strictObject(ALLOCATION_SHAPE).optional()),
    decision: described('decision', decision.optional()),
    inputs: described('inputs', z.strictObject(INPUTS_SHAPE).nullish()),
    timeouts: described('timeouts', z.strictObject(TIMEOUTS_SHAPE).optional()),
  });
  return {
    ...z.toJSONSchema(file, { io: 'input', unrepresentable: 'any' }),
    title: 'Experiment file of victor-experiments',
  };
}
