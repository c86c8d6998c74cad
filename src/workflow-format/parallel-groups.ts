import type { Findings } from './findings.ts';
import type { ListedNode } from './node-list.ts';
import type { DraftNode } from './nodes.ts';
import { show } from './show.ts';
import { items } from './spot.ts';
import type { Spot } from './spot.ts';
import { hint } from './suggest.ts';

interface Group {
  readonly spot: Spot;
  readonly members: readonly string[];
}

/** Without edges, nodes run in the order of the list; each group stands at the position of its first member. */
export function orderByList(
  groups: Spot,
  nodes: readonly ListedNode[],
  findings: Findings,
): { readonly next: ReadonlyMap<string, string | null>; readonly parallel: readonly DraftNode[] } {
  const read = readGroups(groups, nodes, findings);
  const parallel = read.map(({ spot, members }, index) =>
    parallelNode(`parallel_nodes[${index}]`, spot, members),
  );
  const groupOf = new Map(
    parallel.flatMap(({ node }) =>
      node.kind === 'parallel' ? node.children.map((id) => [id, node.id] as const) : [],
    ),
  );
  const line = [...new Set(nodes.map(({ id }) => groupOf.get(id) ?? id))];
  return { parallel, next: new Map(line.map((id, index) => [id, line[index + 1] ?? null])) };
}

function readGroups(groups: Spot, nodes: readonly ListedNode[], findings: Findings): readonly Group[] {
  const ids = nodes.map(({ id }) => id);
  const taken = new Set<string>();
  return items(groups).flatMap((spot) => {
    if (!Array.isArray(spot.value) || spot.value.length === 0) {
      findings.problem(
        spot,
        `a group of parallel_nodes is ${show(spot.value)}, must be a list of node names: [[a, b]]`,
      );
      return [];
    }
    const members: string[] = [];
    for (const member of items(spot)) {
      const name = member.value;
      if (typeof name !== 'string' || !ids.includes(name)) {
        const near = typeof name === 'string' ? hint(name, ids, 'nodes') : '';
        findings.problem(member, `parallel_nodes names ${show(name)}, which is no node${near}`);
      } else if (taken.has(name)) {
        findings.problem(member, `${name} is in parallel_nodes twice`);
      } else {
        taken.add(name);
        members.push(name);
      }
    }
    return members.length === 0 ? [] : [{ spot, members }];
  });
}

function parallelNode(id: string, spot: Spot, children: readonly string[]): DraftNode {
  const node = {
    kind: 'parallel',
    id,
    label: children.join(' + '),
    children,
    join: 'all',
    output: null,
  } as const;
  return { listed: { id, spot, kind: 'parallel' }, node, body: null };
}
