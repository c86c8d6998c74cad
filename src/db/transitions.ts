import type pg from 'pg';
import { conflict, illegalTransition, notFound } from '../errors.ts';
import { nextStatus, refusal } from '../model/lifecycle.ts';
import type { Action, CompletionCause, ExperimentStatusName } from '../model/lifecycle.ts';
import { appendEvent, actionOfRequest } from './events.ts';
import { withExclusiveLock } from './lock.ts';
import type { Queryable } from './pool.ts';

export interface Transition {
  readonly experimentId: string;
  readonly action: Action;
  readonly actor: string;
  readonly reason: string | null;
  readonly requestId: string | null;
  readonly cause: CompletionCause | null;
}

/**
 * Commits a move under the exclusive lock, so that no execution is admitted after a pause has returned.
 * A request id that was applied before gives the present status and moves nothing.
 */
export async function applyTransition(pool: pg.Pool, transition: Transition): Promise<ExperimentStatusName> {
  return withExclusiveLock(pool, transition.experimentId, (client) => moveStatus(client, transition));
}

/** The caller holds the exclusive lock. */
export async function moveStatus(client: Queryable, t: Transition): Promise<ExperimentStatusName> {
  const { rows } = await client.query<{ status: ExperimentStatusName }>(
    'select status from victor_data.experiments where experiment_id = $1 for update',
    [t.experimentId],
  );
  const from = rows[0]?.status;
  if (from === undefined) throw notFound(`no experiment has the id ${t.experimentId}`);
  const before = t.requestId === null ? null : await actionOfRequest(client, t.experimentId, t.requestId);
  if (before === t.action) return from;
  if (before !== null) {
    throw conflict(`request ${t.requestId} was a ${before}; a ${t.action} needs a request id of its own`);
  }
  const to = nextStatus(from, t.action);
  if (to === null) throw illegalTransition(refusal(from, t.action));
  await client.query(
    UPDATES[t.action],
    t.action === 'stop' ? [t.experimentId, to, t.cause ?? 'manual'] : [t.experimentId, to],
  );
  await appendEvent(client, t.experimentId, {
    type: 'transition',
    actor: t.actor,
    reason: t.reason,
    requestId: t.requestId,
    data: { action: t.action, from, to, ...(t.action === 'stop' ? { cause: t.cause ?? 'manual' } : {}) },
  });
  return to;
}

const ADD_PAUSE = `paused_seconds = paused_seconds
  + coalesce(extract(epoch from clock_timestamp() - paused_at), 0), paused_at = null`;

const UPDATES: Readonly<Record<Action, string>> = {
  start: update('started_at = clock_timestamp()'),
  pause: update('paused_at = clock_timestamp()'),
  resume: update(`resumed_at = clock_timestamp(), ${ADD_PAUSE}`),
  stop: update(`completed_at = clock_timestamp(), completed_because = $3, ${ADD_PAUSE}, completed_seq =
    (select coalesce(max(seq), 0) from victor_data.executions x where x.experiment_id = e.experiment_id)`),
  analyze: update('analyzed_at = clock_timestamp()'),
  deploy: update('analyzed_at = analyzed_at'),
  archive: update('archived_at = clock_timestamp()'),
};

function update(assignments: string): string {
  return `update victor_data.experiments e set status = $2, ${assignments} where experiment_id = $1`;
}
