import type { ApplicationFailure } from '@temporalio/workflow';
import { statusAfter } from '../src/model/lifecycle.ts';
import type { ExperimentStatusName } from '../src/model/lifecycle.ts';
import type { TransitionRequest } from './transition-request.ts';

/** A request that waits for its turn, and then has an answer. */
export interface Pending {
  readonly request: TransitionRequest;
  readonly fromSignal: boolean;
  done: { readonly document: unknown } | { readonly failure: ApplicationFailure } | null;
}

/** What outlives a run that continues as new. */
export interface RequestMemory {
  /** `<action> <request id>` of the latest moves. */
  readonly requestIds: readonly string[];
  /** Signals and updates so far. */
  readonly received: number;
}

export interface RequestQueue {
  readonly isEmpty: () => boolean;
  readonly first: () => Pending | undefined;
  readonly removeFirst: () => void;
  readonly waiting: () => readonly Pending[];
  readonly add: (request: TransitionRequest, fromSignal: boolean) => Pending;
  /** The same request, which waits already. */
  readonly find: (request: TransitionRequest) => Pending | undefined;
  readonly wasApplied: (request: TransitionRequest) => boolean;
  readonly remember: (request: TransitionRequest) => void;
  /** The status when everything that waits has been done. */
  readonly statusAhead: (from: ExperimentStatusName) => ExperimentStatusName;
  readonly memory: () => RequestMemory;
}

const REMEMBERED = 50;

/** Moves are made one after the other, each once, however often it is asked for. */
export function createRequestQueue(
  firstRunId: string,
  given: { readonly requestIds?: unknown; readonly received?: unknown },
): RequestQueue {
  const queue: Pending[] = [];
  let requestIds: readonly string[] = Array.isArray(given.requestIds)
    ? (given.requestIds as readonly string[])
    : [];
  let received = typeof given.received === 'number' ? given.received : 0;
  return {
    isEmpty: () => queue.length === 0,
    first: () => queue[0],
    removeFirst: () => void queue.shift(),
    waiting: () => queue,
    // with a request id always: the activity may run twice, and a reset gives its signals again; the move is made once
    add: (request, fromSignal) => {
      const requestId = request.requestId ?? `${firstRunId}/${(received += 1)}`;
      const pending: Pending = { request: { ...request, requestId }, fromSignal, done: null };
      queue.push(pending);
      return pending;
    },
    find: (asked) =>
      asked.requestId === null ? undefined : queue.find(({ request }) => keyOf(request) === keyOf(asked)),
    wasApplied: (request) => request.requestId !== null && requestIds.includes(keyOf(request)),
    remember: (request) => {
      if (request.requestId !== null) requestIds = [...requestIds, keyOf(request)].slice(-REMEMBERED);
    },
    statusAhead: (from) => queue.reduce((at, { request }) => statusAfter(at, request) ?? at, from),
    memory: () => ({ requestIds, received }),
  };
}

/** With all that is asked for: the same id for something else is no repetition, and the database refuses it. */
const keyOf = ({ action, variantId, now, requestId }: TransitionRequest): string =>
  [action, ...(variantId === null ? [] : [variantId]), ...(now ? ['now'] : []), requestId].join(' ');
