import { formatProblem } from '../../src/errors.ts';
import type { Graph, NormalisedWorkflow } from '../../src/model/graph.ts';
import type { Warning } from '../../src/model/spec.ts';
import { Findings } from '../../src/workflow-format/findings.ts';
import { selectWorkflow } from '../../src/workflow-format/select-workflow.ts';
import type { Spot } from '../../src/workflow-format/spot.ts';
import { readStateGraph } from '../../src/workflow-format/state-graph.ts';
import { valueSpot } from '../../src/workflow-format/value-document.ts';
import { parseYaml } from '../../src/workflow-format/yaml-document.ts';
import { readYamlWorkflow } from '../../src/workflow-format/yaml-workflow.ts';

export interface Reading {
  readonly workflow: NormalisedWorkflow | null;
  readonly problems: readonly string[];
  readonly warnings: readonly Warning[];
}

type Overrides = Readonly<Record<string, unknown>>;

function read(
  text: string,
  overrides: Overrides,
  run: (file: Spot, given: Spot, findings: Findings) => NormalisedWorkflow | null,
): Reading {
  const findings = new Findings();
  const file = parseYaml(text, 'w.yaml', findings);
  const given = valueSpot(overrides, findings.nextDocument());
  const workflow = file === null ? null : run(file, given, findings);
  return { workflow, problems: findings.problems.map(formatProblem), warnings: findings.warnings };
}

export const readWorkflow = (text: string, overrides: Overrides = {}, name?: string): Reading =>
  read(text, overrides, (file, given, findings) => {
    const choice = valueSpot(name, findings.nextDocument());
    const chosen = selectWorkflow(file, choice, choice, findings);
    return chosen === null ? null : readYamlWorkflow(chosen, given, findings);
  });

/** A workflow from the text of its nodes, which begin at line 4. */
export const readNodeList = (nodes: string, overrides: Overrides = {}): Reading =>
  readWorkflow(`workflows:\n  w:\n    nodes:\n${nodes}`, overrides);

export const readGraph = (text: string, overrides: Overrides = {}): Reading =>
  read(text, overrides, readStateGraph);

/** The way through a graph: `a -> all(b, c) -> d`. */
export function route(graph: Graph | undefined): string {
  const parts: string[] = [];
  for (let id: string | null = graph?.entry ?? null; id !== null; ) {
    const node: Graph['nodes'][string] | undefined = graph?.nodes[id];
    if (node === undefined || parts.length > 50) return 'broken';
    parts.push(node.kind === 'parallel' ? `${node.join}(${node.children.join(', ')})` : id);
    id = node.next;
  }
  return parts.join(' -> ');
}
