import { readStored } from '../documents/status.ts';
import { contentOf } from '../documents/results.ts';
import { orUnavailable } from '../db/pool.ts';
import { conflict, invalidInput } from '../errors.ts';
import type { JsonObject } from '../model/json.ts';
import { resolveExperiment } from './resolve.ts';
import type { Victor } from './victor.ts';

/** The configuration of one variant, as in its experiment file. */
export interface ExportedVariant {
  readonly experimentId: string;
  readonly experimentName: string;
  readonly variantId: string;
  readonly name: string;
  readonly workflowType: 'yaml' | 'stategraph' | 'definition';
  readonly workflowConfig: JsonObject;
  readonly parameterOverrides: JsonObject;
  /** The decision it comes from; null: no look was taken. */
  readonly decision: { readonly look: number; readonly code: string; readonly reason: string } | null;
}

/**
 * The configuration of the deployed variant, else of the winner, or of the one that is named. Throws NotFound, Conflict
 * (there is neither), InvalidInput (no such variant), Unavailable.
 *
 * @example
 * ```ts
 * import { exportExperiment } from 'victor-experiments/client';
 *
 * const { variantId, workflowConfig, parameterOverrides } = await exportExperiment(victor, 'model-comparison');
 * console.log(variantId, workflowConfig, parameterOverrides);
 * ```
 */
export async function exportExperiment(
  victor: Victor,
  id: string,
  options: { readonly variantId?: string } = {},
): Promise<ExportedVariant> {
  const experimentId = await resolveExperiment(victor, id);
  const { row, looks } = await orUnavailable(() => readStored(victor.pool, experimentId));
  const last = looks.at(-1);
  const winner = last === undefined ? null : contentOf(last).result.decision.winner;
  const variantId = options.variantId ?? row.deployedVariantId ?? winner;
  if (variantId === null) {
    throw conflict(
      `experiment ${experimentId} has no winner and nothing is deployed; name the variant to export with --variant`,
    );
  }
  const variant = row.spec.variants.find((candidate) => candidate.variantId === variantId);
  if (variant === undefined) {
    const known = row.spec.variants.map((candidate) => candidate.variantId).join(', ');
    throw invalidInput(`experiment ${experimentId} has no variant "${variantId}"; it has ${known}`);
  }
  return {
    experimentId,
    experimentName: row.name,
    variantId,
    name: variant.name,
    workflowType: variant.workflowType,
    workflowConfig: variant.workflowConfig,
    parameterOverrides: variant.parameterOverrides,
    decision: last === undefined ? null : { look: last.look, code: last.decision, reason: last.reason },
  };
}
