import { anything, duration, flag, integer, line, list, map, oneOf, texts } from './rules.ts';
import type { Shape } from './fields.ts';

/** Node types that run now. `start` and `end` are passthrough nodes with a place. */
export type KindName = 'compute' | 'function' | 'parallel' | 'passthrough' | 'start' | 'end';

/** Node types of the format that do not run yet. */
export const LATER_TYPES = ['agent', 'condition', 'transform', 'hitl', 'team', 'subgraph'] as const;

const COMMON = {
  id: anything,
  type: anything,
  name: line(200).optional(),
  description: anything,
  metadata: anything,
} satisfies Shape;

const WORK = {
  timeout: duration().optional(),
  retry: anything,
  retry_policy: anything,
} satisfies Shape;

export const NEXT = { next: anything } satisfies Shape;

export const COMPUTE_SHAPE = {
  ...COMMON,
  ...WORK,
  output: line(200).optional(),
  handler: line(200).optional(),
  tools: list.optional(),
  inputs: map.optional(),
  constraints: anything,
  fail_fast: flag.optional(),
} satisfies Shape;

export const FUNCTION_SHAPE = {
  ...COMMON,
  ...WORK,
  output: line(200).nullable().optional(),
  handler: line(200).optional(),
  recursion_limit: integer(1).optional(),
} satisfies Shape;

export const PARALLEL_SHAPE = {
  ...COMMON,
  ...WORK,
  output: line(200).nullable().optional(),
  parallel_nodes: texts,
  join_strategy: oneOf('all', 'any', 'first', 'merge').default('all'),
} satisfies Shape;

export const PASSTHROUGH_SHAPE = COMMON;

export const CONSTRAINT_KEYS: readonly string[] = [
  'llm_allowed',
  'network_allowed',
  'write_allowed',
  'filesystem_allowed',
  'max_cost_tier',
  'max_tool_calls',
  'timeout',
  'allowed_tools',
  'blocked_tools',
];

export const BUILT_IN_HANDLERS: readonly string[] = [
  'parallel_tools',
  'sequential_tools',
  'retry_with_backoff',
  'data_transform',
  'conditional_branch',
];

/** Fields that a parameter override may set. Ids, types and order are what makes it another workflow. */
export const OVERRIDABLE: Readonly<Record<KindName, readonly string[]>> = {
  compute: ['handler', 'inputs', 'constraints', 'output', 'timeout', 'retry', 'name'],
  function: ['handler', 'output', 'timeout', 'retry', 'name'],
  parallel: ['join_strategy', 'name'],
  passthrough: ['name'],
  start: ['name'],
  end: ['name'],
};
