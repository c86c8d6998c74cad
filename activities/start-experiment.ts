import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type pg from 'pg';
import { readExperiment } from '../src/db/experiments.ts';
import type { ExperimentRow } from '../src/db/experiments.ts';
import { experimentWorkflowId } from '../src/model/ids.ts';
import { summaryText } from '../src/model/summary-text.ts';
import { beginning } from '../src/model/well-formed.ts';

export const controlTaskQueue = (prefix: string): string => `${prefix}-control`;
export const executionTaskQueue = (prefix: string): string => `${prefix}-executions`;

/** The deadline of an execution counts from its begin; the server counts from the start, which may wait in a queue. */
export const SERVER_TIMEOUT_SLACK_MS = 24 * 3600 * 1000;

const START_MS = 8000;
/** A server may hold details to 20,000 bytes, and refuse the start above that. */
const DETAILS_LENGTH = 3000;

/** Starts the workflow of an experiment whose rows exist. False: it is open already, and left alone. */
export async function startExperimentWorkflow(
  deps: { readonly client: Client; readonly pool: pg.Pool; readonly taskQueuePrefix: string },
  experimentId: string,
): Promise<boolean> {
  const row = await readExperiment(deps.pool, experimentId);
  try {
    await deps.client.withDeadline(Date.now() + START_MS, () =>
      deps.client.workflow.start('experiment', {
        workflowId: experimentWorkflowId(experimentId),
        taskQueue: controlTaskQueue(deps.taskQueuePrefix),
        args: [{ stored: true }],
        ...(row === null ? {} : shown(row)),
      }),
    );
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return false;
  }
}

/** What the Web UI shows of the experiment before its workflow says anything. */
const shown = ({ name, spec }: ExperimentRow) => ({
  memo: { name },
  staticSummary: summaryText(name),
  staticDetails: beginning(
    [spec.description, spec.hypothesis].filter((text) => text !== '').join('\n\n'),
    DETAILS_LENGTH,
  ),
});
