export const EXPERIMENT_ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;
export const VARIANT_ID = /^[A-Za-z0-9_.-]{1,64}$/;
export const METRIC_ID = /^[A-Za-z0-9_.-]{1,64}$/;
export const EXECUTION_ID = /^[A-Za-z0-9._:@-]{1,200}$/;

export const experimentWorkflowId = (experimentId: string): string => `experiment/${experimentId}`;
export const datasetWorkflowId = (experimentId: string): string => `dataset/${experimentId}`;
export const executionWorkflowId = (experimentId: string, executionId: string): string =>
  `execution/${experimentId}/${executionId}`;

export interface ExecutionAddress {
  readonly experimentId: string;
  readonly executionId: string;
}

/** The workflow id is the truth about which execution this is. Null when it is not of our form. */
export function parseExecutionWorkflowId(workflowId: string): ExecutionAddress | null {
  const [kind, experimentId, executionId, ...rest] = workflowId.split('/');
  if (kind !== 'execution' || rest.length > 0 || experimentId === undefined || executionId === undefined) {
    return null;
  }
  if (!EXPERIMENT_ID.test(experimentId) || !EXECUTION_ID.test(executionId)) return null;
  return { experimentId, executionId };
}

export function parseExperimentWorkflowId(workflowId: string): string | null {
  const [kind, experimentId, ...rest] = workflowId.split('/');
  if (kind !== 'experiment' || rest.length > 0 || experimentId === undefined) return null;
  return EXPERIMENT_ID.test(experimentId) ? experimentId : null;
}

/** A dataset item's execution id is its position, counted from 1, six digits or more. */
export const datasetExecutionId = (position: number): string => String(position).padStart(6, '0');
