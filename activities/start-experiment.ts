import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { experimentWorkflowId } from '../src/model/ids.ts';

export const controlTaskQueue = (prefix: string): string => `${prefix}-control`;
export const executionTaskQueue = (prefix: string): string => `${prefix}-executions`;

/** The deadline of an execution counts from its begin; the server counts from the start, which may wait in a queue. */
export const SERVER_TIMEOUT_SLACK_MS = 24 * 3600 * 1000;

const START_MS = 8000;

/** Starts the workflow of an experiment whose rows exist. False: it is open already, and left alone. */
export async function startExperimentWorkflow(
  deps: { readonly client: Client; readonly taskQueuePrefix: string },
  experimentId: string,
): Promise<boolean> {
  try {
    await deps.client.withDeadline(Date.now() + START_MS, () =>
      deps.client.workflow.start('experiment', {
        workflowId: experimentWorkflowId(experimentId),
        taskQueue: controlTaskQueue(deps.taskQueuePrefix),
        args: [{ stored: true }],
      }),
    );
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return false;
  }
}
