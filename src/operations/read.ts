import { listExperiments as listRows } from '../db/experiments.ts';
import { orUnavailable } from '../db/pool.ts';
import { readResults } from '../documents/results.ts';
import { readStatus, readStored } from '../documents/status.ts';
import type {
  ExperimentListItem,
  ExperimentResults,
  ExperimentStatus,
  Recommendation,
} from '../model/documents.ts';
import type { ExperimentStatusName } from '../model/lifecycle.ts';
import type { MetricSpec } from '../model/spec.ts';
import { resolveExperiment } from './resolve.ts';
import type { Victor } from './victor.ts';

/**
 * Counts of what was begun and how it ended. Throws NotFound, Conflict (ambiguous id) or Unavailable.
 *
 * @example
 * ```ts
 * import { getExperimentStatus } from 'victor-experiments/client';
 *
 * const { status, currentIteration, variantSamples } = await getExperimentStatus(victor, 'model-comparison');
 * console.log(`${status}, ${currentIteration} executions`, variantSamples);
 * ```
 */
export async function getExperimentStatus(victor: Victor, id: string): Promise<ExperimentStatus> {
  const experimentId = await resolveExperiment(victor, id);
  return orUnavailable(async () =>
    readStatus(victor.pool, await readStored(victor.pool, experimentId), victor.webUiUrl),
  );
}

/**
 * The numbers and the decision of the last look. Throws NotFound, Conflict (ambiguous id) or Unavailable.
 *
 * @example
 * ```ts
 * import { getExperimentResults } from 'victor-experiments/client';
 *
 * const { recommendation, reasoning, variantResults } = await getExperimentResults(victor, 'model-comparison');
 * console.log(recommendation, reasoning);
 * for (const { variantId, primaryMetricValue, relativeImprovement } of Object.values(variantResults)) {
 *   console.log(variantId, primaryMetricValue, relativeImprovement);
 * }
 * ```
 */
export async function getExperimentResults(victor: Victor, id: string): Promise<ExperimentResults> {
  const experimentId = await resolveExperiment(victor, id);
  return orUnavailable(async () => readResults(victor.pool, await readStored(victor.pool, experimentId)));
}

export async function getMetrics(
  victor: Victor,
  id: string,
): Promise<{ readonly primaryMetric: MetricSpec; readonly secondaryMetrics: readonly MetricSpec[] }> {
  const experimentId = await resolveExperiment(victor, id);
  const { row } = await orUnavailable(() => readStored(victor.pool, experimentId));
  const { primaryMetric, secondaryMetrics } = row.spec;
  return { primaryMetric, secondaryMetrics };
}

/**
 * The newest experiments first; `deleted`: those that were deleted, which are not in the list otherwise.
 *
 * @example
 * ```ts
 * import { listExperiments } from 'victor-experiments/client';
 *
 * for (const { experimentId, name, look } of await listExperiments(victor, { status: 'running' })) {
 *   console.log(`${experimentId}: ${name}, look ${look}`);
 * }
 * ```
 */
export async function listExperiments(
  victor: Victor,
  filter: { readonly status?: ExperimentStatusName; readonly deleted?: boolean } = {},
): Promise<readonly ExperimentListItem[]> {
  const rows = await orUnavailable(() =>
    listRows(victor.pool, { status: filter.status ?? null, deleted: filter.deleted ?? false }),
  );
  return rows.map((row) => ({
    experimentId: row.experimentId,
    name: row.name,
    status: row.status,
    createdAt: row.createdAt.toISOString(),
    look: row.look,
    totalSamples: row.totalSamples,
    recommendation: (row.recommendation ?? 'continue') as Recommendation,
  }));
}
