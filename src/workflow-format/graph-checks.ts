import type { Findings } from './findings.ts';
import type { DraftNode } from './nodes.ts';
import { field } from './spot.ts';
import type { Spot } from './spot.ts';
import { hint } from './suggest.ts';

/** The nodes and the order between them, as far as they could be read. */
export interface DraftGraph {
  readonly nodes: ReadonlyMap<string, DraftNode>;
  readonly next: ReadonlyMap<string, string | null>;
  readonly entry: string | null;
  /** Ids of nodes that were refused: what leads to them says nothing new. */
  readonly refused: ReadonlySet<string>;
}

export function checkChildren(graph: DraftGraph, findings: Findings): void {
  for (const { node, listed } of graph.nodes.values()) {
    if (node.kind !== 'parallel') continue;
    const seen = new Set<string>();
    const outputs = new Map<string, string>();
    for (const [index, id] of node.children.entries()) {
      const spot = field(field(listed.spot, 'parallel_nodes'), index);
      const child = graph.nodes.get(id)?.node;
      if (seen.has(id)) findings.problem(spot, `${id} is listed twice in parallel_nodes of ${node.id}`);
      seen.add(id);
      if (graph.refused.has(id)) continue;
      if (child === undefined) {
        findings.problem(
          spot,
          `parallel_nodes names no node ${id}${hint(id, [...graph.nodes.keys()], 'nodes')}`,
        );
      } else if (child.kind !== 'task') {
        findings.problem(
          spot,
          `${id} is a ${child.kind} node; only compute and function nodes run inside a parallel node`,
        );
      } else if (child.output !== null) {
        const other = outputs.get(child.output);
        if (other !== undefined && other !== id) {
          const message = `${other} and ${id} run side by side and both write ${child.output}; ${id} wins`;
          findings.warn('PARALLEL_SAME_KEY', message, spot);
        }
        outputs.set(child.output, id);
      }
    }
  }
}

/** Without conditions a cycle never ends. Each is said once, at the edge that closes it. */
export function checkCycles(
  graph: DraftGraph,
  edgeSpot: (from: string) => Spot | undefined,
  findings: Findings,
): void {
  const settled = new Set<string>();
  for (const start of graph.next.keys()) {
    const walked: string[] = [];
    let id: string | null = start;
    while (id !== null && !settled.has(id) && !walked.includes(id)) {
      walked.push(id);
      id = graph.next.get(id) ?? null;
    }
    const from = walked.at(-1);
    if (id !== null && from !== undefined && walked.includes(id)) {
      const cycle = [...walked.slice(walked.indexOf(id)), id].join(' -> ');
      const spot = edgeSpot(from) ?? graph.nodes.get(from)?.listed.spot;
      if (spot !== undefined) findings.problem(spot, `cycles are not supported yet: ${cycle} never ends`);
    }
    for (const visited of walked) settled.add(visited);
  }
}

export function unreachable(graph: DraftGraph): readonly DraftNode[] {
  if (graph.entry === null) return [];
  const reached = new Set<string>();
  const open = [graph.entry];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    const node = graph.nodes.get(id)?.node;
    if (node?.kind === 'parallel') open.push(...node.children);
    const next = graph.next.get(id);
    if (next !== undefined && next !== null) open.push(next);
  }
  return [...graph.nodes.values()].filter(({ node }) => !reached.has(node.id));
}
