import type { JsonObject } from './json.ts';

/**
 * One entry of an experiment's audit trail. `type` is created, edited, transition, variant, look, decision, completion,
 * warning, signal_ignored, revived or excluded; later versions may add types. `data` belongs to the type.
 */
export interface ExperimentEvent {
  /** Without gaps from 1 in each experiment: the cursor of a reader. */
  readonly number: number;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly type: string;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly data: JsonObject;
}
