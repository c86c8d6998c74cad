import { ACTIONS } from '../src/model/lifecycle.ts';
import type { Action } from '../src/model/lifecycle.ts';
import { VARIANT_ID } from '../src/model/ids.ts';
import { isJsonObject } from '../src/model/json.ts';

export interface TransitionRequest {
  readonly action: Action;
  readonly actor: string;
  readonly reason: string | null;
  readonly requestId: string | null;
  /** Pause and resume: of this variant alone. Deploy: this one; null: the winner. */
  readonly variantId: string | null;
  /** Analyze: without waiting for what still runs. */
  readonly now: boolean;
}

const WITH_VARIANT: readonly Action[] = ['pause', 'resume', 'deploy'];

const text = (value: unknown, limit: number): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value.slice(0, limit) : null;

/** Actor and reason of a signal, whatever was sent. */
export function parseSignal(action: Action, argument: unknown): TransitionRequest {
  const given = isJsonObject(argument) ? argument : {};
  return {
    action,
    actor: text(given['actor'], 200) ?? 'signal',
    reason: text(given['reason'], 2000),
    requestId: text(given['request_id'], 200),
    variantId: text(given['variant_id'], 64),
    now: given['now'] === true,
  };
}

/** Null: not a request; the message says why. */
export function parseTransition(argument: unknown): TransitionRequest | string {
  if (!isJsonObject(argument))
    return 'the argument of transition must be an object {action, actor, reason, request_id, variant_id, now}';
  const action = ACTIONS.find((candidate) => candidate === argument['action']);
  if (action === undefined) {
    return `action is ${JSON.stringify(argument['action'] ?? null)}, must be one of ${ACTIONS.join(', ')}`;
  }
  const variantId = argument['variant_id'] ?? null;
  if (variantId !== null && !(typeof variantId === 'string' && VARIANT_ID.test(variantId))) {
    return `variant_id is ${JSON.stringify(variantId)}, must be a string that matches ${VARIANT_ID.source}`;
  }
  if (variantId !== null && !WITH_VARIANT.includes(action)) {
    return `variant_id goes with ${WITH_VARIANT.join(', ')}, not with ${action}`;
  }
  const now = argument['now'] ?? false;
  if (typeof now !== 'boolean') return `now is ${JSON.stringify(now)}, must be true or false`;
  return { ...parseSignal(action, argument), actor: text(argument['actor'], 200) ?? 'client' };
}
