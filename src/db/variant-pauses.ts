import { illegalTransition, invalidInput } from '../errors.ts';
import type { ExperimentStatusName } from '../model/lifecycle.ts';
import { appendEvent } from './events.ts';
import type { Queryable } from './pool.ts';

interface SwitchRequest {
  readonly experimentId: string;
  readonly actor: string;
  readonly reason: string | null;
  readonly requestId: string | null;
}

/**
 * Pauses or resumes one variant: while paused, no unit is newly allocated to it; its units keep it. Each change is a new
 * epoch. The caller holds the exclusive lock.
 */
export async function switchVariant(
  client: Queryable,
  request: SwitchRequest,
  status: ExperimentStatusName,
  action: 'pause' | 'resume',
  variantId: string,
): Promise<void> {
  const { experimentId } = request;
  const { rows } = await client.query<{ paused: readonly string[]; variants: readonly string[] }>(
    `select paused_variants as paused,
       array(select v.variant_id from victor_data.variants v where v.experiment_id = $1 order by v.position) as variants
     from victor_data.experiments where experiment_id = $1`,
    [experimentId],
  );
  const { paused, variants } = rows[0] ?? { paused: [], variants: [] };
  check(experimentId, status, action, variantId, paused, variants);
  const { rows: changed } = await client.query<{ epoch: number }>(
    `update victor_data.experiments set epoch = epoch + 1, paused_variants = $2 where experiment_id = $1 returning epoch`,
    [
      experimentId,
      action === 'pause' ? [...paused, variantId] : paused.filter((candidate) => candidate !== variantId),
    ],
  );
  await appendEvent(client, experimentId, {
    type: 'variant',
    actor: request.actor,
    reason: request.reason,
    requestId: request.requestId,
    data: { action, variant_id: variantId, epoch: changed[0]?.epoch ?? 0 },
  });
}

function check(
  experimentId: string,
  status: ExperimentStatusName,
  action: 'pause' | 'resume',
  variantId: string,
  paused: readonly string[],
  variants: readonly string[],
): void {
  if (!variants.includes(variantId)) {
    throw invalidInput(
      `experiment ${experimentId} has no variant "${variantId}"; it has ${variants.join(', ')}`,
    );
  }
  if (status !== 'running' && status !== 'paused') {
    throw illegalTransition(
      `cannot ${action} a variant of an experiment that is ${status}; it must be running or paused`,
    );
  }
  if (paused.includes(variantId) === (action === 'pause')) {
    throw illegalTransition(
      `variant ${variantId} of ${experimentId} is ${action === 'pause' ? 'paused already' : 'not paused'}`,
    );
  }
  if (action === 'pause' && paused.length + 1 === variants.length) {
    throw illegalTransition(
      `variant ${variantId} is the last one of ${experimentId} that is running; pause the experiment instead: victor experiment pause ${experimentId}`,
    );
  }
}
