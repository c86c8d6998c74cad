import { invalidInput } from '../errors.ts';
import { canonicalJson } from '../model/hash.ts';
import type { Json, JsonObject } from '../model/json.ts';

/** What a caller asks an engine to run. */
export type NamedWorkflow =
  | { readonly type: 'yaml'; readonly path: string; readonly workflow: string | null }
  | { readonly type: 'stategraph'; readonly graph: JsonObject | null; readonly path: string | null }
  | { readonly type: 'definition'; readonly workflow: string };

/** What a variant runs, as its file says. */
export interface VariedWorkflow {
  readonly variantId: string;
  readonly workflowType: NamedWorkflow['type'];
  /** As in the file: snake_case keys. */
  readonly workflowConfig: JsonObject;
  /** Of the workflow in a file; the Temporal workflow type of a definition. */
  readonly workflowName: string;
}

/** A call that names another workflow than the experiment varies is a mistake, which would go unnoticed for long. */
export function assertVaried(
  named: NamedWorkflow,
  experimentId: string,
  varied: readonly VariedWorkflow[],
): void {
  if (varied.some((variant) => isNamed(named, variant))) return;
  const has = varied.map((variant) => `${variant.variantId}: ${describe(variant)}`).join('; ');
  throw invalidInput(
    `${describeNamed(named)} is not what experiment ${experimentId} varies (${has}); name one of these, or create an experiment for it`,
  );
}

function isNamed(named: NamedWorkflow, variant: VariedWorkflow): boolean {
  const { workflowConfig: config } = variant;
  if (named.type !== variant.workflowType) return false;
  switch (named.type) {
    case 'yaml':
      return (
        samePath(named.path, config['path']) &&
        (named.workflow === null || named.workflow === variant.workflowName)
      );
    case 'stategraph':
      return (
        (named.graph !== null && canonicalJson(named.graph) === canonicalJson(config['graph_definition'])) ||
        samePath(named.path, config['path'])
      );
    case 'definition':
      return named.workflow === variant.workflowName;
  }
}

/** Either may be given from another folder: the shorter one must be the end of the longer one. */
function samePath(one: Json, other: Json | undefined): boolean {
  if (typeof one !== 'string' || typeof other !== 'string') return false;
  const [a, b] = [segments(one), segments(other)];
  const length = Math.min(a.length, b.length);
  return length > 0 && a.slice(-length).join('/') === b.slice(-length).join('/');
}

const segments = (path: string): readonly string[] =>
  path.split(/[/\\]/).filter((segment) => !['', '.', '..'].includes(segment));

function describeNamed(named: NamedWorkflow): string {
  switch (named.type) {
    case 'yaml':
      return `the workflow file ${JSON.stringify(named.path)}${named.workflow === null ? '' : ` with workflow ${JSON.stringify(named.workflow)}`}`;
    case 'stategraph':
      return named.path === null ? 'the graph' : `the graph file ${JSON.stringify(named.path)}`;
    case 'definition':
      return `the workflow type ${JSON.stringify(named.workflow)}`;
  }
}

function describe({ workflowType, workflowConfig: config, workflowName }: VariedWorkflow): string {
  const { path } = config;
  if (workflowType === 'definition') return `workflow type ${workflowName}`;
  if (typeof path !== 'string') return 'a graph of its own';
  return workflowType === 'yaml' ? `${path}, workflow ${workflowName}` : `graph file ${path}`;
}
