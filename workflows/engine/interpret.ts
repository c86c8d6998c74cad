import type { RunState } from '../../src/model/execution.ts';
import type { Graph, GraphNode, ParallelNode, TaskNode } from '../../src/model/graph.ts';
import { mergeState } from './state.ts';
import type { StateUpdate } from './state.ts';

/** Runs one node somewhere and says what it changed. */
export type RunTask = (node: TaskNode, state: RunState) => Promise<StateUpdate>;

export class GraphFailure extends Error {
  readonly type: string;
  readonly node: string;

  constructor(type: string, node: string, message: string) {
    super(message);
    this.type = type;
    this.node = node;
  }
}

export interface GraphRun {
  readonly state: RunState;
  readonly visited: readonly string[];
}

/** Control flow of a normalised graph: deterministic, and knows nothing of where nodes run. */
export async function interpret(graph: Graph, initial: RunState, runTask: RunTask): Promise<GraphRun> {
  let state = initial;
  const visited: string[] = [];
  let id: string | null = graph.entry;
  while (id !== null) {
    const node: GraphNode = nodeOf(graph, id);
    if (visited.length >= graph.maxIterations) {
      throw new GraphFailure(
        'ITERATION_LIMIT',
        id,
        `${visited.length} nodes were visited, the limit is ${graph.maxIterations}; raise max_iterations or end the loop`,
      );
    }
    visited.push(id);
    state = await step(graph, node, state, runTask);
    id = node.next;
  }
  return { state, visited };
}

async function step(graph: Graph, node: GraphNode, state: RunState, runTask: RunTask): Promise<RunState> {
  switch (node.kind) {
    case 'task': {
      const update = await runTask(node, state);
      return graph.stateMerge === 'replace' && node.output === null ? update : mergeState(state, update);
    }
    case 'parallel':
      return joinChildren(graph, node, state, runTask);
    case 'passthrough':
      return state;
  }
}

/** Children see the state as it was; what they changed is merged in the order of the list. */
async function joinChildren(
  graph: Graph,
  node: ParallelNode,
  state: RunState,
  runTask: RunTask,
): Promise<RunState> {
  const children = node.children.map((id) => {
    const child = nodeOf(graph, id);
    if (child.kind !== 'task') throw new GraphFailure('INVALID_GRAPH', id, `${id} is not a task node`);
    return child;
  });
  const runs = children.map((child) => runTask(child, state));
  const updates = await join(node, runs);
  return updates.reduce(mergeState, state);
}

async function join(node: ParallelNode, runs: readonly Promise<StateUpdate>[]): Promise<StateUpdate[]> {
  if (node.join === 'first') return [await Promise.any(runs).catch(firstReason)];
  const settled = await Promise.allSettled(runs);
  const updates = settled.flatMap((run) => (run.status === 'fulfilled' ? [run.value] : []));
  const failures = settled.flatMap((run) => (run.status === 'rejected' ? [run.reason as unknown] : []));
  const enough = node.join === 'any' ? updates.length > 0 : failures.length === 0;
  if (!enough) throw failures[0];
  return updates;
}

function firstReason(error: unknown): never {
  throw error instanceof AggregateError ? error.errors[0] : error;
}

function nodeOf(graph: Graph, id: string): GraphNode {
  const node = Object.hasOwn(graph.nodes, id) ? graph.nodes[id] : undefined;
  if (node === undefined) throw new GraphFailure('INVALID_GRAPH', id, `the graph has no node ${id}`);
  return node;
}
