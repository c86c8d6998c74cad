import { isJsonObject } from '../model/json.ts';
import type { Findings } from './findings.ts';
import { show } from './show.ts';
import { entries, field } from './spot.ts';
import type { Spot } from './spot.ts';
import { hint } from './suggest.ts';

export interface NamedWorkflow {
  readonly name: string;
  readonly spot: Spot;
}

/**
 * The workflow that is meant: `choice` names it, or the file holds only one. `around` is where the file was named,
 * which is the place of a choice that is missing.
 */
export function selectWorkflow(
  file: Spot,
  choice: Spot,
  around: Spot,
  findings: Findings,
): NamedWorkflow | null {
  const workflows = listWorkflows(file, findings);
  if (workflows === null) return null;
  const names = workflows.map(({ name }) => name);
  if (typeof choice.value === 'string') {
    const chosen = workflows.find(({ name }) => name === choice.value);
    if (chosen === undefined) {
      findings.problem(
        choice,
        `the file has no workflow ${choice.value}${hint(choice.value, names, 'its workflows')}`,
      );
    }
    return chosen ?? null;
  }
  // a choice that is no text was refused by its own rule
  if (choice.value !== undefined) return null;
  if (workflows.length === 1) return workflows[0] ?? null;
  const message = `the file holds ${workflows.length} workflows; name one with workflow: ${names.join(', ')}`;
  findings.problem(around, message);
  return null;
}

function listWorkflows(file: Spot, findings: Findings): readonly NamedWorkflow[] | null {
  if (!isJsonObject(file.value)) {
    findings.problem(file, `the workflow file is ${show(file.value)}, must be a map of workflows`);
    return null;
  }
  if (Array.isArray(file.value['nodes'])) {
    findings.problem(
      field(file, 'nodes'),
      'the file is a library of nodes (nodes at the top); a workflow stands under workflows: NAME: nodes:',
      'key',
    );
    return null;
  }
  const whole = file.value['workflows'] === undefined;
  const around = whole ? file : field(file, 'workflows');
  if (!whole) {
    for (const [key, spot] of entries(file)) {
      if (key !== 'workflows') findings.warn('WORKFLOW_KEY_UNUSED', `the key ${key} is not used`, spot);
    }
  }
  const workflows = entries(around).map(([name, spot]) => ({ name, spot }));
  if (workflows.length > 0) return workflows;
  findings.problem(around, `workflows is ${show(around.value)}, must be a map with at least one workflow`);
  return null;
}
