import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type pg from 'pg';
import { BUCKETS, allocate } from '../src/allocation/buckets.ts';
import { readContent } from '../src/db/contents.ts';
import { readDatasetItem, readExperiment, readVariants } from '../src/db/experiments.ts';
import type { VariantRow } from '../src/db/experiments.ts';
import { beginExecution, dropStateValues, recordOutcome } from '../src/db/recording.ts';
import { executionResult } from '../src/documents/execution.ts';
import type { Handler, HandlerContext } from '../src/handlers.ts';
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
import { executionWorkflowId } from '../src/model/ids.ts';
import { isJsonObject } from '../src/model/json.ts';
import type { Json, JsonObject } from '../src/model/json.ts';
import type { ExperimentSpec } from '../src/model/spec.ts';
import type { TemporalIdentity } from './deps.ts';
import { checkMergeable, checkUnit, definitionState, unitOf, withInitial } from './execution-input.ts';
import { asActivity } from './failures.ts';
import { MESSAGE_LENGTH, ofHandler } from './handler-failure.ts';
import { createMeter } from './meter.ts';
import type { Metered } from './meter.ts';
import { bindInputs, namedResult } from './node-result.ts';
import { EMPTY_STATE, finalOutput, resolveState, storeLarge } from './run-state.ts';

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
      const state = await storeLarge(
        pool,
        request,
        isJsonObject(request.input) ? request.input : request.input === null ? {} : { input: request.input },
        EMPTY_STATE,
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
    return { unit, state: (content?.body ?? EMPTY_STATE) as unknown as RunState };
  };

  /** Large inputs were stored for a run that does not take place. */
  const forget = async (request: ExecutionRequest, state: RunState): Promise<void> => {
    if (Object.values(state.stored).some(({ where }) => where === 'state')) {
      await dropStateValues(pool, request.experimentId, request.executionId);
    }
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
          await forget(request, state);
          return { kind: 'finished', result: executionResult(request, answer.result) };
        case 'admitted':
          return {
            kind: 'admitted',
            ...(await of(answer.variant_id)),
            deadlineMs: Number(answer.deadline_ms),
            phase: answer.phase,
          };
        case 'not_running': {
          if (request.whenNotRunning === 'refuse') {
            await forget(request, state);
            return { kind: 'refused', status: answer.status };
          }
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
        const update = await storeLarge(pool, request, namedResult(request, value), request.state);
        return { update, metrics: { ...metrics, values: {} } };
      } finally {
        clearInterval(beating);
      }
    });
  }

  async function record(r: RecordRequest): Promise<ExecutionResult> {
    return asActivity(async () => {
      const { request } = r;
      const { output, outputTruncated } = await finalOutput(pool, request, r);
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
        error: r.error === null ? null : { ...r.error, message: r.error.message.slice(0, MESSAGE_LENGTH) },
        durationSeconds: r.durationSeconds,
        metrics: r.metrics,
      };
      const stored = r.recorded
        ? await recordOutcome(pool, { ...request, ...own, runId: base.runId, outputTruncated })
        : null;
      if (stored !== null) return executionResult(request, stored);
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
