import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type pg from 'pg';
import { allocate } from '../src/allocation/buckets.ts';
import { readContent } from '../src/db/contents.ts';
import { readDatasetItem, readExperiment, readVariants } from '../src/db/experiments.ts';
import type { VariantRow } from '../src/db/experiments.ts';
import {
  beginExecution,
  dropStateValues,
  readStateValue,
  recordOutcome,
  storeStateValue,
} from '../src/db/recording.ts';
import type { StoredResult } from '../src/db/recording.ts';
import type { Handler, HandlerContext } from '../src/handlers.ts';
import { BUCKETS } from '../src/allocation/buckets.ts';
import { canonicalJson, sha256 } from '../src/model/hash.ts';
import { STORE_UNAVAILABLE } from '../src/model/execution.ts';
import { executionWorkflowId } from '../src/model/ids.ts';
import type {
  Begun,
  ExecutionError,
  ExecutionRequest,
  ExecutionResult,
  NodeMetrics,
  Outcome,
  RunState,
  StoredValue,
} from '../src/model/execution.ts';
import type { NodeBody } from '../src/model/graph.ts';
import { findNonJson, isJsonObject } from '../src/model/json.ts';
import type { Json, JsonObject } from '../src/model/json.ts';
import type { ExperimentSpec } from '../src/model/spec.ts';
import { INLINE_BYTES } from './create.ts';
import type { TemporalIdentity } from './deps.ts';
import { asActivity } from './failures.ts';
import { createMeter } from './meter.ts';
import type { Metered } from './meter.ts';

const INLINE_TOTAL_BYTES = 96 * 1024;
const OUTPUT_BYTES = 256 * 1024;
const UNIT_BYTES = 1000;
const MESSAGE_LENGTH = 4000;
const STATE_MISSING = 'StateMissing';
const ARGUMENT_BYTES = 1024 * 1024;

export interface DataDeps {
  readonly pool: pg.Pool;
  readonly identity: TemporalIdentity;
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly runIsolated: IsolatedRunner;
}

