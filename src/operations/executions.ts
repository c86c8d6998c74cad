import { readExecutions } from '../db/executions.ts';
import { readVariants } from '../db/experiments.ts';
import { orUnavailable } from '../db/pool.ts';
import { invalidInput, notFound } from '../errors.ts';
import { OUTCOMES_AND_RUNNING } from '../model/execution-row.ts';
import type { ExecutionRow, OutcomeOrRunning } from '../model/execution-row.ts';
import { resolveExperiment } from './resolve.ts';
import type { Victor } from './victor.ts';

export interface ExecutionFilter {
  readonly variantId?: string;
  readonly outcome?: OutcomeOrRunning;
  /** At most so many; default 1000 for `getExecutions`, all for `iterateExecutions`. */
  readonly limit?: number;
  /** The `number` of the last execution that was read: what follows are older ones. */
  readonly after?: number;
}

const PAGE = 1000;

/**
 * Recorded executions, the newest first. The next page: `after` is the number of the last one. Throws NotFound for an
 * experiment or variant that does not exist, InvalidInput for a filter that is none, Unavailable.
 *
 * @example
 * ```ts
 * import { getExecutions } from 'victor-experiments/client';
 *
 * const failed = await getExecutions(victor, 'model-comparison', { outcome: 'failure', limit: 20 });
 * for (const { executionId, variantId, error } of failed) console.log(executionId, variantId, error?.message);
 * ```
 */
export async function getExecutions(
  victor: Victor,
  id: string,
  filter: ExecutionFilter = {},
): Promise<readonly ExecutionRow[]> {
  const found: ExecutionRow[] = [];
  for await (const row of iterateExecutions(victor, id, { limit: PAGE, ...filter })) found.push(row);
  return found;
}

/**
 * All that fit, the newest first, page by page: memory stays flat however many there are. Throws as `getExecutions`.
 *
 * @example
 * ```ts
 * import { iterateExecutions } from 'victor-experiments/client';
 *
 * let seconds = 0;
 * for await (const execution of iterateExecutions(victor, 'model-comparison', { variantId: 'control' })) {
 *   seconds += execution.durationSeconds ?? 0;
 * }
 * console.log(seconds);
 * ```
 */
export async function* iterateExecutions(
  victor: Victor,
  id: string,
  filter: ExecutionFilter = {},
): AsyncGenerator<ExecutionRow, void, undefined> {
  checkFilter(filter);
  const experimentId = await resolveExperiment(victor, id);
  await checkVariant(victor, experimentId, filter.variantId);
  let left = filter.limit ?? Infinity;
  let before = filter.after ?? null;
  while (left > 0) {
    const limit = Math.min(PAGE, left);
    const page = await orUnavailable(() =>
      readExecutions(victor.pool, experimentId, {
        variantId: filter.variantId ?? null,
        outcome: filter.outcome ?? null,
        before,
        limit,
      }),
    );
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return;
    before = last.number;
    left -= page.length;
  }
}

function checkFilter({ outcome, limit, after }: ExecutionFilter): void {
  if (outcome !== undefined && !OUTCOMES_AND_RUNNING.includes(outcome)) {
    throw invalidInput(`outcome is ${String(outcome)}, must be one of ${OUTCOMES_AND_RUNNING.join(', ')}`);
  }
  for (const [name, value] of Object.entries({ limit, after })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) {
      throw invalidInput(`${name} is ${String(value)}, must be an integer of at least 1`);
    }
  }
}

/** Throws NotFound that names the variants there are. */
export async function checkVariant(
  victor: Victor,
  experimentId: string,
  variantId: string | undefined,
): Promise<void> {
  if (variantId === undefined) return;
  const variants = await orUnavailable(() => readVariants(victor.pool, experimentId));
  const ids = variants.map((variant) => variant.variantId);
  if (!ids.includes(variantId)) {
    throw notFound(`experiment ${experimentId} has no variant "${variantId}"; it has ${ids.join(', ')}`);
  }
}
