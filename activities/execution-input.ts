import { ApplicationFailure } from '@temporalio/common';
import type pg from 'pg';
import type { VariantRow } from '../src/db/experiments.ts';
import type { Begun, ExecutionRequest, RunState } from '../src/model/execution.ts';
import { isJsonObject } from '../src/model/json.ts';
import type { JsonObject } from '../src/model/json.ts';
import { EMPTY_STATE, resolveState } from './run-state.ts';

const ARGUMENT_BYTES = 1024 * 1024;

export function withInitial(state: RunState, variant: VariantRow): RunState {
  if (variant.runnable.kind !== 'graph') return state;
  const initial = variant.runnable.graph.initialState;
  const stored = Object.fromEntries(Object.entries(state.stored).filter(([key]) => !(key in initial)));
  return { values: { ...state.values, ...initial }, stored };
}

/** An input that cannot be read now is the outcome of the execution, which has begun by then. */
export async function definitionState(
  pool: pg.Pool,
  request: ExecutionRequest,
  state: RunState,
): Promise<Pick<Extract<Begun, { kind: 'admitted' }>, 'state' | 'inputError'>> {
  try {
    return { state: { values: await definitionInput(pool, request, state), stored: {} }, inputError: null };
  } catch (error) {
    if (!(error instanceof ApplicationFailure && error.nonRetryable === true)) throw error;
    return { state: EMPTY_STATE, inputError: { type: error.type ?? 'InvalidInput', message: error.message } };
  }
}

/** Another workflow gets its input as its argument, which has a limit of its own. */
async function definitionInput(
  pool: pg.Pool,
  request: ExecutionRequest,
  state: RunState,
): Promise<JsonObject> {
  const bytes = Object.values(state.stored).reduce((sum, value) => sum + value.bytes, 0);
  if (bytes > ARGUMENT_BYTES) {
    throw ApplicationFailure.nonRetryable(
      `the input has ${bytes} bytes, an argument of a workflow at most ${ARGUMENT_BYTES}`,
      'InvalidInput',
    );
  }
  return resolveState(pool, request, state);
}

/** Datasets were checked when the experiment was created. */
export function checkMergeable(request: ExecutionRequest, variants: readonly VariantRow[]): string | null {
  const { input, position } = request;
  if (position !== null || input === null || isJsonObject(input)) return null;
  const overridden = variants.find(
    ({ runnable }) => runnable.kind === 'definition' && Object.keys(runnable.overrides).length > 0,
  );
  if (overridden === undefined) return null;
  const type = Array.isArray(input) ? 'a list' : `a ${typeof input}`;
  return `input is ${type}, must be an object: parameter_overrides are merged into the input of variant ${overridden.variantId}`;
}
