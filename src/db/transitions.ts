import type pg from 'pg';
import { conflict, illegalTransition, notFound } from '../errors.ts';
import { nextStatus, refusal } from '../model/lifecycle.ts';
import type { Action, CompletionCause, ExperimentStatusName } from '../model/lifecycle.ts';
import { chooseDeployed } from './deploy.ts';
import { appendEvent, readRequest } from './events.ts';
import { withExclusiveLock } from './lock.ts';
import type { Queryable } from './pool.ts';
import { switchVariant } from './variant-pauses.ts';

export interface Transition {
  readonly experimentId: string;
  readonly action: Action;
  readonly actor: string;
  readonly reason: string | null;
  readonly requestId: string | null;
  /** Pause and resume: of this variant alone. Deploy: this one; null: the winner. */
  readonly variantId: string | null;
  /** Analyze: without waiting for what still runs. */
  readonly now: boolean;
  /** Stop: why; null: by hand. */
  readonly cause: CompletionCause | null;
}

/**
 * Commits a move under the exclusive lock, so that no execution is admitted after a pause has returned.
 * A request id that was applied before gives the present status and moves nothing.
 */
export async function applyTransition(pool: pg.Pool, t: Transition): Promise<ExperimentStatusName> {
  return withExclusiveLock(pool, t.experimentId, async (client) => {
    const from = await lockedStatus(client, t.experimentId);
    if (await wasApplied(client, t)) return from;
    if (t.variantId !== null && (t.action === 'pause' || t.action === 'resume')) {
      await switchVariant(client, t, from, t.action, t.variantId);
      return from;
    }
    if (t.action === 'analyze') return requestAnalysis(client, t, from);
    return moveStatus(client, t);
  });
}

async function lockedStatus(client: Queryable, experimentId: string): Promise<ExperimentStatusName> {
  const { rows } = await client.query<{ status: ExperimentStatusName }>(
    'select status from victor_data.experiments where experiment_id = $1 for update',
    [experimentId],
  );
  const status = rows[0]?.status;
  if (status === undefined) throw notFound(`no experiment has the id ${experimentId}`);
  return status;
}

async function wasApplied(client: Queryable, t: Transition): Promise<boolean> {
  const before = t.requestId === null ? null : await readRequest(client, t.experimentId, t.requestId);
  if (before === null) return false;
  // deploy without a variant means the winner, whichever that was
  const sameVariant = before.variantId === t.variantId || (t.action === 'deploy' && t.variantId === null);
  if (before.action === t.action && sameVariant) return true;
  const what = before.variantId === null ? before.action : `${before.action} of ${before.variantId}`;
  const asked = t.variantId === null ? t.action : `${t.action} of ${t.variantId}`;
  throw conflict(`request ${t.requestId} was a ${what}; a ${asked} needs a request id of its own`);
}

/** The final look comes by itself when everything has ended; asked for now, it takes what has ended. */
async function requestAnalysis(
  client: Queryable,
  t: Transition,
  from: ExperimentStatusName,
): Promise<ExperimentStatusName> {
  if (nextStatus(from, 'analyze') === null) throw illegalTransition(refusal(from, 'analyze'));
  if (!t.now) return from;
  await client.query('update victor_data.experiments set truncate_final = true where experiment_id = $1', [
    t.experimentId,
  ]);
  await appendEvent(client, t.experimentId, {
    type: 'analysis_requested',
    actor: t.actor,
    reason: t.reason,
    requestId: t.requestId,
    data: { action: 'analyze', now: true },
  });
  return from;
}

/** The caller holds the exclusive lock. */
export async function moveStatus(client: Queryable, t: Transition): Promise<ExperimentStatusName> {
  const from = await lockedStatus(client, t.experimentId);
  if (await wasApplied(client, t)) return from;
  const to = nextStatus(from, t.action);
  if (to === null) throw illegalTransition(refusal(from, t.action));
  const cause = t.cause ?? 'manual';
  const deployed = t.action === 'deploy' ? await chooseDeployed(client, t) : null;
  const detail = t.action === 'stop' ? cause : deployed;
  await client.query(
    UPDATES[t.action],
    detail === null ? [t.experimentId, to] : [t.experimentId, to, detail],
  );
  await appendEvent(client, t.experimentId, {
    type: 'transition',
    actor: t.actor,
    reason: t.reason,
    requestId: t.requestId,
    data: {
      action: t.action,
      from,
      to,
      ...(t.action === 'stop' ? { cause } : {}),
      ...(deployed === null ? {} : { variant_id: deployed }),
    },
  });
  if (t.action === 'stop') {
    const { actor, reason } = t;
    await appendEvent(client, t.experimentId, {
      type: 'completion',
      actor,
      reason,
      requestId: null,
      data: { cause },
    });
  }
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
  deploy: update('deployed_at = clock_timestamp(), deployed_variant_id = $3'),
  archive: update('archived_at = clock_timestamp()'),
};

function update(assignments: string): string {
  return `update victor_data.experiments e set status = $2, ${assignments} where experiment_id = $1`;
}
