import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';

/** The latest run of a workflow id, straight from the server; null: it has forgotten it, or never knew it. */
export async function describeWorkflow(
  client: Client,
  workflowId: string,
): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

export async function isOpen(client: Client, workflowId: string): Promise<boolean> {
  return (await describeWorkflow(client, workflowId))?.status.name === 'RUNNING';
}
