import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type pg from 'pg';
import { readContent } from '../src/db/contents.ts';
import { dropStateValues, recordOutcome } from '../src/db/recording.ts';
import { executionResult } from '../src/documents/execution.ts';
import type { Handler, HandlerContext } from '../src/handlers.ts';
import type {
  ExecutionError,
  ExecutionRequest,
  ExecutionResult,
  NodeMetrics,
  Outcome,
  RunState,
} from '../src/model/execution.ts';
import type { NodeBody } from '../src/model/graph.ts';
import { executionWorkflowId } from '../src/model/ids.ts';
import type { Json, JsonObject } from '../src/model/json.ts';
import { beginning } from '../src/model/well-formed.ts';
import { createBegin } from './begin.ts';
import type { TemporalIdentity } from './deps.ts';
import { asActivity, toFailure, withMetered } from './failures.ts';
import { MESSAGE_LENGTH, ofHandler } from './handler-failure.ts';
import { DEFAULT_FLUSH, addMetered, createMeter, meteredIn } from './meter.ts';
import type { FlushRule, MeterSession, Metered } from './meter.ts';
import { bindInputs, namedResult } from './node-result.ts';
import { finalOutput, resolveState, storeLarge } from './run-state.ts';

export interface DataDeps {
  readonly pool: pg.Pool;
  readonly identity: TemporalIdentity;
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly runIsolated: IsolatedRunner;
  readonly meterFlush?: FlushRule;
}

export interface IsolatedRun {
  readonly handler: string;
  readonly input: JsonObject;
  readonly context: Omit<HandlerContext, 'signal' | 'meter'>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly meterFlush: FlushRule;
  /** Called at each flush, and at the end, with all that the handler has metered. */
  readonly onMetered: (total: Metered) => void;
}

export type IsolatedRunner = (run: IsolatedRun) => Promise<unknown>;

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

export function createDataActivities(deps: DataDeps) {
  const { pool } = deps;
  const { meterFlush = DEFAULT_FLUSH } = deps;
  const bodies = new Map<string, NodeBody>();

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
      // what earlier attempts have flushed was paid for, too
      const earlier = meteredIn(context.info.heartbeatDetails);
      let own = meteredIn(null);
      let flushed = earlier;
      const flush = (total: Metered): void => {
        own = total;
        flushed = addMetered(earlier, total);
        context.heartbeat(flushed);
      };
      const session = createMeter({ rule: meterFlush, flush });
      const beating = setInterval(() => {
        session.tick();
        context.heartbeat(flushed);
      }, 1000);
      try {
        const value = await run(handler, body.handler, input, common, request.timeoutMs, session, flush);
        const update = await storeLarge(pool, request, namedResult(request, value), request.state);
        return { update, metrics: { ...addMetered(earlier, own), values: {} } };
      } catch (error) {
        context.heartbeat(addMetered(earlier, own));
        throw withMetered(toFailure(error), addMetered(earlier, own));
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
        error: r.error === null ? null : { ...r.error, message: beginning(r.error.message, MESSAGE_LENGTH) },
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
    { meter, total }: MeterSession,
    flush: (total: Metered) => void,
  ): Promise<unknown> {
    const { cancellationSignal: signal, cancelled } = Context.current();
    if (typeof handler !== 'function') {
      return deps.runIsolated({
        handler: name,
        input,
        context: common,
        timeoutMs,
        signal,
        meterFlush,
        onMetered: flush,
      });
    }
    try {
      const work = async (): Promise<unknown> => handler(input, { ...common, signal, meter });
      return await Promise.race([work(), cancelled]);
    } catch (error) {
      throw ofHandler(error);
    } finally {
      flush(total());
    }
  }

  return { begin: createBegin(deps), runNode, record };
}
