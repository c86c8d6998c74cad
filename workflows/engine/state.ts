import type { RunState, StoredValue } from '../../src/model/execution.ts';
import type { Json } from '../../src/model/json.ts';

/** What a node changed: the same form as the state. */
export type StateUpdate = RunState;

/** The update wins; a key that becomes large leaves the inline values, and the other way round. */
export function mergeState(state: RunState, update: StateUpdate): RunState {
  const values: Record<string, Json> = {};
  const stored: Record<string, StoredValue> = {};
  for (const [key, value] of Object.entries(state.values)) if (!(key in update.stored)) values[key] = value;
  for (const [key, value] of Object.entries(state.stored)) if (!(key in update.values)) stored[key] = value;
  return { values: { ...values, ...update.values }, stored: { ...stored, ...update.stored } };
}