export interface IsolatedRun {
  readonly handler: string;
  readonly input: JsonObject;
  readonly context: Omit<HandlerContext, 'signal' | 'meter'>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type IsolatedRunner = (
  run: IsolatedRun,
) => Promise<{ readonly value: unknown; readonly metrics: Metered }>;

export interface NodeRequest {
  readonly experimentId: string;
  readonly executionId: string;
  readonly variantId: string;
  readonly nodeId: string;
  readonly body: string;
  readonly output: string | null;
  readonly state: RunState;
  readonly parameters: JsonObject;
  readonly timeoutMs: number;
}

export interface RecordRequest {
  readonly request: ExecutionRequest;
  readonly variantId: string;
  readonly recorded: boolean;
  readonly outcome: Outcome;
  readonly error: ExecutionError | null;
  readonly state: RunState | null;
  readonly output: Json;
  readonly durationSeconds: number;
  readonly metrics: Readonly<Record<string, number>>;
}

export type DataActivities = ReturnType<typeof createDataActivities>;

interface Snapshot {
  readonly spec: ExperimentSpec;
  readonly salt: string;
  readonly variants: readonly VariantRow[];
}

export function createDataActivities(deps: DataDeps) {
  const { pool } = deps;
  const snapshots = new Map<string, Snapshot>();
  const bodies = new Map<string, NodeBody>();

  const snapshotOf = async (experimentId: string): Promise<Snapshot | null> => {
    const known = snapshots.get(experimentId);
    if (known !== undefined) return known;
    const row = await readExperiment(pool, experimentId);
    if (row === null) return null;
    const snapshot = { spec: row.spec, salt: row.salt, variants: await readVariants(pool, experimentId) };
    // a draft may still be edited
    if (row.status !== 'draft') snapshots.set(experimentId, snapshot);
    return snapshot;
  };

  const bodyOf = async (hash: string): Promise<NodeBody> => {
    const known = bodies.get(hash);
    if (known !== undefined) return known;
    const content = await readContent(pool, hash);
    if (content === null) {
      throw ApplicationFailure.create({
        type: 'Unavailable',
        message: `the body ${hash} of a node is not there yet`,
      });
    }
    const body = content.body as unknown as NodeBody;
    bodies.set(hash, body);
    return body;
  };

  const initialState = async (
    request: ExecutionRequest,
    snapshot: Snapshot,
  ): Promise<{ state: RunState; unit: string | null }> => {
    if (request.position === null) {
      const state = await store(
        pool,
        request,
        isJsonObject(request.input) ? request.input : request.input === null ? {} : { input: request.input },
        emptyState,
      );
      return { state, unit: unitOf(request, snapshot.spec) };
    }
    const item = await readDatasetItem(pool, request.experimentId, request.position);
    if (item === null)
      throw ApplicationFailure.nonRetryable(`the dataset has no input ${request.position}`, 'InvalidInput');
    const unit = item.unit ?? request.executionId;
    if (item.file !== null) {
      const { path, sha256: hash, absolutePath } = item.file;
      const content: StoredValue = { where: 'file', hash, bytes: 0, path: absolutePath };
      return { unit, state: { values: { path, sha256: hash }, stored: { content } } };
    }
    const content = item.contentHash === null ? null : await readContent(pool, item.contentHash);
    return { unit, state: (content?.body ?? emptyState) as unknown as RunState };
  };

  async function begin(request: ExecutionRequest): Promise<Begun> {
    return asActivity(async () => {
      const snapshot = await snapshotOf(request.experimentId);
      if (snapshot === null) return { kind: 'unknown' };
      const { state, unit } = await initialState(request, snapshot);
      if (unit === null) {
        return {
          kind: 'invalid',
          message: `neither unit nor context.${snapshot.spec.unit} is given; one of them says who is randomised`,
        };
      }
      const invalid = checkUnit(unit) ?? checkMergeable(request, snapshot.variants);
      if (invalid !== null) return { kind: 'invalid', message: invalid };
      const { variantId, bucket } = allocate({
        salt: snapshot.salt,
        unit,
        ranges: snapshot.variants.map((variant) => ({
          variantId: variant.variantId,
          from: variant.bucketFrom,
          to: variant.bucketTo,
        })),
      });
      const chosen = snapshot.variants.find((variant) => variant.variantId === variantId);
      const workflowId = executionWorkflowId(request.experimentId, request.executionId);
      const answer = await beginExecution(pool, {
        experimentId: request.experimentId,
        executionId: request.executionId,
        unit,
        variantId,
        bucket,
        propensity: ((chosen?.bucketTo ?? 0) - (chosen?.bucketFrom ?? 0)) / BUCKETS,
        workflowId,
        runId: request.firstRunId,
        ...deps.identity,
        deadlineMs: snapshot.spec.timeouts.executionMs,
      });
      const of = async (id: string) => {
        const variant = snapshot.variants.find((candidate) => candidate.variantId === id);
        if (variant === undefined) throw new Error(`variant ${id} of ${request.experimentId} has no row`);
        return {
          variantId: id,
          runnable: variant.runnable,
          overrides: variant.parameterOverrides,
          ...(variant.runnable.kind === 'definition'
            ? await definitionState(pool, request, state)
            : { state: withInitial(state, variant), inputError: null }),
          nodeTimeoutMs: snapshot.spec.timeouts.nodeMs,
        };
      };
      switch (answer.kind) {
        case 'unknown':
          return { kind: 'unknown' };
        case 'foreign':
          return {
            kind: 'invalid',
            message: `the execution belongs to another Temporal (namespace ${answer.namespace})`,
          };
        case 'finished':
          return { kind: 'finished', result: resultOf(request, answer.result) };
        case 'admitted':
          return {
            kind: 'admitted',
            ...(await of(answer.variant_id)),
            deadlineMs: Number(answer.deadline_ms),
            phase: answer.phase,
          };
        case 'not_running': {
          if (request.whenNotRunning === 'refuse') return { kind: 'refused', status: answer.status };
          const control = snapshot.variants.find((variant) => variant.isControl);
          return {
            kind: 'unrecorded',
            ...(await of(control?.variantId ?? variantId)),
            deadlineMs: snapshot.spec.timeouts.executionMs,
          };
        }
      }
    });
  }

  async function runNode(request: NodeRequest): Promise<{ update: RunState; metrics: NodeMetrics }> {
    return asActivity(async () => {
      const body = await bodyOf(request.body);
      const state = await resolveState(pool, request, request.state);
      const context = Context.current();
      const handler = Object.hasOwn(deps.handlers, body.handler) ? deps.handlers[body.handler] : undefined;
      if (handler === undefined) {
        const known = Object.keys(deps.handlers);
        throw ApplicationFailure.nonRetryable(
          `handler ${body.handler} is not registered in this worker's victor.config (registered: ${known.length === 0 ? 'none' : known.join(', ')})`,
          'HandlerNotRegistered',
        );
      }
      const input = body.type === 'compute' && body.inputs !== null ? bindInputs(body.inputs, state) : state;
      const common = {
        experimentId: request.experimentId,
        executionId: request.executionId,
        variantId: request.variantId,
        nodeId: request.nodeId,
        attempt: context.info.attempt,
        parameters: request.parameters,
      };
      const beating = setInterval(() => context.heartbeat(), 1000);
      try {
        const { value, metrics } = await run(handler, body.handler, input, common, request.timeoutMs);
        const update = await store(pool, request, named(request, value), request.state);
        return { update, metrics: { ...metrics, values: {} } };
      } finally {
        clearInterval(beating);
      }
    });
  }

  async function record(r: RecordRequest): Promise<ExecutionResult> {
    return asActivity(async () => {
      const { request } = r;
      const { output, outputTruncated } = await finalOutput(pool, r);
      const base = {
        experimentId: request.experimentId,
        executionId: request.executionId,
        variantId: r.variantId,
        workflowId: executionWorkflowId(request.experimentId, request.executionId),
        runId: request.firstRunId,
      };
      const own = {
        outcome: r.outcome,
        output,
        error:
          r.error === null
            ? null
            : { ...r.error, type: printable(r.error.type), message: printable(r.error.message) },
        durationSeconds: r.durationSeconds,
        metrics: r.metrics,
      };
      const stored = r.recorded
        ? await recordOutcome(pool, { ...request, ...own, runId: base.runId, outputTruncated })
        : null;
      if (stored !== null) return resultOf(request, stored);
      // of a recorded execution they belong to the run that has taken over from this one
      if (!r.recorded) await dropStateValues(pool, request.experimentId, request.executionId);
      return {
        ...base,
        ...own,
        recorded: false,
        phase: null,
        ...(outputTruncated ? { outputTruncated } : {}),
      };
    });
  }

  async function run(
    handler: Handler,
    name: string,
    input: JsonObject,
    common: IsolatedRun['context'],
    timeoutMs: number,
  ): ReturnType<IsolatedRunner> {
    const { cancellationSignal, cancelled } = Context.current();
    if (typeof handler !== 'function') {
      return deps.runIsolated({
        handler: name,
        input,
        context: common,
        timeoutMs,
        signal: cancellationSignal,
      });
    }
    const { meter, metrics } = createMeter();
    const work = async (): Promise<unknown> =>
      handler(input, { ...common, signal: cancellationSignal, meter });
    try {
      return { value: await Promise.race([work(), cancelled]), metrics };
    } catch (error) {
      throw ofHandler(error);
    }
  }

  return { begin, runNode, record };
}

/** What a handler throws is the handler's, whatever it looks like: a refused connection of its own is not our database. */
function ofHandler(error: unknown): unknown {
  if (error instanceof CancelledFailure) return error;
  if (error instanceof ApplicationFailure && error.type !== STORE_UNAVAILABLE) {
    return handlerFailure(error.type, error.message, error.nonRetryable === true);
  }
  const { name, message } =
    error instanceof Error
      ? error
      : { name: 'Error', message: typeof error === 'string' ? error : inspect(error) };
  return handlerFailure(name, message, false);
}

/** Without a cause: a chain of the user's own making may be endless. */
const handlerFailure = (type: unknown, message: unknown, nonRetryable: boolean): ApplicationFailure =>
  ApplicationFailure.create({
    type: typeof type === 'string' ? type.slice(0, 200) : 'Error',
    message: typeof message === 'string' ? message.slice(0, MESSAGE_LENGTH) : inspect(message),
    nonRetryable,
  });

const emptyState: RunState = { values: {}, stored: {} };

function resultOf(request: ExecutionRequest, stored: StoredResult): ExecutionResult {
  return {
    experimentId: request.experimentId,
    executionId: request.executionId,
    variantId: stored.variant_id,
    recorded: true,
    phase: stored.phase,
    outcome: stored.outcome,
    output: stored.output,
    ...(stored.output_truncated ? { outputTruncated: true } : {}),
    error: stored.error,
    durationSeconds: stored.duration_seconds,
    metrics: stored.metrics,
    workflowId: stored.workflow_id,
    runId: stored.run_id,
  };
}

function withInitial(state: RunState, variant: VariantRow): RunState {
  if (variant.runnable.kind !== 'graph') return state;
  const initial = variant.runnable.graph.initialState;
  const stored = Object.fromEntries(Object.entries(state.stored).filter(([key]) => !(key in initial)));
  return { values: { ...state.values, ...initial }, stored };
}

/** An input that cannot be read now is the outcome of the execution, which has begun by then. */
async function definitionState(
  pool: pg.Pool,
  request: ExecutionRequest,
  state: RunState,
): Promise<Pick<Extract<Begun, { kind: 'admitted' }>, 'state' | 'inputError'>> {
  try {
    return { state: { values: await definitionInput(pool, request, state), stored: {} }, inputError: null };
  } catch (error) {
    if (!(error instanceof ApplicationFailure && error.nonRetryable === true)) throw error;
    return { state: emptyState, inputError: { type: error.type ?? 'InvalidInput', message: error.message } };
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

/** A caller names the unit, or its context or input holds the field. */
function unitOf(request: ExecutionRequest, spec: ExperimentSpec): string | null {
  if (request.unit !== null) return request.unit;
  if (spec.unit === 'execution') return request.executionId;
  const input = isJsonObject(request.input) ? request.input : {};
  const found = request.context[spec.unit] ?? input[spec.unit];
  return typeof found === 'string' || typeof found === 'number' ? String(found) : null;
}

function checkUnit(unit: string): string | null {
  if (unit === '') return 'the unit is empty; it says who is randomised';
  const bytes = Buffer.byteLength(unit);
  if (bytes > UNIT_BYTES) return `the unit has ${bytes} bytes, at most ${UNIT_BYTES} are allowed; hash it`;
  return unit.includes('\0') ? 'the unit holds a NUL character, which Postgres cannot store' : null;
}

/** Datasets were checked when the experiment was created. */
function checkMergeable(request: ExecutionRequest, variants: readonly VariantRow[]): string | null {
  const { input, position } = request;
  if (position !== null || input === null || isJsonObject(input)) return null;
  const overridden = variants.find(
    ({ runnable }) => runnable.kind === 'definition' && Object.keys(runnable.overrides).length > 0,
  );
  if (overridden === undefined) return null;
  const type = Array.isArray(input) ? 'a list' : `a ${typeof input}`;
  return `input is ${type}, must be an object: parameter_overrides are merged into the input of variant ${overridden.variantId}`;
}

/** What jsonb cannot hold (NUL, half a surrogate pair) is replaced. */
const printable = (text: string): string =>
  // oxlint-disable-next-line no-control-regex
  text.slice(0, MESSAGE_LENGTH).replace(/[\0\p{Surrogate}]/gu, '\uFFFD');

/** Refuses what is not JSON, by place. A function node's object is merged; another result has its key. */
function named(request: NodeRequest, result: unknown): JsonObject {
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

/** Large values, and those that would make the whole state too large, go to Postgres. */
async function store(
  pool: pg.Pool,
  owner: { readonly experimentId: string; readonly executionId: string },
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

async function resolveState(
  pool: pg.Pool,
  owner: { readonly experimentId: string; readonly executionId: string },
  state: RunState,
): Promise<JsonObject> {
  const resolved = await Promise.all(
    Object.entries(state.stored).map(
      async ([key, value]) => [key, await resolveValue(pool, owner, value)] as const,
    ),
  );
  return { ...state.values, ...Object.fromEntries(resolved) };
}

async function resolveValue(
  pool: pg.Pool,
  owner: { readonly experimentId: string; readonly executionId: string },
  value: StoredValue,
): Promise<Json> {
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

async function finalOutput(
  pool: pg.Pool,
  r: RecordRequest,
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
    return { output: await resolveState(pool, r.request, made), outputTruncated: false };
  } catch (error) {
    // recorded before: the state went with it, and the stored outcome is the answer
    if (error instanceof ApplicationFailure && error.type === STATE_MISSING) {
      return { output: null, outputTruncated: true };
    }
    throw error;
  }
}

/** `$ctx.path` refers to the state at any depth; everything else is itself. */
function bindInputs(inputs: JsonObject, state: JsonObject): JsonObject {
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
