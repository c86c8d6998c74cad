import { z } from 'zod';
import type { AllocationSpec } from '../model/spec.ts';
import type { Findings } from '../workflow-format/findings.ts';
import { readFields } from '../workflow-format/fields.ts';
import type { Shape } from '../workflow-format/fields.ts';
import { anyText, map } from '../workflow-format/rules.ts';
import { field } from '../workflow-format/spot.ts';
import type { Spot } from '../workflow-format/spot.ts';
import { refuseLater } from './not-yet.ts';

const SHARE = 'a share from 0 to 1';
const share = z.number({ error: SHARE }).refine((n) => n >= 0 && n <= 1, { error: SHARE });
const NAME = 'the name of a strategy';

export const ALLOCATION_SHAPE = {
  strategy: z
    .string({ error: NAME })
    .min(1, { error: NAME })
    .default('sticky')
    .describe('sticky: by a hash of the unit. Other strategies are not supported yet.'),
  hash: z
    .string({ error: 'the name of a hash' })
    .default('victor')
    .describe('victor; others are not supported yet.'),
  salt: anyText.default('').describe('Makes the hash. Default: the experiment id.'),
  coverage: share.default(1).describe('Share of the units that take part. Not supported yet: all.'),
  holdout: share.default(0).describe('Share that is kept out. Not supported yet: none.'),
  namespace: map.nullish().describe('Keeps experiments apart. Not supported yet.'),
} satisfies Shape;

export function readAllocation(experiment: Spot, findings: Findings): AllocationSpec {
  const spot = field(experiment, 'allocation');
  const read = spot.value === undefined ? null : readFields(spot, ALLOCATION_SHAPE, findings);
  const refuse = (key: keyof typeof ALLOCATION_SHAPE, works: readonly unknown[], instead: string): void => {
    if (read?.[key] !== undefined) refuseLater(field(spot, key), works, instead, findings);
  };
  refuse('strategy', ['sticky'], 'sticky works now');
  refuse('hash', ['victor'], 'victor works now');
  refuse('coverage', [1], '1 works now');
  refuse('holdout', [0], '0 works now');
  if (read?.namespace !== undefined && read.namespace !== null) {
    findings.problem(field(spot, 'namespace'), 'allocation.namespace is not supported yet; null works now');
  }
  return { strategy: 'sticky', hash: 'victor', salt: read?.salt ?? '' };
}
