import { invalidInput } from '../errors.ts';
import type { ExecutionResult } from '../model/execution.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { engineResult } from './engine.ts';
import type { Engine, EngineRequest } from './engine.ts';
import { assertVaried } from './varied.ts';
import type { NamedWorkflow, VariedWorkflow } from './varied.ts';

/** How a routed execution is run: by the experiment's workers, or in this process by a test. */
export interface Route {
  /** What the variants of the experiment run. */
  readonly varied: (experimentId: string) => Promise<readonly VariedWorkflow[]>;
  readonly run: (experimentId: string, request: RoutedRequest) => Promise<ExecutionResult>;
}

export interface RoutedRequest {
  readonly executionId?: string;
  readonly context: JsonObject;
  readonly input: Json;
  readonly whenNotRunning?: 'control' | 'refuse';
}

/** The calls of an engine over one way to run what they name. */
export function routedEngine(route: Route): Engine {
  const execute = async (named: NamedWorkflow, request: EngineRequest) => {
    const { experimentId, executionId, whenNotRunning } = request;
    if (typeof experimentId !== 'string' || experimentId === '') {
      throw invalidInput(
        `experimentId is ${JSON.stringify(experimentId) ?? 'missing'}, must name an experiment; running a workflow outside of one is not supported yet`,
      );
    }
    assertVaried(named, experimentId, await route.varied(experimentId));
    return engineResult(
      await route.run(experimentId, {
        context: contextOf(request),
        input: request.initialState ?? {},
        ...(executionId === undefined ? {} : { executionId }),
        ...(whenNotRunning === undefined ? {} : { whenNotRunning }),
      }),
    );
  };
  return {
    executeYaml: async (request) =>
      execute({ type: 'yaml', path: request.yamlPath, workflow: request.workflow ?? null }, request),
    executeGraph: async (request) =>
      execute({ type: 'stategraph', graph: request.graph ?? null, path: request.path ?? null }, request),
    executeDefinition: async (request) =>
      execute({ type: 'definition', workflow: request.workflow }, request),
  };
}

function contextOf({ context = {}, userId }: EngineRequest): JsonObject {
  if (userId === undefined) return context;
  const known = context['user_id'];
  if (known !== undefined && known !== userId) {
    throw invalidInput(
      `userId is ${JSON.stringify(userId)} and context.user_id is ${JSON.stringify(known)}; leave one of them out`,
    );
  }
  return { ...context, user_id: userId };
}
