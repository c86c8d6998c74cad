import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  ParentClosePolicy,
  executeChild,
  isCancellation,
  sleep,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { camelKeys, snakeKeys } from '../model/case.ts';
import type { ExecutionResult } from '../model/execution.ts';
import { EXECUTION_ID, EXPERIMENT_ID, executionWorkflowId } from '../model/ids.ts';
import type { Json, JsonObject } from '../model/json.ts';

export interface VariantRequest {
  /** The id itself: a workflow cannot look up a name. */
  readonly experimentId: string;
  /** Default: a UUID that is the same when the workflow is replayed. Repeating an id gives the first outcome. */
  readonly executionId?: string;
  readonly unit?: string;
  readonly context?: JsonObject;
  readonly input?: Json;
  /** What to do when the experiment does not run: control's workflow unrecorded (default), or NotRunning. */
  readonly whenNotRunning?: 'control' | 'refuse';
  /** Default `victor`: the execution runs on the task queue `<prefix>-executions`. */
  readonly taskQueuePrefix?: string;
}

/** Between two attempts to join an execution that another workflow has started. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/**
 * Runs an execution as a child of your workflow and returns what became of it, whatever that is: a variant that fails is
 * `outcome: 'failure'`. Call it in workflow code. A cancelled workflow cancels the execution and waits until that is
 * recorded; a workflow that ends otherwise asks it to cancel.
 *
 * Throws ApplicationFailure with type InvalidInput, NotFound or NotRunning, which fails your workflow unless it is caught.
 *
 * @example
 * ```ts
 * import { executeVariant } from 'victor-experiments/workflow';
 *
 * export async function answerQuestion(question: { id: string; customer: string; text: string }) {
 *   const { variantId, outcome, output, metrics } = await executeVariant({
 *     experimentId: 'model-comparison',
 *     executionId: question.id,
 *     unit: question.customer,
 *     input: { query: question.text },
 *   });
 *   return { variantId, outcome, output, seconds: metrics['execution_time'] };
 * }
 * ```
 */
export async function executeVariant(request: VariantRequest): Promise<ExecutionResult> {
  const { experimentId, executionId = uuid4(), taskQueuePrefix = 'victor', ...argument } = request;
  assertId('experimentId', experimentId, EXPERIMENT_ID);
  assertId('executionId', executionId, EXECUTION_ID);
  const ids = {
    experimentId,
    executionId,
    workflowId: executionWorkflowId(experimentId, executionId),
  };
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      const result: unknown = await executeChild('execution', {
        workflowId: ids.workflowId,
        taskQueue: `${taskQueuePrefix}-executions`,
        args: [snakeKeys({ experimentId, ...argument })],
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        // a worker that is killed in the middle of a task gives it back after this long
        workflowTaskTimeout: '5s',
        staticSummary: `variant of ${experimentId}`,
      });
      return camelKeys(result) as ExecutionResult;
    } catch (error) {
      // a child cannot attach to a running workflow: when that has ended, the same id gives its outcome
      if (!isAlreadyStarted(error)) return ended(ids, error);
      await sleep(waitMs, { summary: `waits for ${ids.workflowId}` });
    }
  }
}

const isAlreadyStarted = (error: unknown): boolean =>
  error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError';

/** Failures of ours keep their type. What was ended from outside has an outcome, which is not known here in full. */
function ended(
  ids: Pick<ExecutionResult, 'experimentId' | 'executionId' | 'workflowId'>,
  error: unknown,
): ExecutionResult {
  if (CancellationScope.current().consideredCancelled && isCancellation(error)) throw error;
  if (!(error instanceof ChildWorkflowFailure)) throw error;
  const { cause } = error;
  if (cause instanceof ApplicationFailure) {
    throw ApplicationFailure.create({
      message: cause.message,
      type: cause.type ?? 'Error',
      nonRetryable: true,
      ...(cause.details == null ? {} : { details: cause.details }),
    });
  }
  const cancelled = cause instanceof CancelledFailure;
  return {
    ...ids,
    runId: error.execution.runId ?? '',
    variantId: null,
    recorded: false,
    phase: null,
    outcome: cancelled ? 'cancelled' : 'failure',
    output: null,
    error: {
      type: cancelled ? 'Cancelled' : 'Terminated',
      message: cause?.message ?? error.message,
      node: null,
    },
    durationSeconds: null,
    metrics: {},
  };
}

function assertId(name: string, id: unknown, rule: RegExp): void {
  if (typeof id === 'string' && rule.test(id)) return;
  throw ApplicationFailure.nonRetryable(
    `${name} of executeVariant is ${JSON.stringify(id)}, must match ${rule.source} (workflow ${workflowInfo().workflowId})`,
    'InvalidInput',
  );
}
