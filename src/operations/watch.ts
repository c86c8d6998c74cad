import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient, orUnavailable } from '../db/pool.ts';
import { readEvents } from '../db/read-events.ts';
import type { EventPage } from '../db/read-events.ts';
import { VictorError, invalidInput, notFound } from '../errors.ts';
import type { ExperimentEvent } from '../model/events.ts';
import type { ExperimentStatusName } from '../model/lifecycle.ts';
import { resolveExperiment } from './resolve.ts';
import type { Victor } from './victor.ts';

export interface WatchOptions {
  /** The number of the last event that was handled; default 0: from the first one. */
  readonly after?: number;
  /** Ends the iteration with the signal's reason. */
  readonly signal?: AbortSignal;
  /** `archived` (default): until nothing more can happen. `analyzed`: until the final look. `now`: what there is. */
  readonly until?: 'archived' | 'analyzed' | 'now';
  /** How often the database is asked; default 500 ms. */
  readonly everyMs?: number;
  /** Give up after the database could not be reached for this long; default one minute. */
  readonly patienceMs?: number;
}

const PAGE = 500;
const LONGEST_PAUSE_MS = 5000;

const ENDS: Readonly<Record<'archived' | 'analyzed', readonly ExperimentStatusName[]>> = {
  archived: ['archived'],
  analyzed: ['analyzed', 'rolled_out', 'archived'],
};

/**
 * The events of an experiment, in the order of their numbers: those there are, then each as it happens. At least once: a
 * reader that remembers the last number it has handled, and gives it as `after`, misses none, whatever breaks between.
 * A database that goes away for a moment only delays it. Throws NotFound (also when the experiment is deleted meanwhile),
 * Unavailable.
 *
 * @example
 * ```ts
 * import { watchExperiment } from 'victor-experiments/client';
 *
 * let handled = 0;
 * for await (const event of watchExperiment(victor, 'model-comparison', { after: handled, until: 'now' })) {
 *   console.log(event.type, event.data);
 *   handled = event.number;
 * }
 * ```
 */
export async function* watchExperiment(
  victor: Victor,
  id: string,
  options: WatchOptions = {},
): AsyncGenerator<ExperimentEvent, void, undefined> {
  const { signal, until = 'archived', everyMs = 500 } = options;
  let after = options.after ?? 0;
  if (!Number.isSafeInteger(after) || after < 0) {
    throw invalidInput(`after is ${after}, must be the number of an event, or 0`);
  }
  const experimentId = await resolveExperiment(victor, id);
  for (;;) {
    const { status, events } = await readPatiently(victor, experimentId, after, options);
    if (status === null) throw notFound(`experiment ${experimentId} is gone`);
    for (const event of events) {
      signal?.throwIfAborted();
      after = event.number;
      yield event;
    }
    const more = events.length === PAGE;
    if (!more && (until === 'now' || ENDS[until].includes(status))) return;
    if (!more) await sleep(everyMs, undefined, signal === undefined ? {} : { signal });
  }
}

/** Asks again, with growing pauses, for as long as the patience lasts. */
async function readPatiently(
  victor: Victor,
  experimentId: string,
  after: number,
  { signal, everyMs = 500, patienceMs = 60_000 }: WatchOptions,
): Promise<EventPage> {
  const began = Date.now();
  for (let pauseMs = everyMs; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    signal?.throwIfAborted();
    try {
      return await orUnavailable(() => readEvents(victor.pool, experimentId, after, PAGE));
    } catch (error) {
      const away = (error instanceof VictorError && error.kind === 'Unavailable') || isTransient(error);
      if (!away || Date.now() - began > patienceMs) throw error;
    }
    await sleep(pauseMs, undefined, signal === undefined ? {} : { signal });
  }
}
