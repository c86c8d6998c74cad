import type { NodeBody, NormalisedWorkflow, Runnable } from '../model/graph.ts';
import { isJsonObject } from '../model/json.ts';
import type { DatasetItem } from '../model/spec.ts';
import type { Findings } from '../workflow-format/findings.ts';
import { readFields } from '../workflow-format/fields.ts';
import { line, map } from '../workflow-format/rules.ts';
import { selectWorkflow } from '../workflow-format/select-workflow.ts';
import { show } from '../workflow-format/show.ts';
import { field } from '../workflow-format/spot.ts';
import type { Spot } from '../workflow-format/spot.ts';
import { readStateGraph } from '../workflow-format/state-graph.ts';
import { readYamlWorkflow } from '../workflow-format/yaml-workflow.ts';
import type { Folder } from './folder.ts';
import type { ReadVariant } from './variants.ts';
import { FILES, workflowFiles } from './workflow-files.ts';
import type { WorkflowFiles } from './workflow-files.ts';

interface Runnables {
  readonly runnables: Readonly<Record<string, Runnable>>;
  readonly bodies: Readonly<Record<string, NodeBody>>;
}

const PATH = line(4096);

/** What each variant runs, with its overrides in it. */
export async function readRunnables(
  variants: readonly ReadVariant[],
  dataset: readonly DatasetItem[] | null,
  folder: Folder,
  findings: Findings,
): Promise<Runnables> {
  const files = workflowFiles(folder, findings);
  const runnables = new Map<string, Runnable>();
  const bodies = new Map<string, NodeBody>();
  for (const { spot, workflowType, spec } of variants) {
    if (workflowType === undefined || !isJsonObject(field(spot, 'workflow_config').value)) continue;
    const runnable = await readVariant(workflowType, spot, dataset, files, findings);
    if (runnable === null || spec === null) continue;
    if ('workflowType' in runnable) {
      runnables.set(spec.variantId, runnable);
    } else {
      runnables.set(spec.variantId, { kind: 'graph', graph: runnable.graph });
      for (const [hash, body] of Object.entries(runnable.bodies)) bodies.set(hash, body);
    }
  }
  return { runnables: Object.fromEntries(runnables), bodies: Object.fromEntries(bodies) };
}

type Definition = Extract<Runnable, { kind: 'definition' }>;

async function readVariant(
  type: 'yaml' | 'stategraph' | 'definition',
  variant: Spot,
  dataset: readonly DatasetItem[] | null,
  files: WorkflowFiles,
  findings: Findings,
): Promise<NormalisedWorkflow | Definition | null> {
  const config = field(variant, 'workflow_config');
  const overrides = field(variant, 'parameter_overrides');
  switch (type) {
    case 'definition':
      return readDefinition(config, overrides, dataset, findings);
    case 'stategraph': {
      const graph = await stateGraphSpot(config, files, findings);
      return graph === null ? null : readStateGraph(graph, overrides, findings);
    }
    case 'yaml': {
      readFields(config, { path: PATH, workflow: line(200).optional(), files: FILES }, findings);
      const file = await files.open(config, findings);
      if (file === null) return null;
      const workflow = selectWorkflow(file, field(config, 'workflow'), field(config, 'path'), findings);
      return workflow === null ? null : readYamlWorkflow(workflow, overrides, findings);
    }
  }
}

async function stateGraphSpot(config: Spot, files: WorkflowFiles, findings: Findings): Promise<Spot | null> {
  readFields(config, { graph_definition: map.optional(), path: PATH.optional(), files: FILES }, findings);
  const [inline, path] = [field(config, 'graph_definition'), field(config, 'path')];
  if ((inline.value === undefined) === (path.value === undefined)) {
    const what =
      inline.value === undefined ? 'neither graph_definition nor path' : 'both graph_definition and path';
    findings.problem(config, `workflow_config holds ${what}, must hold one of them`);
    return null;
  }
  if (inline.value !== undefined) return isJsonObject(inline.value) ? inline : null;
  const file = await files.open(config, findings);
  if (file === null || isJsonObject(file.value)) return file;
  findings.problem(file, `the state graph is ${show(file.value)}, must be a map with nodes`);
  return null;
}

/** A Temporal workflow that exists already. Its overrides are merged into the first argument. */
function readDefinition(
  config: Spot,
  overrides: Spot,
  dataset: readonly DatasetItem[] | null,
  findings: Findings,
): Definition | null {
  const shape = { workflow: line(1000), task_queue: line(1000).nullish() };
  const read = readFields(config, shape, findings);
  const given = isJsonObject(overrides.value) ? overrides.value : {};
  const position = (dataset ?? []).findIndex(
    ({ body }) => body.kind === 'inline' && !isJsonObject(body.input),
  );
  if (position >= 0 && Object.keys(given).length > 0) {
    const input = dataset?.[position]?.body;
    const value = input?.kind === 'inline' ? input.input : null;
    const message = `parameter_overrides are merged into the input, and input ${position + 1} is ${show(value)}, must be a map`;
    findings.problem(overrides, message);
  }
  if (read?.workflow === undefined) return null;
  return {
    kind: 'definition',
    workflowType: read.workflow,
    taskQueue: read.task_queue ?? null,
    overrides: given,
  };
}
