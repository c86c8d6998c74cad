import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';
import {
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowIdConflictPolicy,
} from '@temporalio/common';
import { SERVER_TIMEOUT_SLACK_MS, executionTaskQueue } from '../../activities/start-experiment.ts';
import { readExperiment } from '../db/experiments.ts';
import { readStoredResult } from '../db/recording.ts';
import { orUnavailable } from '../db/pool.ts';
import { asJson } from '../engine/as-json.ts';
import { executionResult } from '../documents/execution.ts';
import { invalidInput, notFound } from '../errors.ts';
import { camelKeys, snakeKeys } from '../model/case.ts';
import type { ExecutionResult } from '../model/execution.ts';
import { EXECUTION_ID, executionWorkflowId } from '../model/ids.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { summaryText } from '../model/summary-text.ts';
import { orTemporalUnavailable } from './failures.ts';
import { resolveExperiment } from './resolve.ts';
import { assertSameTemporal } from './same-temporal.ts';
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

/**
 * Starts an execution, or attaches to the one with this id. Throws NotFound, InvalidInput, Unavailable.
 *
 * @example
 * ```ts
 * import { startExecution } from 'victor-experiments/client';
 *
 * const started = await startExecution(victor, 'model-comparison', {
 *   executionId: 'request-17',
 *   unit: 'user_456',
 *   input: { query: 'AI safety research' },
 * });
 * console.log(`${started.workflowId} runs`);
 * const { outcome } = await started.result();
 * console.log(outcome);
 * ```
 */
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
  const row = await orUnavailable(() => readExperiment(victor.pool, experimentId));
  if (row === null) throw notFound(`no experiment has the id ${experimentId}`);
  const { client, identity } = await victor.temporal();
  assertSameTemporal(row, identity);
  const argument = snakeKeys({
    experimentId,
    ...(request.unit === undefined ? {} : { unit: request.unit }),
    context: request.context ?? {},
    input: asJson(request.input ?? null),
    whenNotRunning: request.whenNotRunning ?? 'control',
  });
  try {
    const handle = await client.withDeadline(Date.now() + ANSWER_MS, () =>
      client.workflow.start('execution', {
        workflowId,
        taskQueue: executionTaskQueue(row.taskQueuePrefix),
        args: [argument],
        staticSummary: summaryText(row.name),
        workflowTaskTimeout: '5s',
        workflowExecutionTimeout: row.spec.timeouts.executionMs + SERVER_TIMEOUT_SLACK_MS,
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
          if (error instanceof WorkflowFailedError && endedFromOutside(error.cause)) {
            return (
              (await storedResult(victor, experimentId, executionId)) ??
              lostResult({ experimentId, executionId, workflowId, runId }, error)
            );
          }
          throw orTemporalUnavailable(error);
        }
      },
    };
  } catch (error) {
    throw orTemporalUnavailable(error);
  }
}

/**
 * Starts an execution and waits for its outcome, whatever it is. Throws NotFound, InvalidInput, Unavailable; NotRunning when
 * the experiment does not run and `whenNotRunning` is `refuse`.
 *
 * @example
 * ```ts
 * import { executeWorkflow } from 'victor-experiments/client';
 *
 * const { variantId, outcome, output } = await executeWorkflow(victor, 'model-comparison', {
 *   unit: 'user_123',
 *   input: { query: 'AI safety research' },
 * });
 * console.log(variantId, outcome, output);
 * ```
 */
export async function executeWorkflow(
  victor: Victor,
  id: string,
  request: ExecuteRequest = {},
): Promise<ExecutionResult> {
  return (await startExecution(victor, id, request)).result();
}

const endedFromOutside = (cause: unknown): boolean =>
  cause instanceof CancelledFailure || cause instanceof TerminatedFailure || cause instanceof TimeoutFailure;

/** Of a terminated workflow the reconciler records the outcome: it comes by this often. */
const RECONCILED_MS = 20_000;

/** A workflow that was ended from outside returns nothing; its outcome is in its row, now or soon. */
async function storedResult(
  victor: Victor,
  experimentId: string,
  executionId: string,
): Promise<ExecutionResult | null> {
  const deadline = Date.now() + RECONCILED_MS;
  for (;;) {
    const stored = await orUnavailable(() => readStoredResult(victor.pool, experimentId, executionId));
    if (stored !== null) return executionResult({ experimentId, executionId }, stored);
    if (Date.now() > deadline) return null;
    await sleep(500);
  }
}

/** Nothing was recorded: it ended before it began, or the experiment does not record now. */
function lostResult(
  ids: Pick<ExecutionResult, 'experimentId' | 'executionId' | 'workflowId' | 'runId'>,
  error: WorkflowFailedError,
): ExecutionResult {
  const cancelled = error.cause instanceof CancelledFailure;
  return {
    ...ids,
    variantId: null,
    recorded: false,
    phase: null,
    outcome: cancelled ? 'cancelled' : 'failure',
    output: null,
    error: {
      type: cancelled ? 'Cancelled' : 'Terminated',
      message: error.cause?.message ?? error.message,
      node: null,
    },
    durationSeconds: null,
    metrics: {},
  };
}
