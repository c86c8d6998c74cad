import { randomBytes, randomUUID } from 'node:crypto';
import type { Client, Connection } from '@temporalio/client';
import { storeExperiment, defaultCreator } from '../../activities/create.ts';
import { startExperimentWorkflow } from '../../activities/start-experiment.ts';
import { orUnavailable } from '../db/pool.ts';
import { invalidInput, unavailable } from '../errors.ts';
import { parseExperimentConfig } from '../experiment-file/config.ts';
import type { ExperimentConfig } from '../experiment-file/experiment-config.ts';
import { fileContent } from '../experiment-file/file-content.ts';
import type { ExperimentDefaults } from '../experiment-file/experiment-defaults.ts';
import { loadExperimentFile } from '../experiment-file/load.ts';
import type { ExperimentStatus } from '../model/documents.ts';
import { idleQueues } from '../local/doctor-temporal.ts';
import { EXPERIMENT_ID } from '../model/ids.ts';
import type { ExperimentDefinition, Warning } from '../model/spec.ts';
import { orTemporalUnavailable } from './failures.ts';
import { getExperimentStatus } from './read.ts';
import { servedWarnings } from './served.ts';
import type { Victor } from './victor.ts';

/** The experiment file, or its content (snake_case keys, as in the file) with the folder its paths start from. */
export type DefinitionSource =
  | { readonly file: string }
  | { readonly config: unknown; readonly baseDir?: string };

export interface CreateRequest {
  readonly from: DefinitionSource;
  /** Default: made of the name. */
  readonly experimentId?: string;
  readonly createdBy?: string;
}

/** The typed form of an experiment file, with what else `createExperiment` takes. */
export interface TypedCreateRequest extends ExperimentConfig {
  /** Default: made of the name. */
  readonly experimentId?: string;
  /** The folder that paths start from; default: the working directory. */
  readonly baseDir?: string;
}

export interface Created {
  readonly status: ExperimentStatus;
  readonly warnings: readonly Warning[];
}

/**
 * Reads and checks everything, stores it in one transaction, and opens the experiment's workflow. Throws InvalidInput with
 * every problem, Conflict when the id or the name is taken, Unavailable.
 *
 * @example
 * ```ts
 * import { createExperiment } from 'victor-experiments/client';
 * import type { ExperimentVariant } from 'victor-experiments/client';
 *
 * const variants: ExperimentVariant[] = [
 *   {
 *     variantId: 'control',
 *     name: 'Claude Sonnet 3.5',
 *     workflowType: 'yaml',
 *     workflowConfig: { path: 'workflows/deep_research.yaml' },
 *     parameterOverrides: { model: 'claude-sonnet-3-5-20241022', tool_budget: 15 },
 *     isControl: true,
 *     trafficWeight: 0.5,
 *   },
 *   {
 *     variantId: 'treatment',
 *     name: 'Claude Opus 4.5',
 *     workflowType: 'yaml',
 *     workflowConfig: { path: 'workflows/deep_research.yaml' },
 *     parameterOverrides: { model: 'claude-opus-4-5-20251101', tool_budget: 20 },
 *     trafficWeight: 0.5,
 *   },
 * ];
 * const { status, warnings } = await createExperiment(victor, {
 *   experimentId: 'model-comparison',
 *   name: 'Model Comparison for Research Workflow',
 *   description: 'Compare Claude Sonnet 3.5 vs Claude Opus 4.5',
 *   hypothesis: 'Opus 4.5 will be 10% faster with similar success rate',
 *   variants,
 *   primaryMetric: {
 *     metricId: 'execution_time',
 *     name: 'Execution Time',
 *     metricType: 'execution_time',
 *     optimizationGoal: 'minimize',
 *     relativeImprovement: 0.1,
 *   },
 *   secondaryMetrics: [
 *     { metricId: 'token_usage', name: 'Token Usage', metricType: 'token_usage' },
 *     { metricId: 'success_rate', name: 'Success Rate', metricType: 'success_rate' },
 *   ],
 *   minSampleSize: 100,
 *   significanceLevel: 0.05,
 *   statisticalPower: 0.8,
 * });
 * console.log(`created ${status.experimentId}`, warnings);
 * // or from a file: await createExperiment(victor, { from: { file: 'experiment.yaml' } });
 * ```
 */
export async function createExperiment(
  victor: Victor,
  given: CreateRequest | TypedCreateRequest,
): Promise<Created> {
  const request = 'from' in given ? given : typedRequest(given);
  const definition = await readDefinition(request.from, victor.experimentDefaults);
  const experimentId = newExperimentId(request.experimentId, definition.spec.name);
  const { client, connection, identity } = await victor.temporal();
  await assertServed(connection, identity.namespace, victor.taskQueuePrefix);
  const unserved = await servedWarnings(victor, definition);
  await orUnavailable(() =>
    storeExperiment(victor.pool, {
      experimentId,
      definition,
      identity,
      taskQueuePrefix: victor.taskQueuePrefix,
      createdBy: request.createdBy ?? definition.spec.createdBy ?? defaultCreator(),
      createdByRunId: randomUUID(),
    }),
  );
  await openWorkflow(victor, client, experimentId);
  return {
    status: await getExperimentStatus(victor, experimentId),
    warnings: [...definition.warnings, ...unserved],
  };
}

function typedRequest({ experimentId, baseDir, ...config }: TypedCreateRequest): CreateRequest {
  return {
    from: { config: fileContent(config), baseDir: baseDir ?? process.cwd() },
    ...(experimentId === undefined ? {} : { experimentId }),
  };
}

export const readDefinition = (
  from: DefinitionSource,
  defaults: ExperimentDefaults,
): Promise<ExperimentDefinition> =>
  'file' in from
    ? loadExperimentFile(from.file, defaults)
    : parseExperimentConfig(from.config, { baseDir: from.baseDir ?? null, defaults });

/** The id that is asked for, which must be well formed, or one made of the name. */
export function newExperimentId(given: string | undefined, name: string): string {
  const experimentId = given ?? idFrom(name);
  if (EXPERIMENT_ID.test(experimentId)) return experimentId;
  throw invalidInput(`experiment id "${experimentId}" must match ${EXPERIMENT_ID.source}`);
}

/** The rows are there already: if this fails, the next transition, or the reconciler, opens the workflow. */
export async function openWorkflow(victor: Victor, client: Client, experimentId: string): Promise<void> {
  try {
    const { pool, taskQueuePrefix } = victor;
    await startExperimentWorkflow({ client, pool, taskQueuePrefix }, experimentId);
  } catch (error) {
    throw orTemporalUnavailable(error);
  }
}

/** An experiment on queues that nobody serves would never move. */
export async function assertServed(connection: Connection, namespace: string, prefix: string): Promise<void> {
  const idle = await idleQueues(connection, namespace, prefix).catch((error: unknown) => {
    throw orTemporalUnavailable(error);
  });
  if (!idle.includes(`${prefix}-control`)) return;
  throw unavailable(
    `no worker serves the task queue ${prefix}-control; run \`victor up\` or \`victor worker\`, or correct VICTOR_TASK_QUEUE_PREFIX`,
  );
}

function idFrom(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 48);
  return `${slug === '' ? 'experiment' : slug}-${randomBytes(3).toString('hex')}`;
}
