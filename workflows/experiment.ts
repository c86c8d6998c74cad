import {
  ApplicationFailure,
  CancellationScope,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { CheckAnswer, ControlActivities, ExperimentSummary } from '../activities/control.ts';
import { datasetWorkflowId, parseExperimentWorkflowId } from '../src/model/ids.ts';
import { nextStatus, refusal } from '../src/model/lifecycle.ts';
import type { Action, ExperimentStatusName } from '../src/model/lifecycle.ts';
import {
  archiveSignal,
  createdUpdate,
  datasetSignal,
  pauseSignal,
  resultsQuery,
  resumeSignal,
  startSignal,
  statusQuery,
  stopSignal,
  transitionUpdate,
  wakeSignal,
} from './contract.ts';
import { parseSignal, parseTransition } from './transition-request.ts';
import type { TransitionRequest } from './transition-request.ts';
import type { dataset } from './dataset.ts';

/** No schedule-to-close limit: a database outage makes things late, it never closes the experiment. */
const shared = {
  startToCloseTimeout: '5m',
  heartbeatTimeout: '30s',
  retry: { maximumInterval: '10s' },
} as const;
const activities = proxyActivities<ControlActivities>({ ...shared, startToCloseTimeout: '30s' });
const analysis = proxyActivities<ControlActivities>(shared);

const REMEMBERED_REQUESTS = 50;
const DETAILS_RETRY_MS = 60_000;

export interface ExperimentArgument {
  /** The experiment file as JSON, from a bare client. */
  readonly config?: unknown;
  /** The rows exist already: our own client wrote them, or the experiment is revived or continued. */
  readonly stored?: true;
  readonly requestIds?: readonly string[];
}

interface Pending {
  readonly request: TransitionRequest;
  readonly fromSignal: boolean;
  done: { readonly document: unknown } | { readonly failure: ApplicationFailure } | null;
}

/** The life of one experiment. It never sees single executions: what it needs is in Postgres. */
export async function experiment(argument: unknown): Promise<unknown> {
  const { workflowId } = workflowInfo();
  const experimentId = parseExperimentWorkflowId(workflowId);
  if (experimentId === null) {
    throw ApplicationFailure.nonRetryable(
      `workflow id ${workflowId} is not of the form experiment/<id>, id ${'[a-z0-9][a-z0-9_-]{0,62}'}`,
      'InvalidInput',
    );
  }
  const given = (typeof argument === 'object' && argument !== null ? argument : {}) as ExperimentArgument;
  let summary: ExperimentSummary | null = null;
  let creation: ApplicationFailure | null = null;
  let requestIds: readonly string[] = Array.isArray(given.requestIds) ? given.requestIds : [];
  let woken = false;
  const queue: Pending[] = [];

  const status = (): ExperimentStatusName => summary?.status ?? 'draft';
  /** The status when everything that waits has been done. */
  const statusAhead = (): ExperimentStatusName =>
    queue.reduce((at, { request }) => nextStatus(at, request.action) ?? at, status());

  const enqueue = (request: TransitionRequest, fromSignal: boolean): Pending => {
    const pending: Pending = { request, fromSignal, done: null };
    queue.push(pending);
    return pending;
  };

  const signals: readonly (readonly [typeof startSignal, Action])[] = [
    [startSignal, 'start'],
    [pauseSignal, 'pause'],
    [resumeSignal, 'resume'],
    [stopSignal, 'stop'],
    [archiveSignal, 'archive'],
  ];
  for (const [signal, action] of signals) {
    setHandler(signal, (input: unknown) => void enqueue(parseSignal(action, input), true));
  }
  setHandler(wakeSignal, () => {
    woken = true;
  });
  setHandler(createdUpdate, async () => {
    await condition(() => summary !== null || creation !== null);
    if (creation !== null) throw ApplicationFailure.fromError(creation);
    return summary?.document;
  });
  setHandler(
    transitionUpdate,
    async (input: unknown) => {
      const request = parseTransition(input);
      if (typeof request === 'string') throw ApplicationFailure.nonRetryable(request, 'InvalidInput');
      const pending = enqueue(request, false);
      await condition(() => pending.done !== null);
      if (pending.done !== null && 'failure' in pending.done) throw pending.done.failure;
      return pending.done?.document;
    },
    {
      validator: (input: unknown) => {
        const request = parseTransition(input);
        if (typeof request === 'string') throw ApplicationFailure.nonRetryable(request, 'InvalidInput');
        if (request.requestId !== null && requestIds.includes(request.requestId)) return;
        if (summary === null) return; // not loaded yet: the database decides
        if (nextStatus(statusAhead(), request.action) === null) {
          throw ApplicationFailure.nonRetryable(refusal(statusAhead(), request.action), 'IllegalTransition');
        }
      },
    },
  );
  setHandler(statusQuery, () => summary?.document ?? null);
  setHandler(resultsQuery, () => summary?.results ?? null);

  try {
    summary =
      given.stored === true
        ? await activities.loadExperiment(experimentId)
        : await activities.createExperiment(
            experimentId,
            given.config ?? null,
            workflowInfo().firstExecutionRunId,
          );
  } catch (error) {
    creation = asFailure(error);
    await condition(allHandlersFinished);
    throw creation;
  }
  show(summary);

  /** One move: commit it, then tell the dataset. */
  const perform = async (pending: Pending): Promise<void> => {
    const { request, fromSignal } = pending;
    if (fromSignal && nextStatus(status(), request.action) === null) {
      await activities.noteIgnored(experimentId, request);
      pending.done = { failure: ApplicationFailure.nonRetryable('ignored', 'IllegalTransition') };
      return;
    }
    try {
      summary = await activities.transition(experimentId, request);
      if (request.requestId !== null) {
        requestIds = [...requestIds, request.requestId].slice(-REMEMBERED_REQUESTS);
      }
      show(summary);
      await directDataset(experimentId, summary);
      woken = true;
      pending.done = { document: summary.document };
    } catch (error) {
      if (isCancellation(error)) throw error;
      pending.done = { failure: asFailure(error) };
    }
  };

  /** Asks whether a look is due, takes it, and says how long to wait. */
  const check = async (): Promise<number> => {
    await activities.reconcileExperiment(experimentId);
    const answer: CheckAnswer = await analysis.check(experimentId);
    summary = answer.summary;
    show(summary);
    if (answer.completedNow) await directDataset(experimentId, summary);
    else if (answer.datasetMissing) await startDataset(experimentId, summary);
    if (answer.due === null) return answer.nextCheckMs;
    const { takeLook } = proxyActivities<ControlActivities>({
      ...shared,
      summary: `look ${answer.due.look}`,
    });
    try {
      const taken = await takeLook(experimentId, answer.due);
      summary = taken.summary;
      show(summary);
      if (taken.stopped) await directDataset(experimentId, summary);
      return 0;
    } catch (error) {
      if (isCancellation(error)) throw error;
      await activities.noteFailedLook(experimentId, answer.due.look, asFailure(error).message);
      return DETAILS_RETRY_MS;
    }
  };

  const active = (): boolean => status() === 'running' || status() === 'completed';
  const mustContinue = (): boolean => workflowInfo().continueAsNewSuggested;
  let checking: Promise<void> | null = null;
  let nextCheckMs = 0;

  await CancellationScope.nonCancellable(async () => {
    while (status() !== 'archived' && !(mustContinue() && queue.length === 0 && checking === null)) {
      const next = queue[0];
      if (next !== undefined) {
        await perform(next);
        queue.shift();
      } else if (checking !== null) {
        await condition(() => queue.length > 0 || checking === null);
      } else if (active()) {
        const due =
          nextCheckMs <= 0 ||
          !(await condition(() => queue.length > 0 || woken, nextCheckMs, { summary: 'next check' })) ||
          queue.length === 0;
        if (due && active()) {
          woken = false;
          checking = check().then((waitMs) => {
            nextCheckMs = waitMs;
            checking = null;
          });
        }
      } else {
        await condition(() => queue.length > 0);
        nextCheckMs = 0;
      }
    }
    await condition(allHandlersFinished);
  });

  if (status() !== 'archived') {
    return continueAsNew<typeof experiment>({ stored: true, requestIds } satisfies ExperimentArgument);
  }
  for (const late of queue)
    late.done = {
      failure: ApplicationFailure.nonRetryable(refusal('archived', late.request.action), 'IllegalTransition'),
    };
  await condition(allHandlersFinished);
  return summary.document;
}

function show(summary: ExperimentSummary): void {
  upsertSearchAttributes({
    ExperimentStatus: [summary.status],
    ExperimentLook: [summary.look],
    ExperimentId: [summary.experimentId],
  });
  setCurrentDetails(summary.details);
}

async function startDataset(experimentId: string, summary: ExperimentSummary): Promise<void> {
  if (!summary.hasDataset || summary.status !== 'running') return;
  try {
    await startChild<typeof dataset>('dataset', {
      workflowId: datasetWorkflowId(experimentId),
      args: [{ experimentId, after: 0 }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      staticSummary: 'runs the dataset',
    });
  } catch (error) {
    // it is open already: a restart of this workflow met the dataset that it started before
    if (!(error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError')) throw error;
  }
}

async function directDataset(experimentId: string, summary: ExperimentSummary): Promise<void> {
  if (!summary.hasDataset || summary.datasetFinished) return;
  if (summary.status === 'running') await startDataset(experimentId, summary);
  try {
    await getExternalWorkflowHandle(datasetWorkflowId(experimentId)).signal(datasetSignal, summary.status);
  } catch (error) {
    if (isCancellation(error)) throw error;
    // it has ended; a check starts it again when it should not have
  }
}

/** The failure under an activity's wrapping, with its type. */
function asFailure(error: unknown): ApplicationFailure {
  let cause: unknown = error;
  while (cause instanceof Error && !(cause instanceof ApplicationFailure) && cause.cause instanceof Error) {
    cause = cause.cause;
  }
  if (cause instanceof ApplicationFailure) return cause;
  throw error;
}
