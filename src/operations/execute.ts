import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure, WorkflowIdConflictPolicy } from '@temporalio/common';
import { SERVER_TIMEOUT_SLACK_MS, executionTaskQueue } from '../../activities/start-experiment.ts';
import { readExperiment } from '../db/experiments.ts';
import { readStoredResult } from '../db/recording.ts';
import { orUnavailable } from '../db/pool.ts';
import { invalidInput } from '../errors.ts';
import { camelKeys, snakeKeys } from '../model/case.ts';
import type { ExecutionResult } from '../model/execution.ts';
import { EXECUTION_ID, executionWorkflowId } from '../model/ids.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { orTemporalUnavailable } from './failures.ts';
import { resolveExperiment } from './resolve.ts';
import { ANSWER_MS } from './victor.ts';
import type { Victor } from './victor.ts';

export interface ExecuteRequest {
  /** Default: a random one. Repeating an id gives the first outcome, for ever. */
  readonly executionId?: string;
  readonly unit?: string;
  readonly context?: JsonObject;
  readonly input?: Json;
  readonly whenNotRunning?: 'control' | 'refuse';
}

export interface StartedExecution {
  readonly experimentId: string;
  readonly executionId: string;
  readonly workflowId: string;
  readonly runId: string;
  /** Waits for the outcome, whatever it is. */
  readonly result: () => Promise<ExecutionResult>;
}

/** Starts an execution, or attaches to the one with this id. Throws NotFound, InvalidInput, Unavailable. */
export async function startExecution(
  victor: Victor,
  id: string,
  request: ExecuteRequest = {},
): Promise<StartedExecution> {
  const experimentId = await resolveExperiment(victor, id);
  const executionId = request.executionId ?? randomUUID();
  if (!EXECUTION_ID.test(executionId)) {
    throw invalidInput(`execution id "${executionId}" must match ${EXECUTION_ID.source}`);
  }
  const workflowId = executionWorkflowId(experimentId, executionId);
  const timeoutMs = await orUnavailable(async () => {
    const row = await readExperiment(victor.pool, experimentId);
    return (row?.spec.timeouts.executionMs ?? 0) + SERVER_TIMEOUT_SLACK_MS;
  });
  const { client } = await victor.temporal();
  const argument = snakeKeys({
    experimentId,
    ...(request.unit === undefined ? {} : { unit: request.unit }),
    context: request.context ?? {},
    input: request.input ?? null,
    whenNotRunning: request.whenNotRunning ?? 'control',
  });
  try {
    const handle = await client.withDeadline(Date.now() + ANSWER_MS, () =>
      client.workflow.start('execution', {
        workflowId,
        taskQueue: executionTaskQueue(victor.taskQueuePrefix),
        args: [argument],
        workflowTaskTimeout: '5s',
        workflowExecutionTimeout: timeoutMs,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      }),
    );
    const runId = handle.firstExecutionRunId;
    return {
      experimentId,
      executionId,
      workflowId,
      runId,
      result: async () => {
        try {
          return camelKeys(await handle.result()) as ExecutionResult;
        } catch (error) {
          if (error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure) {
            const stored = await cancelledResult(victor, experimentId, executionId);
            if (stored !== null) return stored;
          }
          throw orTemporalUnavailable(error);
        }
      },
    };
  } catch (error) {
    throw orTemporalUnavailable(error);
  }
}

/** Starts an execution and waits for its outcome. */
export async function executeWorkflow(
  victor: Victor,
  id: string,
  request: ExecuteRequest = {},
): Promise<ExecutionResult> {
  return (await startExecution(victor, id, request)).result();
}

/** A cancelled workflow returns nothing; its outcome is in its row. */
async function cancelledResult(
  victor: Victor,
  experimentId: string,
  executionId: string,
): Promise<ExecutionResult | null> {
  const stored = await orUnavailable(() => readStoredResult(victor.pool, experimentId, executionId));
  if (stored === null) return null;
  const { output_truncated: outputTruncated, ...rest } = stored;
  return {
    ...(camelKeys(rest) as Omit<ExecutionResult, 'experimentId' | 'executionId' | 'recorded'>),
    experimentId,
    executionId,
    recorded: true,
    ...(outputTruncated ? { outputTruncated } : {}),
  };
}
