import { defaultCreator } from '../../activities/create.ts';
import { hideExperiment, purgeExperiment, refuseWhileRunning } from '../db/delete-experiment.ts';
import { orUnavailable } from '../db/pool.ts';
import { illegalTransition } from '../errors.ts';
import type { ExperimentStatus } from '../model/documents.ts';
import { getExperimentStatus } from './read.ts';
import { resolveExperiment } from './resolve.ts';
import { transitionExperiment } from './transition.ts';
import type { TransitionOptions } from './transition.ts';
import type { Victor } from './victor.ts';

export interface DeleteOptions extends TransitionOptions {
  /** Removes every row, for ever. Refused (Conflict) while executions run. */
  readonly purge?: boolean;
}

/**
 * Archives an experiment and hides it from lists; its id still finds it. With `purge` its rows are removed, and null is
 * returned. A running experiment must be stopped first (IllegalTransition). Throws NotFound, Conflict, Unavailable.
 *
 * @example
 * ```ts
 * import { deleteExperiment } from 'victor-experiments/client';
 *
 * await deleteExperiment(victor, 'model-comparison-again', { purge: true });
 * ```
 */
export async function deleteExperiment(
  victor: Victor,
  id: string,
  options: DeleteOptions = {},
): Promise<ExperimentStatus | null> {
  const { purge = false, ...by } = options;
  const experimentId = await resolveExperiment(victor, id);
  const { status } = await getExperimentStatus(victor, experimentId);
  if (status === 'running') {
    throw illegalTransition(
      `cannot delete an experiment that is running; stop it first: victor experiment stop ${experimentId}`,
    );
  }
  // before anything is done: an archive cannot be taken back
  if (purge) await orUnavailable(() => refuseWhileRunning(victor.pool, experimentId));
  if (status !== 'archived') await transitionExperiment(victor, experimentId, 'archive', by);
  if (purge) {
    await orUnavailable(() => purgeExperiment(victor.pool, experimentId));
    return null;
  }
  const actor = by.actor ?? defaultCreator();
  await orUnavailable(() => hideExperiment(victor.pool, experimentId, { actor, reason: by.reason ?? null }));
  return getExperimentStatus(victor, experimentId);
}
