import { readExperiment, readVariants } from '../db/experiments.ts';
import { orUnavailable } from '../db/pool.ts';
import type { DefinitionRequest, Engine, EngineResult, GraphRequest, YamlRequest } from '../engine/engine.ts';
import { routedEngine } from '../engine/route.ts';
import type { VariedWorkflow } from '../engine/varied.ts';
import { notFound } from '../errors.ts';
import { executeWorkflow } from './execute.ts';
import { resolveExperiment } from './resolve.ts';
import type { Victor } from './victor.ts';

/**
 * Executes workflows routed through an experiment: you name what you would have run without one, and the variant of the
 * unit runs. What you name must be what the experiment varies.
 *
 * @example
 * ```ts
 * import { WorkflowEngine } from 'victor-experiments/client';
 *
 * const engine = new WorkflowEngine(victor);
 * const result = await engine.executeYaml({
 *   yamlPath: 'workflows/deep_research.yaml',
 *   initialState: { query: 'AI safety research' },
 *   experimentId: 'model-comparison',
 *   userId: 'user_123',
 * });
 * console.log(`variant ${result.metadata.variantId}, ${result.durationSeconds} s, success: ${result.success}`);
 * ```
 */
export class WorkflowEngine implements Engine {
  readonly #engine: Engine;

  constructor(victor: Victor) {
    this.#engine = routedEngine({
      varied: (id) => variedWorkflows(victor, id),
      run: (id, request) => executeWorkflow(victor, id, request),
    });
  }

  /** Throws InvalidInput when no variant runs a workflow of that file; and what `executeWorkflow` throws. */
  executeYaml(request: YamlRequest): Promise<EngineResult> {
    return this.#engine.executeYaml(request);
  }

  /** Throws InvalidInput when no variant runs that graph; and what `executeWorkflow` throws. */
  executeGraph(request: GraphRequest): Promise<EngineResult> {
    return this.#engine.executeGraph(request);
  }

  /** Throws InvalidInput when no variant runs that workflow type; and what `executeWorkflow` throws. */
  executeDefinition(request: DefinitionRequest): Promise<EngineResult> {
    return this.#engine.executeDefinition(request);
  }
}

async function variedWorkflows(victor: Victor, id: string): Promise<readonly VariedWorkflow[]> {
  const experimentId = await resolveExperiment(victor, id);
  const [row, variants] = await orUnavailable(() =>
    Promise.all([readExperiment(victor.pool, experimentId), readVariants(victor.pool, experimentId)]),
  );
  if (row === null) throw notFound(`no experiment has the id ${experimentId}`);
  const names = new Map(
    variants.map(({ variantId, runnable }) => [
      variantId,
      runnable.kind === 'graph' ? runnable.graph.name : runnable.workflowType,
    ]),
  );
  return row.spec.variants.map(({ variantId, workflowType, workflowConfig }) => ({
    variantId,
    workflowType,
    workflowConfig,
    workflowName: names.get(variantId) ?? '',
  }));
}
