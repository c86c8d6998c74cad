import {
  ApplicationFailure,
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  proxyActivities,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { CheckAnswer, ControlActivities, ExperimentSummary } from '../activities/control.ts';
import { parseExperimentWorkflowId } from '../src/model/ids.ts';
import { refusal, statusAfter } from '../src/model/lifecycle.ts';
import type { Action, ExperimentStatusName } from '../src/model/lifecycle.ts';
import {
  archiveSignal,
  createdUpdate,
  pauseSignal,
  resultsQuery,
  resumeSignal,
  startSignal,
  statusQuery,
  stopSignal,
  transitionUpdate,
  reloadSignal,
  wakeSignal,
} from './contract.ts';
import { asFailure } from './as-failure.ts';
import { directDataset, startDataset } from './direct-dataset.ts';
import { createRequestQueue } from './request-queue.ts';
import type { Pending, RequestMemory } from './request-queue.ts';
import { parseSignal, parseTransition } from './transition-request.ts';
import type { TransitionRequest } from './transition-request.ts';

/** No schedule-to-close limit: a database outage makes things late, it never closes the experiment. */
const shared = {
  startToCloseTimeout: '5m',
  heartbeatTimeout: '30s',
  retry: { maximumInterval: '10s' },
} as const;
/** Activities with what the Web UI shows beside them: short texts of our own, since a server may refuse long ones. */
const named = (summary: string) =>
  proxyActivities<ControlActivities>({ ...shared, startToCloseTimeout: '30s', summary });
const activities = named('reads the state');
const analysis = (summary: string) => proxyActivities<ControlActivities>({ ...shared, summary });

const DETAILS_RETRY_MS = 60_000;
const SETTLE_MS = 5000;

export interface ExperimentArgument extends Partial<RequestMemory> {
  /** The experiment file as JSON, from a bare client. */
  readonly config?: unknown;
  /** The rows exist already: our own client wrote them, or the experiment is revived or continued. */
  readonly stored?: true;
  /** Of a run that continued as new: queries have an answer at once. */
  readonly summary?: ExperimentSummary;
}

/** A request to cancel the workflow changes nothing: only archive ends an experiment. */
export const experiment = (argument: unknown): Promise<unknown> =>
  CancellationScope.nonCancellable(() => live(argument));

/** The life of one experiment. It never sees single executions: what it needs is in Postgres. */
async function live(argument: unknown): Promise<unknown> {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const experimentId = parseExperimentWorkflowId(workflowId);
  if (experimentId === null) {
    throw ApplicationFailure.nonRetryable(
      `workflow id ${workflowId} is not of the form experiment/<id>, id ${'[a-z0-9][a-z0-9_-]{0,62}'}`,
      'InvalidInput',
    );
  }
  const given = (typeof argument === 'object' && argument !== null ? argument : {}) as ExperimentArgument;
  const continued = workflowInfo().continuedFromExecutionRunId !== undefined;
  let summary: ExperimentSummary | null = continued ? (given.summary ?? null) : null;
  let creation: ApplicationFailure | null = null;
  let woken = false;
  let edited = false;
  let adopted = 0;
  let checking: Promise<void> | null = null;
  const queue = createRequestQueue(firstExecutionRunId, given);

  const status = (): ExperimentStatusName => summary?.status ?? 'draft';
  const signals: readonly (readonly [typeof startSignal, Action])[] = [
    [startSignal, 'start'],
    [pauseSignal, 'pause'],
    [resumeSignal, 'resume'],
    [stopSignal, 'stop'],
    [archiveSignal, 'archive'],
  ];
  // those that came before this task would be given out handler by handler; this takes them in their order
  setDefaultSignalHandler((name, input) => {
    const known = signals.find(([signal]) => signal.name === name);
    if (known !== undefined) queue.add(parseSignal(known[1], input), true);
  });
  for (const [signal, action] of signals) {
    setHandler(signal, (input: unknown) => void queue.add(parseSignal(action, input), true));
  }
  setDefaultSignalHandler(undefined);
  setHandler(wakeSignal, () => {
    woken = true;
  });
  setHandler(reloadSignal, () => {
    edited = true;
  });
  setHandler(createdUpdate, () =>
    CancellationScope.nonCancellable(async () => {
      await condition(() => summary !== null || creation !== null);
      if (creation !== null) throw ApplicationFailure.fromError(creation);
      return summary?.document;
    }),
  );
  setHandler(
    transitionUpdate,
    (input: unknown) =>
      CancellationScope.nonCancellable(async () => {
        const request = parseTransition(input);
        if (typeof request === 'string') throw ApplicationFailure.nonRetryable(request, 'InvalidInput');
        if (queue.wasApplied(request)) {
          await condition(() => summary !== null);
          return summary?.document;
        }
        const pending = queue.find(request) ?? queue.add(request, false);
        await condition(() => pending.done !== null);
        if (pending.done !== null && 'failure' in pending.done) throw pending.done.failure;
        return pending.done?.document;
      }),
    {
      validator: (input: unknown) => {
        const request = parseTransition(input);
        if (typeof request === 'string') throw ApplicationFailure.nonRetryable(request, 'InvalidInput');
        if (queue.wasApplied(request) || queue.find(request) !== undefined) return;
        // not loaded yet, or about to change by itself: the database decides
        if (summary === null || checking !== null) return;
        const ahead = queue.statusAhead(status());
        if (statusAfter(ahead, request) === null) throw refused(ahead, request.action);
      },
    },
  );
  setHandler(statusQuery, () => summary?.document ?? null, {
    description: 'the status document, as of the last check',
  });
  setHandler(resultsQuery, () => summary?.results ?? null, {
    description: 'the results document, as of the last look',
  });

  try {
    summary =
      given.stored === true
        ? await activities.loadExperiment(experimentId)
        : await named('stores the definition').createExperiment(
            experimentId,
            given.config ?? null,
            firstExecutionRunId,
          );
  } catch (error) {
    creation = asFailure(error);
    await condition(allHandlersFinished);
    throw creation;
  }
  show(summary);

  /** Moves and checks run side by side: what was read while another summary came in may be the older one. */
  const adopt = async (read: ExperimentSummary, since: number): Promise<ExperimentSummary> => {
    let seen = read;
    for (let at = since; at !== adopted; ) {
      at = adopted;
      seen = await activities.loadExperiment(experimentId);
    }
    adopted += 1;
    summary = seen;
    show(seen);
    return seen;
  };

  /** The move, or why it is refused. */
  const move = async ({ request, fromSignal }: Pending): Promise<ExperimentSummary | ApplicationFailure> => {
    const sure = checking === null && statusAfter(status(), request) === null;
    if (fromSignal && sure) return refused(status(), request.action);
    try {
      return await named(titleOf(request)).transition(experimentId, request);
    } catch (error) {
      // a summary that let it through is too old
      const since = adopted;
      await adopt(await activities.loadExperiment(experimentId), since);
      woken = true;
      return asFailure(error);
    }
  };

  /** One move: commit it, then tell the dataset. */
  const perform = async (pending: Pending): Promise<void> => {
    const { request, fromSignal } = pending;
    const since = adopted;
    const moved = await move(pending);
    if (moved instanceof ApplicationFailure) {
      if (fromSignal) await named(`ignores the signal ${request.action}`).noteIgnored(experimentId, request);
      pending.done = { failure: moved };
      return;
    }
    queue.remember(request);
    await directDataset(experimentId, await adopt(moved, since));
    woken = true;
    pending.done = { document: moved.document };
  };

  /** Asks whether a look is due, takes it, and says how long to wait. */
  const check = async (): Promise<number> => {
    await analysis('closes lost executions').reconcileExperiment(experimentId);
    const since = adopted;
    const answer: CheckAnswer = await analysis('is a look due?').check(experimentId);
    const seen = await adopt(answer.summary, since);
    if (answer.completedNow) await directDataset(experimentId, seen);
    else if (answer.datasetMissing) await startDataset(experimentId, seen);
    if (answer.due === null) return answer.nextCheckMs;
    const { takeLook } = analysis(`look ${answer.due.look}`);
    try {
      const before = adopted;
      const taken = await takeLook(experimentId, answer.due);
      const after = await adopt(taken.summary, before);
      if (taken.stopped) await directDataset(experimentId, after);
      return 0;
    } catch (error) {
      if (isCancellation(error)) throw error;
      await named(`look ${answer.due.look} has failed`).noteFailedLook(
        experimentId,
        answer.due.look,
        asFailure(error).message,
      );
      return DETAILS_RETRY_MS;
    }
  };

  const active = (): boolean => status() === 'running' || status() === 'completed';
  const settling = (): boolean =>
    (status() === 'paused' || status() === 'analyzed') && (summary?.running ?? 0) > 0 && patched('settle');
  let nextCheckMs = 0;

  const mustContinue = (): boolean =>
    workflowInfo().continueAsNewSuggested && queue.isEmpty() && checking === null;

  while (status() !== 'archived' && !(mustContinue() && allHandlersFinished())) {
    const next = queue.first();
    if (next !== undefined) {
      await perform(next);
      queue.removeFirst();
    } else if (checking !== null) {
      await condition(() => !queue.isEmpty() || checking === null);
    } else if (mustContinue()) {
      await condition(() => !queue.isEmpty() || allHandlersFinished());
    } else if (active()) {
      const due =
        nextCheckMs <= 0 ||
        !(await condition(() => !queue.isEmpty() || woken, nextCheckMs, { summary: 'next check' })) ||
        queue.isEmpty();
      if (due && active()) {
        woken = false;
        checking = check().then((waitMs) => {
          nextCheckMs = waitMs;
          checking = null;
        });
      }
    } else {
      const changed = (): boolean => !queue.isEmpty() || edited;
      nextCheckMs = 0;
      // after a boundary or a pause executions still end: what queries and the Web UI show follows
      if (settling()) await condition(changed, SETTLE_MS, { summary: 'executions still run' });
      else await condition(changed);
      if (!queue.isEmpty()) continue;
      edited = false;
      const since = adopted;
      await adopt(await named('reads the experiment').loadExperiment(experimentId), since);
    }
  }

  if (status() !== 'archived') {
    return continueAsNew<typeof experiment>({
      stored: true,
      ...queue.memory(),
      summary,
    } satisfies ExperimentArgument);
  }
  for (const late of queue.waiting()) late.done ??= { failure: refused('archived', late.request.action) };
  await condition(allHandlersFinished);
  return summary.document;
}

const titleOf = ({ action, variantId, now }: TransitionRequest): string =>
  [action, ...(variantId === null ? [] : [variantId]), ...(now ? ['now'] : [])].join(' ');

const refused = (status: ExperimentStatusName, action: Action): ApplicationFailure =>
  ApplicationFailure.nonRetryable(refusal(status, action), 'IllegalTransition');

function show(summary: ExperimentSummary): void {
  upsertSearchAttributes({
    ExperimentStatus: [summary.status],
    ExperimentLook: [summary.look],
    ExperimentId: [summary.experimentId],
  });
  setCurrentDetails(summary.details);
}
