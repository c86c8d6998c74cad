import type { NormalisedWorkflow } from '../model/graph.ts';
import { assemble } from './assemble.ts';
import type { Findings } from './findings.ts';
import { readFields } from './fields.ts';
import type { Fields, Shape } from './fields.ts';
import { YAML_FORMAT } from './format.ts';
import { checkChildren, checkCycles, unreachable } from './graph-checks.ts';
import type { DraftGraph } from './graph-checks.ts';
import { listNodes } from './node-list.ts';
import type { ListedNode } from './node-list.ts';
import { readNodes } from './nodes.ts';
import type { DraftNode } from './nodes.ts';
import { orderNodes } from './order.ts';
import { applyNodeOverrides, declaredArguments, initialState, stateReads } from './overrides.ts';
import { anything, duration, integer, line, list, map } from './rules.ts';
import type { NamedWorkflow } from './select-workflow.ts';
import { field, items } from './spot.ts';
import type { Spot } from './spot.ts';
import { hint } from './suggest.ts';

const TIMEOUTS = ['timeout', 'max_execution_timeout_seconds', 'max_timeout_seconds'];
const UNUSED = ['batch_config', 'services', 'temporal_context', 'schedule', 'error_handling'];

const LIMITS = {
  max_iterations: integer(1, 1_000_000).optional(),
  default_node_timeout: duration().optional(),
  max_retries: integer(0, 1000).optional(),
  timeout: anything,
  max_execution_timeout_seconds: anything,
  max_timeout_seconds: anything,
} satisfies Shape;

const WORKFLOW_SHAPE = {
  ...LIMITS,
  name: anything,
  description: anything,
  metadata: anything,
  nodes: list,
  start_node: line(200).optional(),
  execution: map.optional(),
} satisfies Shape;

/** A workflow of a YAML file, with a variant's overrides in it. Null: it could not be read, and that was said. */
export function readYamlWorkflow(
  { name, spot }: NamedWorkflow,
  overrides: Spot,
  findings: Findings,
): NormalisedWorkflow | null {
  const onUnknown = YAML_FORMAT.onUnknown(findings);
  const read = readFields(spot, WORKFLOW_SHAPE, findings, (key, inner, known) => {
    if (UNUSED.includes(key)) findings.warn('WORKFLOW_KEY_UNUSED', `the key ${key} is not used`, inner);
    else onUnknown(key, inner, known);
  });
  if (read?.nodes === undefined) return null;
  const limits = readLimits(spot, read, findings);
  const listed = listNodes(items(field(spot, 'nodes')), YAML_FORMAT, findings);
  if (read.nodes.length === 0) findings.problem(field(spot, 'nodes'), 'nodes is an empty list');
  const nodes = readNodes(applyNodeOverrides(overrides, listed, findings), YAML_FORMAT, limits, findings);
  const graph: DraftGraph = {
    nodes: new Map(nodes.map((node) => [node.node.id, node])),
    next: orderNodes(listed, findings),
    entry: readEntry(spot, read.start_node, listed, findings),
    refused: new Set(listed.filter(({ kind }) => kind === null).map(({ id }) => id)),
  };
  checkChildren(graph, findings);
  checkCycles(graph, (from) => nextSpot(graph, from), findings);
  if (graph.refused.size === 0) warnUnreachable(unreachable(graph), findings);
  const reads = graph.refused.size > 0 ? null : stateReads(nodes.flatMap(inputsOf), declaredArguments(spot));
  return assemble(graph, {
    name,
    maxIterations: limits.maxIterations,
    stateMerge: 'merge',
    initialState: initialState(overrides, reads, findings),
  });
}

function readEntry(
  workflow: Spot,
  start: string | undefined,
  nodes: readonly ListedNode[],
  findings: Findings,
): string | null {
  const ids = nodes.map(({ id }) => id);
  if (start === undefined) return ids[0] ?? null;
  if (ids.includes(start)) return start;
  findings.problem(
    field(workflow, 'start_node'),
    `start_node names no node ${start}${hint(start, ids, 'nodes')}`,
  );
  return null;
}

/** Limits stand in the workflow itself or under `execution`. */
function readLimits(workflow: Spot, own: Fields<typeof LIMITS>, findings: Findings) {
  const execution = field(workflow, 'execution');
  const inner =
    execution.value === undefined
      ? null
      : readFields(execution, LIMITS, findings, YAML_FORMAT.onUnknown(findings));
  for (const key of Object.keys(LIMITS)) {
    const [here, there] = [field(workflow, key), field(execution, key)];
    if (here.value !== undefined && there.value !== undefined) {
      findings.problem(there, `${key} is given twice, here and in the workflow itself`, 'key');
    }
    for (const given of TIMEOUTS.includes(key) ? [here, there] : []) {
      if (given.value === undefined) continue;
      const message = `${key} of a workflow is not supported yet; timeouts.execution of the experiment file is the limit of a run`;
      findings.problem(given, message, 'key');
    }
  }
  const retries = own.max_retries ?? inner?.max_retries;
  return {
    maxIterations: own.max_iterations ?? inner?.max_iterations,
    timeoutMs: own.default_node_timeout ?? inner?.default_node_timeout ?? null,
    maxAttempts: retries === undefined ? null : retries + 1,
  };
}

function nextSpot(graph: DraftGraph, from: string): Spot | undefined {
  const spot = graph.nodes.get(from)?.listed.spot;
  const next = spot === undefined ? undefined : field(spot, 'next');
  return next?.value === undefined ? spot : next;
}

function warnUnreachable(nodes: readonly DraftNode[], findings: Findings): void {
  for (const { listed } of nodes) {
    const message = `the node ${listed.id} is never reached; name it in next of the node before it`;
    findings.warn('NODE_UNREACHABLE', message, listed.spot);
  }
}

const inputsOf = ({ body }: DraftNode) => (body?.type === 'compute' ? [body.inputs] : []);
