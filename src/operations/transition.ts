import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { defaultCreator } from '../../activities/create.ts';
import { startExperimentWorkflow } from '../../activities/start-experiment.ts';
import { appendEvent } from '../db/events.ts';
import { readExperiment } from '../db/experiments.ts';
import { withExclusiveLock } from '../db/lock.ts';
import { orUnavailable } from '../db/pool.ts';
import { VictorError, illegalTransition, invalidInput, notFound, unavailable } from '../errors.ts';
import { camelKeys, snakeKeys } from '../model/case.ts';
import type { ExperimentStatus } from '../model/documents.ts';
import { experimentWorkflowId } from '../model/ids.ts';
import { refusal } from '../model/lifecycle.ts';
import type { Action } from '../model/lifecycle.ts';
import { fromWorkflow, isTemporalTrouble, orTemporalUnavailable } from './failures.ts';
import { getExperimentStatus } from './read.ts';
import { resolveExperiment } from './resolve.ts';
import { assertSameTemporal } from './same-temporal.ts';
import { ANSWER_MS } from './victor.ts';
import type { Victor } from './victor.ts';

export interface TransitionOptions {
  readonly actor?: string;
  readonly reason?: string;
  /** Repeating a request with the same id is safe. */
  readonly requestId?: string;
}

export interface VariantTransitionOptions extends TransitionOptions {
  /** Pause and resume: of this variant alone. Deploy: this one instead of the winner. */
  readonly variantId?: string;
}

export interface AnyTransitionOptions extends VariantTransitionOptions {
  /** Analyze: without waiting for what still runs. */
  readonly now?: boolean;
}

/**
 * Asks the experiment's workflow for a move and waits until it is committed. Throws IllegalTransition with the state and
 * the legal moves; Unavailable with the request id when it was not confirmed within 10 s.
 */
export async function transitionExperiment(
  victor: Victor,
  id: string,
  action: Action,
  options: AnyTransitionOptions = {},
): Promise<ExperimentStatus> {
  const experimentId = await resolveExperiment(victor, id);
  const requestId = options.requestId ?? randomUUID();
  if (requestId === '' || requestId.length > REQUEST_ID_LENGTH) {
    throw invalidInput(
      `request id has ${requestId.length} characters, must have 1 to ${REQUEST_ID_LENGTH}: ${requestId.slice(0, 40)}`,
    );
  }
  const request = {
    action,
    actor: options.actor ?? defaultCreator(),
    reason: options.reason ?? null,
    requestId,
    variantId: options.variantId ?? null,
    now: options.now ?? false,
  };
  try {
    await send(victor, experimentId, request);
  } catch (error) {
    const known = fromWorkflow(error);
    if (known instanceof VictorError || !isTemporalTrouble(known)) throw known;
    throw unavailable(
      `${action} of ${experimentId} was not confirmed within ${ANSWER_MS / 1000} s; it is accepted and may still take effect. ` +
        `Is a control worker running? \`victor doctor\` looks. Repeating is safe with --request-id ${requestId}`,
      error,
    );
  }
  return getExperimentStatus(victor, experimentId);
}

const REQUEST_ID_LENGTH = 200;

interface Request {
  readonly action: Action;
  readonly actor: string;
  readonly reason: string | null;
  readonly requestId: string;
  readonly variantId: string | null;
  readonly now: boolean;
}

async function send(victor: Victor, experimentId: string, request: Request): Promise<void> {
  try {
    await update(victor, experimentId, request);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    await revive(victor, experimentId, request);
    await update(victor, experimentId, request);
  }
}

async function update(victor: Victor, experimentId: string, request: Request): Promise<unknown> {
  const { client, connection } = await victor.temporal();
  const handle = client.workflow.getHandle(experimentWorkflowId(experimentId));
  return camelKeys(
    await connection.withDeadline(Date.now() + ANSWER_MS, () =>
      handle.executeUpdate('transition', {
        args: [snakeKeys(request)],
        updateId: [request.action, request.variantId ?? '', request.now ? 'now' : '', request.requestId].join(
          ':',
        ),
      }),
    ),
  );
}

/** Its workflow was closed from outside: it starts again from its rows. */
async function revive(victor: Victor, experimentId: string, request: Request): Promise<void> {
  const row = await orUnavailable(() => readExperiment(victor.pool, experimentId));
  if (row?.status === 'archived') throw illegalTransition(refusal('archived', request.action));
  const { client, identity } = await victor.temporal();
  if (row === null) throw notFound(`no experiment has the id ${experimentId}`);
  assertSameTemporal(row, identity);
  try {
    const fresh = await startExperimentWorkflow(
      { client, pool: victor.pool, taskQueuePrefix: row.taskQueuePrefix },
      experimentId,
    );
    if (!fresh) return;
  } catch (error) {
    throw orTemporalUnavailable(error);
  }
  await orUnavailable(() =>
    withExclusiveLock(victor.pool, experimentId, (locked) =>
      appendEvent(locked, experimentId, {
        type: 'revived',
        actor: request.actor,
        reason: 'its workflow was closed',
        requestId: null,
        data: {},
      }),
    ),
  );
}

const move =
  <Options extends AnyTransitionOptions>(action: Action) =>
  (victor: Victor, id: string, options?: Options): Promise<ExperimentStatus> =>
    transitionExperiment(victor, id, action, options);

/**
 * Admits executions from now on, and runs the dataset.
 *
 * @example
 * ```ts
 * import { startExperiment } from 'victor-experiments/client';
 *
 * const { status } = await startExperiment(victor, 'model-comparison');
 * console.log(status);
 * ```
 */
export const startExperiment = move<TransitionOptions>('start');
/**
 * Admits nothing until it is resumed; what runs ends and is recorded. With `variantId`: no unit is newly allocated to that variant.
 *
 * @example
 * ```ts
 * import { pauseExperiment } from 'victor-experiments/client';
 *
 * await pauseExperiment(victor, 'model-comparison', { reason: 'the provider has an incident' });
 * ```
 */
export const pauseExperiment = move<VariantTransitionOptions>('pause');
/**
 * Goes on after a pause, of the experiment or of one variant.
 *
 * @example
 * ```ts
 * import { resumeExperiment } from 'victor-experiments/client';
 *
 * const { status } = await resumeExperiment(victor, 'model-comparison');
 * console.log(status);
 * ```
 */
export const resumeExperiment = move<VariantTransitionOptions>('resume');
/**
 * Completes the experiment; the final look follows when everything has ended.
 *
 * @example
 * ```ts
 * import { stopExperiment } from 'victor-experiments/client';
 *
 * const { completedBecause } = await stopExperiment(victor, 'model-comparison', { reason: 'seen enough' });
 * console.log(completedBecause);
 * ```
 */
export const stopExperiment = move<TransitionOptions>('stop');
/**
 * Rolls out the winner, or `variantId` with a reason: every execution gets it from now on, outside the analysis.
 *
 * @example
 * ```ts
 * import { deployWinner } from 'victor-experiments/client';
 *
 * await deployWinner(victor, 'model-comparison', {
 *   variantId: 'treatment',
 *   reason: 'not slower, and the answers read better',
 * });
 * ```
 */
export const deployWinner = move<VariantTransitionOptions>('deploy');
/**
 * Closes the experiment for good. Its numbers stay.
 *
 * @example
 * ```ts
 * import { archiveExperiment } from 'victor-experiments/client';
 *
 * const { status } = await archiveExperiment(victor, 'model-comparison');
 * console.log(status);
 * ```
 */
export const archiveExperiment = move<TransitionOptions>('archive');
