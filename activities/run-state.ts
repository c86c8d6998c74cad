import { readFile } from 'node:fs/promises';
import { ApplicationFailure } from '@temporalio/common';
import type pg from 'pg';
import { readContent } from '../src/db/contents.ts';
import { readStateValue, storeStateValue } from '../src/db/recording.ts';
import { OUTPUT_BYTES } from '../src/model/execution.ts';
import type { RunState, StoredValue } from '../src/model/execution.ts';
import { canonicalJson, sha256 } from '../src/model/hash.ts';
import type { ExecutionAddress } from '../src/model/ids.ts';
import type { Json, JsonObject } from '../src/model/json.ts';
import { INLINE_BYTES } from './create.ts';

const INLINE_TOTAL_BYTES = 96 * 1024;
const STATE_MISSING = 'StateMissing';

export const EMPTY_STATE: RunState = { values: {}, stored: {} };

/** Large values, and those that would make the whole state too large, go to Postgres. */
export async function storeLarge(
  pool: pg.Pool,
  owner: ExecutionAddress,
  update: JsonObject,
  beside: RunState,
): Promise<RunState> {
  let total = Buffer.byteLength(JSON.stringify(beside.values));
  const values: Record<string, Json> = {};
  const stored: Record<string, StoredValue> = {};
  for (const [key, value] of Object.entries(update)) {
    if (value === undefined) continue;
    const body = canonicalJson(value);
    const bytes = Buffer.byteLength(body);
    if (bytes <= INLINE_BYTES && total + bytes <= INLINE_TOTAL_BYTES) {
      total += bytes;
      values[key] = value;
      continue;
    }
    const hash = sha256(body);
    await storeStateValue(pool, owner.experimentId, owner.executionId, hash, body);
    stored[key] = { where: 'state', hash, bytes };
  }
  return { values, stored };
}

export async function resolveState(
  pool: pg.Pool,
  owner: ExecutionAddress,
  state: RunState,
): Promise<JsonObject> {
  const resolved = await Promise.all(
    Object.entries(state.stored).map(
      async ([key, value]) => [key, await resolveValue(pool, owner, value)] as const,
    ),
  );
  return { ...state.values, ...Object.fromEntries(resolved) };
}

async function resolveValue(pool: pg.Pool, owner: ExecutionAddress, value: StoredValue): Promise<Json> {
  if (value.where === 'file') {
    const content = await readFile(value.path).catch((error: unknown) => {
      throw ApplicationFailure.nonRetryable(
        `the input file ${value.path} cannot be read: ${String(error)}`,
        'InputChanged',
      );
    });
    if (sha256(content) !== value.hash) {
      throw ApplicationFailure.nonRetryable(
        `the input file ${value.path} has changed since create`,
        'InputChanged',
      );
    }
    return content.toString('utf8');
  }
  const row =
    value.where === 'content'
      ? await readContent(pool, value.hash)
      : await readStateValue(pool, owner.experimentId, owner.executionId, value.hash);
  if (row === null)
    throw ApplicationFailure.nonRetryable(`a state value (${value.hash}) is gone`, STATE_MISSING);
  return row.body;
}

/** What the run made, up to a limit: small enough to be a row and the result of a workflow. */
export async function finalOutput(
  pool: pg.Pool,
  owner: ExecutionAddress,
  r: { readonly state: RunState | null; readonly output: Json },
): Promise<{ output: Json; outputTruncated: boolean }> {
  if (r.state === null) {
    const large = Buffer.byteLength(JSON.stringify(r.output)) > OUTPUT_BYTES;
    return { output: large ? null : r.output, outputTruncated: large };
  }
  // inputs that the run did not change are not output
  const made = {
    values: r.state.values,
    stored: Object.fromEntries(Object.entries(r.state.stored).filter(([, value]) => value.where === 'state')),
  };
  const bytes =
    Buffer.byteLength(JSON.stringify(made.values)) +
    Object.values(made.stored).reduce((sum, value) => sum + value.bytes, 0);
  if (bytes > OUTPUT_BYTES) return { output: null, outputTruncated: true };
  try {
    return { output: await resolveState(pool, owner, made), outputTruncated: false };
  } catch (error) {
    // recorded before: the state went with it, and the stored outcome is the answer
    if (error instanceof ApplicationFailure && error.type === STATE_MISSING) {
      return { output: null, outputTruncated: true };
    }
    throw error;
  }
}
