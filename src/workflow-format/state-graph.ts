import type { NormalisedWorkflow } from '../model/graph.ts';
import { isJsonObject } from '../model/json.ts';
import { assemble } from './assemble.ts';
import { readEdges } from './edges.ts';
import type { Edges } from './edges.ts';
import type { Findings } from './findings.ts';
import { readFields } from './fields.ts';
import type { Shape } from './fields.ts';
import { STATE_GRAPH_FORMAT } from './format.ts';
import { checkChildren, checkCycles, unreachable } from './graph-checks.ts';
import type { DraftGraph } from './graph-checks.ts';
import { badId, listNodes } from './node-list.ts';
import type { ListedNode } from './node-list.ts';
import { readNodes } from './nodes.ts';
import { applyNodeOverrides, initialState } from './overrides.ts';
import { orderByList } from './parallel-groups.ts';
import { anything, integer, line, list, oneOf } from './rules.ts';
import { show } from './show.ts';
import { field, items } from './spot.ts';
import type { Spot } from './spot.ts';
import { hint } from './suggest.ts';

const GRAPH_SHAPE = {
  name: line(200).optional(),
  description: anything,
  metadata: anything,
  nodes: list,
  edges: list.optional(),
  parallel_nodes: list.optional(),
  entry_point: line(200).optional(),
  max_iterations: integer(1, 1_000_000).optional(),
  state_merge: oneOf('merge', 'replace').default('merge'),
} satisfies Shape;

const NO_DEFAULTS = { timeoutMs: null, maxAttempts: null };

/** A state graph, with a variant's overrides in it. Null: it could not be read, and that was said. */
export function readStateGraph(spot: Spot, overrides: Spot, findings: Findings): NormalisedWorkflow | null {
  const read = readFields(spot, GRAPH_SHAPE, findings);
  if (read?.nodes === undefined) return null;
  const given = field(spot, 'nodes');
  if (read.nodes.length === 0) {
    findings.problem(given, 'nodes is an empty list, must hold at least one node');
    return null;
  }
  const named = read.nodes.some((node) => typeof node === 'string');
  const listed = listNodes(named ? namedNodes(given, findings) : items(given), STATE_GRAPH_FORMAT, findings);
  const edges = field(spot, 'edges');
  const byList = named && edges.value === undefined;
  const ordered = byList ? orderByList(field(spot, 'parallel_nodes'), listed, findings) : null;
  const lines: Edges =
    ordered === null ? readEdges(edges, listed, findings) : { next: ordered.next, spots: new Map() };
  if (!byList) refuseGroups(field(spot, 'parallel_nodes'), named, findings);
  const tasks = readNodes(
    applyNodeOverrides(overrides, listed, findings),
    STATE_GRAPH_FORMAT,
    NO_DEFAULTS,
    findings,
  );
  const nodes = [...tasks, ...(ordered?.parallel ?? [])];
  const graph: DraftGraph = {
    nodes: new Map(nodes.map((node) => [node.node.id, node])),
    next: lines.next,
    entry: byList ? ([...lines.next.keys()][0] ?? null) : (listed[0]?.id ?? null),
    refused: new Set(listed.filter(({ kind }) => kind === null).map(({ id }) => id)),
  };
  const entered = named
    ? checkFirst(spot, graph, listed, findings)
    : readEntry(spot, graph, listed, findings);
  checkChildren(entered, findings);
  checkCycles(entered, (from) => lines.spots.get(from), findings);
  refuseUnreachable(entered, findings);
  return assemble(entered, {
    name: read.name ?? 'state graph',
    maxIterations: read.max_iterations,
    stateMerge: read.state_merge ?? 'merge',
    // function handlers get the whole state, so nobody can know which keys they read
    initialState: initialState(overrides, null, findings),
  });
}

/** A name is a registered handler: the node `{id: name, type: function}`, written where the name is. */
function namedNodes(nodes: Spot, findings: Findings): readonly Spot[] {
  return items(nodes).flatMap((spot) => {
    const { value } = spot;
    const bad = badId(value);
    if (bad === null) {
      return [{ ...spot, value: { id: value, type: 'function' }, moved: new Map([['id', spot]]) }];
    }
    const mixed = isJsonObject(value);
    findings.problem(
      spot,
      mixed ? 'nodes mixes names and maps, must be one of them' : `a node is ${show(value)}, ${bad}`,
    );
    return [];
  });
}

function refuseGroups(groups: Spot, named: boolean, findings: Findings): void {
  if (!Array.isArray(groups.value) || groups.value.length === 0) return;
  const message = named
    ? 'parallel_nodes cannot stand beside edges, which alone decide the order; leave one of them out'
    : 'parallel_nodes belongs to the form whose nodes are names: nodes: [a, b, c]';
  findings.problem(groups, message, 'key');
}

function readEntry(
  spot: Spot,
  graph: DraftGraph,
  listed: readonly ListedNode[],
  findings: Findings,
): DraftGraph {
  const entry = field(spot, 'entry_point');
  const ids = listed.map(({ id }) => id);
  if (entry.value === undefined) {
    findings.problem(spot, `entry_point is missing; name the node that runs first${hint('', ids, 'nodes')}`);
  } else if (typeof entry.value === 'string') {
    if (ids.includes(entry.value)) return { ...graph, entry: entry.value };
    findings.problem(entry, `entry_point names no node ${entry.value}${hint(entry.value, ids, 'nodes')}`);
  }
  return { ...graph, entry: null };
}

/** In the form with names the first node is the entry; saying so is harmless, saying something else is not. */
function checkFirst(
  spot: Spot,
  graph: DraftGraph,
  listed: readonly ListedNode[],
  findings: Findings,
): DraftGraph {
  const entry = field(spot, 'entry_point');
  const first = listed[0]?.id;
  if (typeof entry.value === 'string' && entry.value !== first && first !== undefined) {
    findings.problem(
      entry,
      `entry_point is ${entry.value}; where nodes are names the first, ${first}, is the entry`,
    );
  }
  return graph;
}

function refuseUnreachable(graph: DraftGraph, findings: Findings): void {
  for (const { listed } of unreachable(graph)) {
    findings.problem(
      listed.spot,
      `the node ${listed.id} is never reached from ${graph.entry ?? ''}; add an edge to it`,
    );
  }
}
