import type { Findings } from './findings.ts';
import type { ListedNode } from './node-list.ts';
import { show } from './show.ts';
import { field, items } from './spot.ts';
import type { Spot } from './spot.ts';
import { hint } from './suggest.ts';

/**
 * The successor of each node. `next` wins; children of a parallel node go nowhere by themselves. Any other node chains
 * to the one that follows it in the file, unless that one is the target or the child of some node: then the run ends.
 */
export function orderNodes(
  nodes: readonly ListedNode[],
  findings: Findings,
): ReadonlyMap<string, string | null> {
  const ids = new Set(nodes.map(({ id }) => id));
  const given = new Map(nodes.map((node) => [node.id, readNext(node, ids, findings)]));
  const children = new Set(nodes.flatMap((node) => textsOf(field(node.spot, 'parallel_nodes'))));
  const targets = new Set([
    ...children,
    ...[...given.values()].flatMap((next) => next ?? []),
    ...nodes.flatMap((node) => branchTargets(field(node.spot, 'branches').value)),
  ]);
  return new Map(
    nodes.map(({ id, kind }, index) => {
      const next = given.get(id);
      if (next !== undefined) return [id, next];
      const follower = nodes[index + 1]?.id;
      const ends = kind === 'end' || children.has(id) || follower === undefined || targets.has(follower);
      return [id, ends ? null : follower];
    }),
  );
}

/** Undefined: the file does not say; null: it says that the run ends. */
function readNext(
  { id, kind, spot }: ListedNode,
  ids: ReadonlySet<string>,
  findings: Findings,
): string | null | undefined {
  const next = field(spot, 'next');
  if (next.value === undefined || next.value === null) return undefined;
  const named = typeof next.value === 'string' ? [next] : items(next);
  const bad = named.find(({ value }) => typeof value !== 'string');
  if (bad !== undefined || (!Array.isArray(next.value) && typeof next.value !== 'string')) {
    findings.problem(bad ?? next, `next is ${show((bad ?? next).value)}, must be a node id or a list of one`);
    return null;
  }
  if (named.length > 1) {
    findings.problem(
      next,
      `next of ${id} names ${named.length} nodes, must name one; a parallel node runs several side by side`,
    );
  }
  for (const target of named) {
    const text = String(target.value);
    if (!ids.has(text))
      findings.problem(target, `next names no node ${text}${hint(text, [...ids], 'nodes')}`);
  }
  if (kind === 'end' && named.length > 0) findings.problem(next, `the end node ${id} cannot have a next`);
  const [first] = named;
  return first === undefined || !ids.has(String(first.value)) ? null : String(first.value);
}

const textsOf = (spot: Spot): readonly string[] =>
  items(spot).flatMap(({ value }) => (typeof value === 'string' ? [value] : []));

const branchTargets = (branches: unknown): readonly string[] =>
  typeof branches === 'object' && branches !== null
    ? Object.values(branches).filter((target) => typeof target === 'string')
    : [];
