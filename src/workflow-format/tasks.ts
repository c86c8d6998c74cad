import { contentHash } from '../model/hash.ts';
import type { ComputeBody, FunctionBody, NodeBody, TaskNode } from '../model/graph.ts';
import { isJsonObject } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Findings } from './findings.ts';
import { readField, readFields } from './fields.ts';
import type { Format } from './format.ts';
import { BUILT_IN_HANDLERS, COMPUTE_SHAPE, CONSTRAINT_KEYS, FUNCTION_SHAPE, NEXT } from './kinds.ts';
import type { ListedNode } from './node-list.ts';
import { readAttempts } from './retry.ts';
import { duration, texts } from './rules.ts';
import { show } from './show.ts';
import { entries, field } from './spot.ts';
import type { Spot } from './spot.ts';
import { hint } from './suggest.ts';

/** What the workflow says about all of its nodes. */
export interface NodeDefaults {
  readonly timeoutMs: number | null;
  readonly maxAttempts: number | null;
}

interface ReadTask {
  readonly node: Omit<TaskNode, 'next'>;
  readonly body: NodeBody;
}

/** A registered handler that gets the whole state; its object is merged into the state. */
export function readFunction(
  { id, spot }: ListedNode,
  format: Format,
  defaults: NodeDefaults,
  findings: Findings,
): ReadTask | null {
  const read = readFields(spot, FUNCTION_SHAPE, findings, format.onUnknown(findings));
  const maxAttempts = readAttempts(spot, findings) ?? defaults.maxAttempts;
  if (read === null) return null;
  const body: FunctionBody = { type: 'function', handler: read.handler ?? id };
  const { name, output, timeout } = read;
  return {
    body,
    node: {
      ...taskOf(id, name, body),
      output: checkOutput(spot, output ?? null, findings),
      timeoutMs: timeout ?? defaults.timeoutMs,
      maxAttempts,
    },
  };
}

/** A registered handler with inputs of its own; its result is stored under the output key. */
export function readCompute(
  { id, spot }: ListedNode,
  format: Format,
  defaults: NodeDefaults,
  findings: Findings,
): ReadTask | null {
  const shape = format.ordered ? { ...COMPUTE_SHAPE, ...NEXT } : COMPUTE_SHAPE;
  const read = readFields(spot, shape, findings, format.onUnknown(findings));
  const maxAttempts = readAttempts(spot, findings) ?? defaults.maxAttempts;
  const constraints = readConstraints(field(spot, 'constraints'), findings);
  if (read === null) return null;
  refuseLater(spot, findings);
  warnOfReferences(field(spot, 'inputs'), findings);
  const body: ComputeBody = {
    type: 'compute',
    handler: read.handler ?? '',
    inputs: read.inputs ?? null,
    constraints: constraints.value,
  };
  return {
    body,
    node: {
      ...taskOf(id, read.name, body),
      output: checkOutput(spot, read.output ?? id, findings),
      timeoutMs: read.timeout ?? constraints.timeoutMs ?? defaults.timeoutMs,
      maxAttempts,
    },
  };
}

const taskOf = (id: string, name: string | undefined, body: NodeBody) =>
  ({ kind: 'task', id, label: name ?? id, body: contentHash(body) }) as const;

function checkOutput(spot: Spot, output: string | null, findings: Findings): string | null {
  if (output !== null && /[.$]/.test(output) && field(spot, 'output').value !== undefined) {
    findings.problem(field(spot, 'output'), `output is ${output}, must be one state key, without . and $`);
  }
  return output;
}

function refuseLater(spot: Spot, findings: Findings): void {
  const handler = field(spot, 'handler');
  const tools = field(spot, 'tools');
  if (Array.isArray(tools.value) && tools.value.length > 0) {
    findings.problem(tools, 'tools is not supported yet; a registered handler does the work', 'key');
  } else if (handler.value === undefined) {
    findings.problem(field(spot, 'id'), 'handler is missing; a compute node names a registered handler');
  }
  if (typeof handler.value === 'string' && BUILT_IN_HANDLERS.includes(handler.value)) {
    findings.problem(
      handler,
      `the built-in handler ${handler.value} is not supported yet; register a handler under another name`,
    );
  }
  if (field(spot, 'fail_fast').value === false) {
    findings.problem(
      field(spot, 'fail_fast'),
      'fail_fast false is not supported yet; a node that fails ends the run',
    );
  }
}

/** Blocked things as a list, or a map. They belong to the handler; only the time-out is ours. */
function readConstraints(
  spot: Spot,
  findings: Findings,
): { readonly value: Json; readonly timeoutMs: number | null } {
  if (spot.value === undefined || spot.value === null) return { value: null, timeoutMs: null };
  if (!isJsonObject(spot.value)) return { value: readField(spot, texts, findings) ?? null, timeoutMs: null };
  for (const [key, inner] of entries(spot)) {
    if (CONSTRAINT_KEYS.includes(key)) continue;
    findings.problem(
      inner,
      `unknown constraint ${key}${hint(key, CONSTRAINT_KEYS, 'known constraints')}`,
      'key',
    );
  }
  const timeout = field(spot, 'timeout');
  const timeoutMs = timeout.value === undefined ? null : readField(timeout, duration(), findings);
  return { value: spot.value as JsonObject, timeoutMs: timeoutMs ?? null };
}

/** `${NAME}` and `$env.NAME` are not replaced yet: handlers read the environment themselves. */
function warnOfReferences(spot: Spot, findings: Findings): void {
  const { value } = spot;
  if (typeof value === 'string' && /\$\{[^}]*\}|\$env\./.test(value)) {
    findings.warn(
      'REFERENCE_UNUSED',
      `${show(value)} reaches the handler as it is written; $ctx.NAME refers to the state`,
      spot,
    );
  }
  const inner = Array.isArray(value)
    ? value.map((_, index) => field(spot, index))
    : entries(spot).map(([, at]) => at);
  for (const item of inner) warnOfReferences(item, findings);
}
