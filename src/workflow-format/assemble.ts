import type { Graph, NormalisedWorkflow } from '../model/graph.ts';
import type { JsonObject } from '../model/json.ts';
import type { DraftGraph } from './graph-checks.ts';
import { withNext } from './nodes.ts';

/** Node visits per run. */
const DEFAULT_MAX_ITERATIONS = 100;

interface GraphOptions {
  readonly name: string;
  readonly maxIterations: number | undefined;
  readonly stateMerge: Graph['stateMerge'];
  readonly initialState: JsonObject;
}

/** Null: there is no entry, and that was said. */
export function assemble(draft: DraftGraph, options: GraphOptions): NormalisedWorkflow | null {
  if (draft.entry === null || !draft.nodes.has(draft.entry)) return null;
  const drafts = [...draft.nodes.values()];
  const nodes = drafts.map((one) => [one.node.id, withNext(one, draft.next.get(one.node.id) ?? null)]);
  const bodies = drafts.flatMap(({ node, body }) => (node.kind === 'task' ? [[node.body, body]] : []));
  return {
    graph: {
      ...options,
      entry: draft.entry,
      nodes: Object.fromEntries(nodes) as Graph['nodes'],
      maxIterations: options.maxIterations ?? DEFAULT_MAX_ITERATIONS,
    },
    bodies: Object.fromEntries(bodies) as NormalisedWorkflow['bodies'],
  };
}
