import { isJsonObject } from '../model/json.ts';
import type { Findings } from './findings.ts';
import { readFields } from './fields.ts';
import type { ListedNode } from './node-list.ts';
import { anyText, anything } from './rules.ts';
import { show } from './show.ts';
import { field, items } from './spot.ts';
import type { Spot } from './spot.ts';
import { hint } from './suggest.ts';

const END = '__end__';
const EDGE_SHAPE = { source: anyText, target: anything, type: anything, condition: anything };

export interface Edges {
  readonly next: ReadonlyMap<string, string | null>;
  readonly spots: ReadonlyMap<string, Spot>;
}

/** Edges as `[a, b]` or `{source, target}`: at most one leads out of each node. */
export function readEdges(edges: Spot, nodes: readonly ListedNode[], findings: Findings): Edges {
  const ids = nodes.map(({ id }) => id);
  const next = new Map<string, string | null>();
  const spots = new Map<string, Spot>();
  for (const spot of items(edges)) {
    const ends = readEdge(spot, findings);
    if (ends === null) continue;
    const [source, target] = ends;
    const from = known(source, ids, findings);
    const to = target.value === END ? END : known(target, ids, findings);
    if (from === null || to === null) continue;
    const before = next.get(from);
    if (before === undefined) {
      next.set(from, to === END ? null : to);
      spots.set(from, spot);
    } else if ((before ?? END) === to) {
      findings.problem(spot, `the edge ${from} -> ${to} is given twice`);
    } else {
      const message = `a second edge leads out of ${from} (to ${before ?? END} and to ${to}), must be one; without edges, parallel_nodes runs nodes side by side`;
      findings.problem(spot, message);
    }
  }
  return { next, spots };
}

function readEdge(spot: Spot, findings: Findings): readonly [Spot, Spot] | null {
  if (Array.isArray(spot.value)) {
    if (spot.value.length === 2) return [field(spot, 0), field(spot, 1)];
    findings.problem(spot, `an edge is a list of ${spot.value.length}, must be [source, target]`);
    return null;
  }
  if (!isJsonObject(spot.value)) {
    findings.problem(spot, `an edge is ${show(spot.value)}, must be [source, target] or {source, target}`);
    return null;
  }
  readFields(spot, EDGE_SHAPE, findings);
  const [type, target] = [field(spot, 'type'), field(spot, 'target')];
  if (
    type.value === 'conditional' ||
    isJsonObject(target.value) ||
    field(spot, 'condition').value !== undefined
  ) {
    findings.problem(spot, 'conditional edges are not supported yet; edges of type normal work now');
    return null;
  }
  if (type.value !== undefined && type.value !== 'normal') {
    findings.problem(type, `type is ${show(type.value)}, must be normal`);
  }
  return typeof field(spot, 'source').value === 'string' ? [field(spot, 'source'), target] : null;
}

function known(spot: Spot, ids: readonly string[], findings: Findings): string | null {
  if (typeof spot.value !== 'string') {
    findings.problem(spot, `an end of an edge is ${show(spot.value)}, must be a node id`);
    return null;
  }
  if (ids.includes(spot.value)) return spot.value;
  findings.problem(spot, `the edge names no node ${spot.value}${hint(spot.value, ids, 'nodes')}`);
  return null;
}
