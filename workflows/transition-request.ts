import { ACTIONS } from '../src/model/lifecycle.ts';
import type { Action } from '../src/model/lifecycle.ts';
import { isJsonObject } from '../src/model/json.ts';

export interface TransitionRequest {
  readonly action: Action;
  readonly actor: string;
  readonly reason: string | null;
  readonly requestId: string | null;
}

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
  };
}

/** Null: not a request; the message says why. */
export function parseTransition(argument: unknown): TransitionRequest | string {
  if (!isJsonObject(argument))
    return 'the argument of transition must be an object {action, actor, reason, request_id}';
  const action = ACTIONS.find((candidate) => candidate === argument['action']);
  if (action === undefined) {
    return `action is ${JSON.stringify(argument['action'] ?? null)}, must be one of ${ACTIONS.join(', ')}`;
  }
  return { ...parseSignal(action, argument), actor: text(argument['actor'], 200) ?? 'client' };
}
