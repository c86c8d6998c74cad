import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  ParentClosePolicy,
  TimeoutFailure,
  executeChild,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { DataActivities } from '../activities/data.ts';
import { snakeKeys } from '../src/model/case.ts';
import { STORE_UNAVAILABLE } from '../src/model/execution.ts';
import type {
  Begun,
  ExecutionError,
  ExecutionRequest,
  ExecutionResult,
  NodeMetrics,
  Outcome,
  RunState,
} from '../src/model/execution.ts';
import type { Runnable, TaskNode } from '../src/model/graph.ts';
import { isJsonObject } from '../src/model/json.ts';
import type { Json, JsonObject } from '../src/model/json.ts';
import { summaryText } from '../src/model/summary-text.ts';
import { GraphFailure, interpret } from './engine/interpret.ts';
import type { StateUpdate } from './engine/state.ts';
import { meteredBeforeFailure } from './metered.ts';
import { parseExecutionRequest } from './request.ts';

/** Short limits and unlimited attempts: a database outage becomes server timers, not held workflow-task slots. */
const { begin, record } = proxyLocalActivities<DataActivities>({
  startToCloseTimeout: '2s',
  localRetryThreshold: '1s',
  retry: { initialInterval: '100ms', maximumInterval: '10s' },
});

const VARIANT_GRACE_MS = 60_000;

type Running = Extract<Begun, { kind: 'admitted' | 'unrecorded' }>;

interface Ending {
  readonly outcome: Outcome;
  readonly error: ExecutionError | null;
  readonly state: RunState | null;
  readonly output: Json;
}

/** One execution: begin, run the variant, record, whatever happens. */
export async function execution(argument: unknown): Promise<unknown> {
  const request = parseExecutionRequest(argument);
  const begun = await CancellationScope.nonCancellable(() => begin(request));
  switch (begun.kind) {
    case 'unknown':
      throw ApplicationFailure.nonRetryable(`no experiment has the id ${request.experimentId}`, 'NotFound');
    case 'invalid':
      throw ApplicationFailure.nonRetryable(begun.message, 'InvalidInput');
    case 'refused':
      throw ApplicationFailure.nonRetryable(
        `experiment ${request.experimentId} is ${begun.status} and when_not_running is refuse`,
        'NotRunning',
        begun.status,
      );
    case 'finished':
      return conclude(request, begun.result);
    case 'admitted':
    case 'unrecorded':
      return conclude(request, await runAndRecord(request, begun));
  }
}

async function runAndRecord(request: ExecutionRequest, begun: Running): Promise<ExecutionResult> {
  upsertSearchAttributes({ ExperimentId: [request.experimentId], VariantId: [begun.variantId] });
  setCurrentDetails(`variant \`${begun.variantId}\` of experiment \`${request.experimentId}\``);
  const startedAt = Date.now();
  const metered: NodeMetrics[] = [];
  const ending = await runWithin(begun, () => runVariant(request, begun, metered));
  const durationSeconds = (Date.now() - startedAt) / 1000;
  return CancellationScope.nonCancellable(() =>
    record({
      request,
      variantId: begun.variantId,
      recorded: begun.kind === 'admitted',
      outcome: ending.outcome,
      error: ending.error,
      state: ending.state,
      output: ending.output,
      durationSeconds,
      metrics: { execution_time: durationSeconds, ...total(metered) },
    }),
  );
}

/** Turns whatever happens into an outcome. Only a bug of ours (a failed workflow task) escapes. */
async function runWithin(
  { deadlineMs, runnable }: Pick<Running, 'deadlineMs' | 'runnable'>,
  run: () => Promise<{ readonly state: RunState | null; readonly output: Json }>,
): Promise<Ending> {
  const whole = CancellationScope.current();
  const work = new CancellationScope({ cancellable: true, timeout: Math.max(1, deadlineMs) });
  const ended = { state: null, output: null };
  const startedAt = Date.now();
  try {
    const done = await work.run(run);
    // a worker that was away hears of the end and of the deadline together: the clock decides
    if (Date.now() - startedAt > deadlineMs) return { ...timedOut(deadlineMs, runnable), ...ended };
    return { outcome: 'success', error: null, ...done };
  } catch (error) {
    if (!isCancellation(error)) return { outcome: 'failure', error: describe(error), ...ended };
    if (whole.consideredCancelled || !work.consideredCancelled) {
      const what = whole.consideredCancelled ? 'execution' : 'variant workflow';
      return { outcome: 'cancelled', error: failureOf('Cancelled', `the ${what} was cancelled`), ...ended };
    }
    return { ...timedOut(deadlineMs, runnable), ...ended };
  }
}

function timedOut(deadlineMs: number, runnable: Runnable): Pick<Ending, 'outcome' | 'error'> {
  const seconds = (deadlineMs / 1000).toPrecision(3);
  return {
    outcome: 'timeout',
    error: failureOf(
      'Timeout',
      `the execution passed its deadline (${seconds} s left at begin)${whereItRan(runnable)}`,
    ),
  };
}

/** A workflow of the user's own says nothing while it waits for a worker, or for a mend of what it throws. */
function whereItRan(runnable: Runnable): string {
  if (runnable.kind !== 'definition') return '';
  const queue = runnable.taskQueue === null ? 'its task queue' : `the task queue ${runnable.taskQueue}`;
  return `; the workflow ${runnable.workflowType} had not ended: does a worker serve ${queue} and know that type? An Error that is no ApplicationFailure is retried for ever`;
}

