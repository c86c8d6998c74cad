import { VARIANT_ID } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';
import { isJsonObject } from '../model/json.ts';
import type { VariantSpec } from '../model/spec.ts';
import type { Findings } from '../workflow-format/findings.ts';
import { readFields } from '../workflow-format/fields.ts';
import type { Shape } from '../workflow-format/fields.ts';
import { anyText, flag, line, map, matching, oneOf, positive, tags } from '../workflow-format/rules.ts';
import { show } from '../workflow-format/show.ts';
import { field, items } from '../workflow-format/spot.ts';
import type { Spot } from '../workflow-format/spot.ts';
import { readWeights } from './weights.ts';

export const VARIANT_SHAPE = {
  variant_id: matching(VARIANT_ID, '1 to 64 characters from A-Z a-z 0-9 _ . -').describe(
    'Unique in the experiment.',
  ),
  name: line(200).optional().describe('For people. Default: the id.'),
  description: anyText.default('').describe('Free text.'),
  workflow_type: oneOf('yaml', 'stategraph', 'definition').describe(
    'A YAML workflow, a graph of handlers, or a Temporal workflow of your own.',
  ),
  workflow_config: map.describe(
    'yaml: path (relative to this file) and workflow (its name, when the file holds several). stategraph: graph_definition, or path. definition: workflow (its type) and task_queue.',
  ),
  parameter_overrides: map
    .default({})
    .describe(
      'What differs: nodes.<id>.<field>, state.<key>, or a name that the workflow reads. For a definition they are merged into its argument.',
    ),
  is_control: flag.default(false).describe('What the others are compared with.'),
  traffic_weight: positive('a number above 0')
    .optional()
    .describe('Share of the units: on all variants or on none (equal shares); they sum to 1.'),
  tags: tags.default({}).describe('Free labels.'),
} satisfies Shape;

/** A variant as far as it could be read, and where it stands. */
export interface ReadVariant {
  readonly spot: Spot;
  readonly workflowType: VariantSpec['workflowType'] | undefined;
  /** Null: something of it was refused. */
  readonly spec: VariantSpec | null;
}

export function readVariants(experiment: Spot, findings: Findings): readonly ReadVariant[] {
  const around = field(experiment, 'variants');
  const variants = items(around);
  checkCount(around, variants, findings);
  refuseDuplicates(variants, findings);
  const control = readControl(variants, findings);
  const weights = variants.length === 0 ? [] : readWeights(variants, around, findings);
  return variants.map((spot, index) => {
    const read = readFields(spot, VARIANT_SHAPE, findings);
    const { variant_id, workflow_type, workflow_config, parameter_overrides } = read ?? {};
    if (variant_id === '__proto__')
      findings.problem(field(spot, 'variant_id'), 'variant_id __proto__ is reserved');
    const complete =
      read !== null &&
      variant_id !== undefined &&
      workflow_type !== undefined &&
      workflow_config !== undefined;
    const spec = !complete
      ? null
      : {
          variantId: variant_id,
          name: read.name ?? variant_id,
          description: read.description ?? '',
          workflowType: workflow_type,
          workflowConfig: withoutFiles(workflow_config),
          parameterOverrides: parameter_overrides ?? {},
          isControl: index === control,
          trafficWeight: weights[index] ?? 0,
          tags: read.tags ?? {},
        };
    return { spot, workflowType: workflow_type, spec };
  });
}

/** Their texts are in the graph and its bodies. */
const withoutFiles = (config: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(config).filter(([key]) => key !== 'files'));

function checkCount(around: Spot, variants: readonly Spot[], findings: Findings): void {
  if (around.value === undefined) {
    findings.problem(around, 'variants is missing; an experiment compares at least 2');
  } else if (Array.isArray(around.value) && variants.length < 2) {
    findings.problem(around, `variants holds ${variants.length}, must hold at least 2`);
  } else if (variants.length > 2) {
    const message = `${variants.length} variants are not supported yet; an experiment compares 2 now`;
    findings.problem(field(around, 2), message);
  }
}

function refuseDuplicates(variants: readonly Spot[], findings: Findings): void {
  const seen = new Set<unknown>();
  for (const variant of variants) {
    const id = field(variant, 'variant_id');
    if (typeof id.value === 'string' && seen.has(id.value)) {
      findings.problem(id, `variant_id ${show(id.value)} is used twice; ids are unique`);
    }
    seen.add(id.value);
  }
}

/** The position of the control. */
function readControl(variants: readonly Spot[], findings: Findings): number {
  const marked = [...variants.keys()].filter((index) => isControl(variants[index]));
  const [first, ...others] = marked;
  for (const index of others) {
    const variant = variants[index];
    if (variant !== undefined) {
      const message = `is_control is true on ${marked.length} variants, must be true on exactly one`;
      findings.problem(field(variant, 'is_control'), message);
    }
  }
  if (first === undefined && variants.length > 0) {
    const id = variants[0] === undefined ? undefined : field(variants[0], 'variant_id').value;
    const message = `no variant has is_control: true; the first, ${String(id)}, is the control`;
    findings.warn('CONTROL_DEFAULTED', message);
  }
  return first ?? 0;
}

const isControl = (variant: Spot | undefined): boolean =>
  variant !== undefined && isJsonObject(variant.value) && variant.value['is_control'] === true;
