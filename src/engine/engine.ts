import type { ExecutionResult } from '../model/execution.ts';
import type { JsonObject } from '../model/json.ts';

/** What every call of an engine takes. */
export interface EngineRequest {
  /** An experiment id, an unambiguous prefix of one, or its name. */
  readonly experimentId: string;
  /** Becomes `user_id` of the context: the unit of most experiments. */
  readonly userId?: string;
  /** State keys that the workflow begins with; the argument of a definition. */
  readonly initialState?: JsonObject;
  readonly context?: JsonObject;
  /** Default: a random one. Repeating an id gives the first outcome, for ever. */
  readonly executionId?: string;
  /** What to do when the experiment does not run: control's workflow unrecorded (default), or NotRunning. */
  readonly whenNotRunning?: 'control' | 'refuse';
}

export interface YamlRequest extends EngineRequest {
  /** A workflow file that the experiment varies, by its last folders or in full. */
  readonly yamlPath: string;
  /** The workflow's name, when the file holds several. */
  readonly workflow?: string;
}

/** The `graph_definition` of a variant, as in its file, or the path of the file that holds it. */
export type GraphRequest = EngineRequest &
  ({ readonly graph: JsonObject; readonly path?: never } | { readonly path: string; readonly graph?: never });

export interface DefinitionRequest extends EngineRequest {
  /** A Temporal workflow type that a variant runs. */
  readonly workflow: string;
}

/** An execution's result, and what the design's engine calls it. */
export interface EngineResult extends ExecutionResult {
  /** The outcome is success. */
  readonly success: boolean;
  readonly metadata: EngineMetadata;
}

export interface EngineMetadata {
  /** Null: it was ended from outside before it had one. */
  readonly variantId: string | null;
  readonly experimentId: string;
  readonly executionId: string;
}

/** Executes what you name, routed through an experiment: the variant's workflow runs. */
export interface Engine {
  readonly executeYaml: (request: YamlRequest) => Promise<EngineResult>;
  readonly executeGraph: (request: GraphRequest) => Promise<EngineResult>;
  readonly executeDefinition: (request: DefinitionRequest) => Promise<EngineResult>;
}

export const engineResult = (result: ExecutionResult): EngineResult => ({
  ...result,
  success: result.outcome === 'success',
  metadata: {
    variantId: result.variantId,
    experimentId: result.experimentId,
    executionId: result.executionId,
  },
});