const failureOf = (type: string, message: string): ExecutionError => ({ type, message, node: null });

async function runVariant(
  request: ExecutionRequest,
  begun: Running,
  metered: NodeMetrics[],
): Promise<{ readonly state: RunState | null; readonly output: Json }> {
  const { runnable, inputError } = begun;
  if (inputError !== null) throw ApplicationFailure.nonRetryable(inputError.message, inputError.type);
  if (runnable.kind === 'definition')
    return { state: null, output: await runDefinition(runnable, request, begun.state, begun.deadlineMs) };
  const { state } = await interpret(runnable.graph, begun.state, async (node, seen) => {
    const done = await runNode(request, begun, node, seen, metered);
    metered.push(done.metrics);
    return done.update;
  });
  return { state, output: null };
}

async function runNode(
  request: ExecutionRequest,
  begun: Running,
  node: TaskNode,
  state: RunState,
  metered: NodeMetrics[],
): Promise<{ readonly update: StateUpdate; readonly metrics: NodeMetrics }> {
  const timeoutMs = node.timeoutMs ?? begun.nodeTimeoutMs;
  const activities = proxyActivities<DataActivities>({
    summary: summaryText(node.label),
    startToCloseTimeout: timeoutMs,
    heartbeatTimeout: Math.min(6000, Math.max(1000, timeoutMs)),
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: {
      initialInterval: '200ms',
      maximumInterval: '10s',
      maximumAttempts: node.maxAttempts ?? 3,
      nonRetryableErrorTypes: [STORE_UNAVAILABLE],
    },
  });
  for (let waitMs = 500; ; waitMs = Math.min(2 * waitMs, 10_000)) {
    try {
      return await activities.runNode({
        experimentId: request.experimentId,
        executionId: request.executionId,
        variantId: begun.variantId,
        nodeId: node.id,
        body: node.body,
        output: node.output,
        state,
        parameters: begun.overrides,
        timeoutMs,
      });
    } catch (error) {
      if (isCancellation(error)) throw error;
      const paid = meteredBeforeFailure(error);
      if (paid !== null) metered.push(paid);
      const { type, message } = describe(error);
      // a database that is away is no failure of the node: it waits, within the deadline of the execution
      if (type !== STORE_UNAVAILABLE) throw new GraphFailure(type, node.id, message);
      await sleep(waitMs, { summary: 'waits for Postgres' });
    }
  }
}

/** A Temporal workflow that exists already: a child, with the overrides merged into its first argument. */
async function runDefinition(
  runnable: Extract<Runnable, { kind: 'definition' }>,
  request: ExecutionRequest,
  state: RunState,
  deadlineMs: number,
): Promise<Json> {
  const given = request.position === null ? (request.input ?? {}) : state.values;
  const argument = isJsonObject(given) ? { ...given, ...runnable.overrides } : given;
  return (await executeChild(runnable.workflowType, {
    workflowId: `${workflowInfo().workflowId}/variant`,
    args: [argument],
    ...(runnable.taskQueue === null ? {} : { taskQueue: runnable.taskQueue }),
    staticSummary: summaryText(runnable.workflowType),
    // a deadline does not wait for what it ends: that is asked to, and has a moment before the server ends it
    cancellationType: ChildWorkflowCancellationType.TRY_CANCEL,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    workflowExecutionTimeout: deadlineMs + VARIANT_GRACE_MS,
  })) as Json;
}

function describe(error: unknown): ExecutionError {
  if (error instanceof GraphFailure) return { type: error.type, message: error.message, node: error.node };
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) {
    return { ...describe(error.cause), node: null };
  }
  if (error instanceof TimeoutFailure) {
    return { type: 'Timeout', message: `timed out (${error.timeoutType})`, node: null };
  }
  if (error instanceof ApplicationFailure) {
    return { type: error.type ?? 'Error', message: error.message, node: null };
  }
  if (error instanceof Error && error.name === 'TerminatedFailure') {
    return { type: 'Terminated', message: 'the variant workflow was terminated', node: null };
  }
  if (error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError') {
    return {
      type: 'AlreadyStarted',
      message: 'a workflow with the id of the variant workflow runs',
      node: null,
    };
  }
  // a TypeError here is a bug of ours: fail the workflow task, so that a fix can resume the run
  throw error;
}

function total(metered: readonly NodeMetrics[]): Record<string, number> {
  const sum = (pick: (metrics: NodeMetrics) => number): number =>
    metered.reduce((all, one) => all + pick(one), 0);
  return {
    token_usage: sum((metrics) => metrics.tokens),
    tool_calls_count: sum((metrics) => metrics.toolCalls),
    cost: sum((metrics) => metrics.costUsd),
  };
}

/** The workflow ends with the stored outcome, so that Temporal and Postgres agree. */
function conclude(request: ExecutionRequest, result: ExecutionResult): unknown {
  if (result.outcome === 'cancelled') throw new CancelledFailure(result.error?.message ?? 'cancelled');
  if (result.outcome !== 'success' && request.throwOnFailure) {
    throw ApplicationFailure.nonRetryable(
      result.error?.message ?? result.outcome,
      'ExecutionFailed',
      snakeKeys(result) as JsonObject,
    );
  }
  return snakeKeys(result);
}
