import { setTimeout as sleep } from 'node:timers/promises';
import { VictorError } from '../errors.ts';
import type { ExperimentResults, ExperimentStatus } from '../model/documents.ts';
import { getExperimentResults, getExperimentStatus } from './read.ts';
import type { Victor } from './victor.ts';

export interface WaitOptions {
  readonly signal?: AbortSignal;
  readonly everyMs?: number;
  /** Called with each reading; also while nothing changed. */
  readonly onStatus?: (status: ExperimentStatus) => void;
  /** Give up after the database could not be reached for this long; default one minute. */
  readonly patienceMs?: number;
}

const OVER = new Set(['analyzed', 'rolled_out', 'archived']);

/**
 * Waits for the final look. A database that goes away for a moment does not end the wait.
 *
 * @example
 * ```ts
 * import { waitForResults } from 'victor-experiments/client';
 *
 * const { winningVariantId } = await waitForResults(victor, 'model-comparison', {
 *   onStatus: ({ executions }) => console.log(`${executions.running} executions run`),
 *   signal: AbortSignal.timeout(60_000),
 * });
 * console.log(winningVariantId ?? 'no winner');
 * ```
 */
export async function waitForResults(
  victor: Victor,
  experimentId: string,
  options: WaitOptions = {},
): Promise<ExperimentResults> {
  const patienceMs = options.patienceMs ?? 60_000;
  let lastAnswer = Date.now();
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      const status = await getExperimentStatus(victor, experimentId);
      lastAnswer = Date.now();
      options.onStatus?.(status);
      if (OVER.has(status.status)) return await getExperimentResults(victor, experimentId);
    } catch (error) {
      const away = error instanceof VictorError && error.kind === 'Unavailable';
      if (!away || Date.now() - lastAnswer > patienceMs) throw error;
    }
    await sleep(
      options.everyMs ?? 500,
      undefined,
      options.signal === undefined ? {} : { signal: options.signal },
    );
  }
}
