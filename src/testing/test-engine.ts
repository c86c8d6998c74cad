import { randomUUID } from 'node:crypto';
import { asJson } from '../engine/as-json.ts';
import type { Engine } from '../engine/engine.ts';
import { routedEngine } from '../engine/route.ts';
import { invalidInput } from '../errors.ts';
import { parseExperimentConfig } from '../experiment-file/config.ts';
import type { ExperimentConfig } from '../experiment-file/experiment-config.ts';
import { fileContent } from '../experiment-file/file-content.ts';
import { loadExperimentFile } from '../experiment-file/load.ts';
import type { Handler } from '../handlers.ts';
import type { ExecutionResult } from '../model/execution.ts';
import { EXECUTION_ID, executionWorkflowId } from '../model/ids.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { ExperimentDefinition, VariantSpec } from '../model/spec.ts';
import { checkUnit, unitOf } from '../model/unit.ts';
import { executeInProcess } from './execute-in-process.ts';
import { call } from './run-node.ts';
import type { HandlerAnswer } from './run-node.ts';
import type { DefinitionFunction } from './run-variant.ts';

export interface TestEngineOptions {
  /** The experiment file. Either this or `config`. */
  readonly file?: string;
  /** The typed definition, with paths from the working directory. */
  readonly config?: ExperimentConfig;
  /** The variant that every execution gets. */
  readonly variantId: string;
  /** As in `victor.config.ts`. */
  readonly handlers?: Readonly<Record<string, Handler>>;
  /** What stands in for the Temporal workflows of `definition` variants, by workflow type. */
  readonly definitions?: Readonly<Record<string, DefinitionFunction>>;
}

export interface TestExecuteRequest {
  readonly executionId?: string;
  readonly unit?: string;
  readonly context?: JsonObject;
  readonly input?: Json;
  readonly whenNotRunning?: 'control' | 'refuse';
}

/** A `WorkflowEngine` without servers. Any experiment id is this experiment; nothing is recorded. */
export interface TestEngine extends Engine {
  /** Of the forced variant: its parameter overrides. */
  readonly parameters: JsonObject;
  /** As `executeWorkflow`, without the session. */
  readonly executeWorkflow: (id: string, request?: TestExecuteRequest) => Promise<ExecutionResult>;
  /** One handler, with the variant's parameters. Throws ApplicationFailure when the handler does throw. */
  readonly callHandler: (name: string, input?: JsonObject) => Promise<HandlerAnswer>;
}

/**
 * An engine for unit tests that forces one variant and runs its workflow in this process, with the loader and the control
 * flow of the product. It needs no server. Throws InvalidInput with every problem of the experiment file.
 *
 * @example
 * ```ts
 * import { createTestEngine } from 'victor-experiments/testing';
 *
 * const engine = await createTestEngine({
 *   file: 'experiment.yaml',
 *   variantId: 'treatment',
 *   handlers: { research: ({ query }, { parameters }) => ({ answer: `${parameters['model']}: ${query}` }) },
 * });
 * const { metadata, output } = await engine.executeYaml({
 *   yamlPath: 'workflows/deep_research.yaml',
 *   initialState: { query: 'AI safety' },
 *   experimentId: 'model-comparison',
 *   userId: 'user_123',
 * });
 * console.log(metadata.variantId, output);
 * ```
 */
export async function createTestEngine(options: TestEngineOptions): Promise<TestEngine> {
  const definition = await load(options);
  const variant = variantOf(definition, options.variantId);
  const { handlers = {} } = options;
  const runnable = definition.runnables[variant.variantId];
  if (runnable === undefined) throw new Error(`variant ${variant.variantId} has no workflow`);
  const ended = new Map<string, Promise<ExecutionResult>>();
  const executeWorkflow: TestEngine['executeWorkflow'] = async (id, given = {}) => {
    const executionId = given.executionId ?? randomUUID();
    const request = checkedRequest(given, executionId, definition);
    const key = executionWorkflowId(id, executionId);
    const first =
      ended.get(key) ??
      executeInProcess({
        experimentId: id,
        executionId,
        variantId: variant.variantId,
        runnable,
        bodies: definition.bodies,
        parameters: variant.parameterOverrides,
        handlers,
        definitions: options.definitions ?? {},
        timeouts: definition.spec.timeouts,
        input: request.input ?? null,
      });
    ended.set(key, first);
    return first;
  };
  return {
    ...routedEngine({
      varied: async () =>
        definition.spec.variants.map(({ variantId, workflowType, workflowConfig }) => ({
          variantId,
          workflowType,
          workflowConfig,
          workflowName: nameOf(definition, variantId),
        })),
      run: executeWorkflow,
    }),
    parameters: variant.parameterOverrides,
    executeWorkflow,
    callHandler: async (name, input = {}) => {
      const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
      if (handler === undefined) throw invalidInput(`handlers of the test engine has no ${name}`);
      const ids = { experimentId: 'test', executionId: 'test', nodeId: name, attempt: 1 };
      const context = { ...ids, variantId: variant.variantId, parameters: variant.parameterOverrides };
      return call({ handler, input, context, timeoutMs: definition.spec.timeouts.nodeMs });
    },
  };
}

/** As the product does: what it would refuse is refused, and the input travels as JSON. */
function checkedRequest(
  request: TestExecuteRequest,
  executionId: string,
  { spec }: ExperimentDefinition,
): TestExecuteRequest {
  if (!EXECUTION_ID.test(executionId)) {
    throw invalidInput(`execution id "${executionId}" must match ${EXECUTION_ID.source}`);
  }
  const { whenNotRunning = 'control', context = {} } = request;
  if (!['control', 'refuse'].includes(whenNotRunning)) {
    throw invalidInput(`whenNotRunning is ${JSON.stringify(whenNotRunning)}, must be control or refuse`);
  }
  const input = asJson(request.input ?? null);
  const unit = unitOf({ unit: request.unit ?? null, executionId, context, input }, spec);
  if (unit === null) {
    throw invalidInput(`neither unit nor context.${spec.unit} is given; one of them says who is randomised`);
  }
  const problem = checkUnit(unit);
  if (problem !== null) throw invalidInput(problem);
  return { ...request, input };
}

function load({ file, config }: TestEngineOptions): Promise<ExperimentDefinition> {
  if (file !== undefined && config === undefined) return loadExperimentFile(file);
  if (config !== undefined && file === undefined) {
    return parseExperimentConfig(fileContent(config), { baseDir: process.cwd() });
  }
  throw invalidInput(
    `createTestEngine was given ${file === undefined ? 'none' : 'both'} of file and config, must be one`,
  );
}

function variantOf({ spec }: ExperimentDefinition, variantId: string): VariantSpec {
  const found = spec.variants.find((variant) => variant.variantId === variantId);
  if (found !== undefined) return found;
  const known = spec.variants.map((variant) => variant.variantId).join(', ');
  throw invalidInput(`variantId is ${JSON.stringify(variantId)}, must be one of ${known}`);
}

function nameOf({ runnables }: ExperimentDefinition, variantId: string): string {
  const runnable = runnables[variantId];
  return runnable?.kind === 'graph' ? runnable.graph.name : (runnable?.workflowType ?? '');
}
