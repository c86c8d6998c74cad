import { ApplicationFailure } from '@temporalio/common';
import { bindInputs, namedResult } from '../../activities/node-result.ts';
import type { Metered } from '../../activities/meter.ts';
import { GraphFailure, interpret } from '../../workflows/engine/interpret.ts';
import type { Handler } from '../handlers.ts';
import type { ExecutionAddress } from '../model/ids.ts';
import { isJsonObject } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Graph, NodeBody, Runnable, TaskNode } from '../model/graph.ts';
import { call } from './run-node.ts';

/** What stands in for a Temporal workflow that a `definition` variant runs. */
export type DefinitionFunction = (argument: Json) => Json | Promise<Json>;

export interface VariantRun extends ExecutionAddress {
  readonly variantId: string;
  readonly runnable: Runnable;
  readonly bodies: Readonly<Record<string, NodeBody>>;
  readonly parameters: JsonObject;
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly definitions: Readonly<Record<string, DefinitionFunction>>;
  readonly nodeTimeoutMs: number;
}

const ATTEMPTS = 3;

/** The variant's workflow in this process, with the control flow of the workers. Metrics are added to `metered`. */
export async function runVariant(run: VariantRun, input: Json, metered: Metered[]): Promise<Json> {
  const { runnable } = run;
  if (runnable.kind === 'definition') {
    const definition = own(run.definitions, runnable.workflowType);
    if (definition === undefined) throw notGiven('definitions', runnable.workflowType, run.definitions);
    const argument = input ?? {};
    return definition(isJsonObject(argument) ? { ...argument, ...runnable.overrides } : argument);
  }
  const given = isJsonObject(input) ? input : input === null ? {} : { input };
  const initial = { values: { ...given, ...runnable.graph.initialState }, stored: {} };
  const { state } = await interpret(runnable.graph, initial, async (node, seen) => ({
    values: await runNode(run, runnable.graph, node, seen.values, metered),
    stored: {},
  }));
  return state.values;
}

async function runNode(
  run: VariantRun,
  graph: Graph,
  node: TaskNode,
  state: JsonObject,
  metered: Metered[],
): Promise<JsonObject> {
  const body = run.bodies[node.body];
  if (body === undefined) throw new Error(`node ${node.id} of ${graph.name} has no body`);
  const handler = own(run.handlers, body.handler);
  if (handler === undefined) throw notGiven('handlers', body.handler, run.handlers, node.id);
  const input = body.type === 'compute' && body.inputs !== null ? bindInputs(body.inputs, state) : state;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { value, metrics } = await call({
        handler,
        input,
        context: {
          experimentId: run.experimentId,
          executionId: run.executionId,
          variantId: run.variantId,
          nodeId: node.id,
          attempt,
          parameters: run.parameters,
        },
        timeoutMs: node.timeoutMs ?? run.nodeTimeoutMs,
      });
      const result = namedResult({ nodeId: node.id, output: node.output }, value);
      metered.push(metrics);
      return structuredClone(result as { [key: string]: Json });
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      const again = error.nonRetryable !== true && attempt < (node.maxAttempts ?? ATTEMPTS);
      if (!again) throw new GraphFailure(error.type ?? 'Error', node.id, error.message);
    }
  }
}

const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

function notGiven(option: string, name: string, given: object, node: string | null = null): Error {
  const known = Object.keys(given);
  const message = `${option} of the test engine has no ${name} (given: ${known.length === 0 ? 'none' : known.join(', ')})`;
  return node === null
    ? ApplicationFailure.nonRetryable(message, 'WorkflowNotRegistered')
    : new GraphFailure('HandlerNotRegistered', node, message);
}
