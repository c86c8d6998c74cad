import type { Client } from '@temporalio/client';

export interface Run {
  readonly runId: string;
  readonly events: number;
}

/** The runs of a workflow that continued as new, from its first one on. */
export async function runsOf(client: Client, workflowId: string): Promise<readonly Run[]> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const runs: Run[] = [];
  let runId = raw.workflowExecutionInfo?.firstRunId ?? null;
  while (runId !== null) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    runs.push({ runId, events: events?.length ?? 0 });
    runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? null;
  }
  return runs;
}
