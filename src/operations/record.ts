import { defaultCreator } from '../../activities/create.ts';
import { recordLateValues } from '../db/late-values.ts';
import type { RecordedValue } from '../db/late-values.ts';
import { orUnavailable } from '../db/pool.ts';
import { invalidInput } from '../errors.ts';
import { METRIC_ID } from '../model/ids.ts';
import { resolveExperiment } from './resolve.ts';
import type { Victor } from './victor.ts';

export type { RecordedValue };

export interface RecordOptions {
  /** Needed when a value that is there is corrected. */
  readonly reason?: string;
  readonly actor?: string;
}

const LARGEST = 1e100;

/**
 * Adds values to an execution that has begun, in any state of the experiment: a rating that comes a day later, say. The same
 * name again is a correction: a new revision, with a reason. Looks that were taken stay as they are. Throws NotFound,
 * InvalidInput (a value that is not finite, a correction without a reason), Unavailable.
 *
 * @example
 * ```ts
 * import { recordValues } from 'victor-experiments/client';
 *
 * await recordValues(victor, 'model-comparison', 'request-17', { rating: 4 });
 * ```
 */
export async function recordValues(
  victor: Victor,
  id: string,
  executionId: string,
  values: Readonly<Record<string, number>>,
  options: RecordOptions = {},
): Promise<readonly RecordedValue[]> {
  const entries = Object.entries(values);
  if (entries.length === 0) throw invalidInput('no value is given; write NAME=NUMBER');
  for (const [name, value] of entries) {
    if (!METRIC_ID.test(name)) throw invalidInput(`metric "${name}" must match ${METRIC_ID.source}`);
    if (!Number.isFinite(value) || Math.abs(value) >= LARGEST) {
      throw invalidInput(`${name} is ${value}, must be a finite number below ${LARGEST}`);
    }
  }
  const reason = options.reason?.trim() ?? '';
  const experimentId = await resolveExperiment(victor, id);
  return orUnavailable(() =>
    recordLateValues(victor.pool, {
      experimentId,
      executionId,
      values,
      actor: options.actor ?? defaultCreator(),
      reason: reason === '' ? null : reason,
    }),
  );
}
