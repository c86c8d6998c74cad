import { conflict, invalidInput } from '../errors.ts';
import type { Queryable } from './pool.ts';

export interface Rollout {
  readonly experimentId: string;
  /** Null: the winner. */
  readonly variantId: string | null;
  readonly reason: string | null;
}

interface Choice {
  readonly profile: string;
  readonly winner: string | null;
  readonly why: string | null;
  readonly variants: readonly string[];
}

/** The variant that every execution is to get from now on; refused when there is no reason for one. */
export async function chooseDeployed(
  client: Queryable,
  { experimentId, variantId, reason }: Rollout,
): Promise<string> {
  const { rows } = await client.query<Choice>(
    `select x.profile, l.result #>> '{decision,winner}' as winner, l.reason as why,
       array(select v.variant_id from victor_data.variants v where v.experiment_id = $1 order by v.position) as variants
     from victor_data.experiments x
     left join lateral (select result, reason from victor_data.looks k
       where k.experiment_id = $1 order by k.look desc limit 1) l on true
     where x.experiment_id = $1`,
    [experimentId],
  );
  return choose(experimentId, rows[0], variantId, reason);
}

function choose(
  experimentId: string,
  choice: Choice | undefined,
  variantId: string | null,
  reason: string | null,
): string {
  if (choice?.profile === 'simulated') {
    throw conflict(`experiment ${experimentId} was simulated: its numbers say nothing about real executions`);
  }
  const winner = choice?.winner ?? null;
  const variants = choice?.variants ?? [];
  if (variantId === null) {
    if (winner !== null) return winner;
    throw conflict(
      `experiment ${experimentId} has no winner (${choice?.why ?? 'no look was taken'}); to deploy a variant all the same, name it and say why: --variant ${variants.join('|')} --reason TEXT`,
    );
  }
  if (!variants.includes(variantId)) {
    throw invalidInput(
      `experiment ${experimentId} has no variant "${variantId}"; it has ${variants.join(', ')}`,
    );
  }
  if (variantId !== winner && reason === null) {
    throw invalidInput(
      `${variantId} is not the winner${winner === null ? '' : ` (${winner} is)`}; to deploy it all the same, say why: --reason TEXT`,
    );
  }
  return variantId;
}
