import { orUnavailable } from '../db/pool.ts';
import { readVariantAggregates } from '../db/variant-metrics.ts';
import { aggregatedMetrics } from '../documents/variant-metrics.ts';
import { notFound } from '../errors.ts';
import type { AggregatedMetrics } from '../model/variant-metrics.ts';
import { resolveExperiment } from './resolve.ts';
import type { Victor } from './victor.ts';

/**
 * Aggregates of every variant, control first as in the file, or of the one that is named. All ended executions of the
 * experiment, failures included. Throws NotFound for an experiment or variant that does not exist, Unavailable.
 *
 * @example
 * ```ts
 * import { getVariantMetrics } from 'victor-experiments/client';
 *
 * for (const variantId of ['control', 'treatment']) {
 *   const metrics = await getVariantMetrics(victor, 'model-comparison', variantId);
 *   console.log(variantId, metrics.sampleCount, metrics.executionTimeMean, metrics.successRate);
 * }
 * ```
 */
export async function getVariantMetrics(
  victor: Victor,
  id: string,
  variantId: string,
): Promise<AggregatedMetrics>;
export async function getVariantMetrics(victor: Victor, id: string): Promise<readonly AggregatedMetrics[]>;
export async function getVariantMetrics(
  victor: Victor,
  id: string,
  variantId?: string,
): Promise<AggregatedMetrics | readonly AggregatedMetrics[]> {
  const experimentId = await resolveExperiment(victor, id);
  const variants = await orUnavailable(() => readVariantAggregates(victor.pool, experimentId));
  if (variantId === undefined) return variants.map(aggregatedMetrics);
  const found = variants.find((variant) => variant.variantId === variantId);
  if (found === undefined) {
    const ids = variants.map((variant) => variant.variantId).join(', ');
    throw notFound(`experiment ${experimentId} has no variant "${variantId}"; it has ${ids}`);
  }
  return aggregatedMetrics(found);
}
