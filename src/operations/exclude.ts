import { defaultCreator } from '../../activities/create.ts';
import { setExcluded } from '../db/exclusions.ts';
import { orUnavailable } from '../db/pool.ts';
import { invalidInput } from '../errors.ts';
import { resolveExperiment } from './resolve.ts';
import type { Victor } from './victor.ts';

export interface ExcludeOptions {
  readonly reason: string;
  readonly actor?: string;
  /** True: takes an exclusion back. */
  readonly include?: boolean;
}

/**
 * Leaves an execution out of the looks to come; those that were taken stay as they are. When the variants lose different
 * shares in this way there is no winner. False: it was so already. Throws NotFound, InvalidInput (no reason), Unavailable.
 *
 * @example
 * ```ts
 * import { excludeExecution } from 'victor-experiments/client';
 *
 * await excludeExecution(victor, 'model-comparison', 'request-17', { reason: 'a test call' });
 * ```
 */
export async function excludeExecution(
  victor: Victor,
  id: string,
  executionId: string,
  options: ExcludeOptions,
): Promise<boolean> {
  if (options.reason.trim() === '')
    throw invalidInput('an exclusion needs a reason: it changes what is analysed');
  const experimentId = await resolveExperiment(victor, id);
  return orUnavailable(() =>
    setExcluded(victor.pool, {
      experimentId,
      executionId,
      excluded: options.include !== true,
      actor: options.actor ?? defaultCreator(),
      reason: options.reason,
    }),
  );
}
