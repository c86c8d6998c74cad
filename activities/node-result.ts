import { ApplicationFailure } from '@temporalio/common';
import { findNonJson, isJsonObject } from '../src/model/json.ts';
import type { Json, JsonObject } from '../src/model/json.ts';

/** Refuses what is not JSON, by place. A function node's object is merged; another result has its key. */
export function namedResult(
  request: { readonly nodeId: string; readonly output: string | null },
  result: unknown,
): JsonObject {
  const problem = findNonJson(result ?? null);
  if (problem !== null) {
    throw ApplicationFailure.nonRetryable(
      `node ${request.nodeId} returned a value that is not JSON: ${problem}`,
      'InvalidResult',
    );
  }
  if (request.output !== null) return { [request.output]: (result ?? null) as Json };
  if (result === null || result === undefined) return {};
  if (isJsonObject(result)) return result;
  throw ApplicationFailure.nonRetryable(
    `node ${request.nodeId} returned ${Array.isArray(result) ? 'a list' : `a ${typeof result}`}, must be an object of state keys`,
    'InvalidResult',
  );
}

/** `$ctx.path` refers to the state at any depth; everything else is itself. */
export function bindInputs(inputs: JsonObject, state: JsonObject): JsonObject {
  const bind = (value: Json): Json => {
    if (typeof value === 'string' && value.startsWith('$ctx.'))
      return lookUp(state, value.slice('$ctx.'.length).split('.'));
    if (Array.isArray(value)) return value.map(bind);
    if (isJsonObject(value))
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, bind(item)]));
    return value;
  };
  return bind(inputs) as JsonObject;
}

function lookUp(state: JsonObject, path: readonly string[]): Json {
  let at: Json | undefined = state;
  for (const key of path) at = isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : null;
  return at ?? null;
}
