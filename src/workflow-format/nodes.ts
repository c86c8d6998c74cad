import type { GraphNode, NodeBody, ParallelNode, PassthroughNode, TaskNode } from '../model/graph.ts';
import type { Findings } from './findings.ts';
import { readFields } from './fields.ts';
import type { Format } from './format.ts';
import { NEXT, PARALLEL_SHAPE, PASSTHROUGH_SHAPE } from './kinds.ts';
import type { ListedNode } from './node-list.ts';
import { field } from './spot.ts';
import { readCompute, readFunction } from './tasks.ts';
import type { NodeDefaults } from './tasks.ts';

/** A node before its successor is known. `body` null: it does no work of its own. */
export interface DraftNode {
  readonly listed: ListedNode;
  readonly node: Omit<TaskNode, 'next'> | Omit<ParallelNode, 'next'> | Omit<PassthroughNode, 'next'>;
  readonly body: NodeBody | null;
}

export const withNext = ({ node }: DraftNode, next: string | null): GraphNode => ({ ...node, next });

export function readNodes(
  listed: readonly ListedNode[],
  format: Format,
  defaults: NodeDefaults,
  findings: Findings,
): readonly DraftNode[] {
  return listed.flatMap((node) => readNode(node, format, defaults, findings) ?? []);
}

function readNode(
  listed: ListedNode,
  format: Format,
  defaults: NodeDefaults,
  findings: Findings,
): DraftNode | null {
  switch (listed.kind) {
    case null:
      return null;
    case 'function': {
      const read = readFunction(listed, format, defaults, findings);
      return read === null ? null : { listed, ...read };
    }
    case 'compute': {
      const read = readCompute(listed, format, defaults, findings);
      return read === null ? null : { listed, ...read };
    }
    case 'parallel':
      return readParallel(listed, format, findings);
    case 'passthrough':
    case 'start':
    case 'end':
      return readPassthrough(listed, format, findings);
  }
}

function readParallel(listed: ListedNode, format: Format, findings: Findings): DraftNode | null {
  const { id, spot } = listed;
  const read = readFields(spot, { ...PARALLEL_SHAPE, ...NEXT }, findings, format.onUnknown(findings));
  if (read === null) return null;
  for (const key of ['timeout', 'retry', 'retry_policy', 'output']) {
    const given = field(spot, key);
    if (given.value === undefined || given.value === null) continue;
    findings.problem(
      given,
      `${key} of a parallel node is not supported yet; set it on the nodes that it runs`,
      'key',
    );
  }
  const children = read.parallel_nodes ?? [];
  if (read.parallel_nodes?.length === 0) {
    findings.problem(
      field(spot, 'parallel_nodes'),
      'parallel_nodes is an empty list, must name at least one node',
    );
  }
  const node = {
    kind: 'parallel',
    id,
    label: read.name ?? id,
    children,
    join: read.join_strategy ?? 'all',
    output: null,
  } as const;
  return { listed, node, body: null };
}

function readPassthrough(listed: ListedNode, format: Format, findings: Findings): DraftNode | null {
  const shape = format.ordered ? { ...PASSTHROUGH_SHAPE, ...NEXT } : PASSTHROUGH_SHAPE;
  const read = readFields(listed.spot, shape, findings, format.onUnknown(findings));
  if (read === null) return null;
  return { listed, node: { kind: 'passthrough', id: listed.id, label: read.name ?? listed.id }, body: null };
}
