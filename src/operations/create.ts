import { randomBytes, randomUUID } from 'node:crypto';
import type { Connection } from '@temporalio/client';
import { storeExperiment, defaultCreator } from '../../activities/create.ts';
import { startExperimentWorkflow } from '../../activities/start-experiment.ts';
import { orUnavailable } from '../db/pool.ts';
import { invalidInput, unavailable } from '../errors.ts';
import { parseExperimentConfig } from '../experiment-file/config.ts';
import { loadExperimentFile } from '../experiment-file/load.ts';
import type { ExperimentStatus } from '../model/documents.ts';
import { idleQueues } from '../local/doctor-temporal.ts';
import { EXPERIMENT_ID } from '../model/ids.ts';
import type { Warning } from '../model/spec.ts';
import { orTemporalUnavailable } from './failures.ts';
import { getExperimentStatus } from './read.ts';
import type { Victor } from './victor.ts';

export interface CreateRequest {
  /** The experiment file, or its content (snake_case keys, as in the file) with the folder its paths start from. */
  readonly from: { readonly file: string } | { readonly config: unknown; readonly baseDir?: string };
  /** Default: made of the name. */
  readonly experimentId?: string;
  readonly createdBy?: string;
}

export interface Created {
  readonly status: ExperimentStatus;
  readonly warnings: readonly Warning[];
}

/**
 * Reads and checks everything, stores it in one transaction, and opens the experiment's workflow. Throws InvalidInput with
 * every problem, Conflict when the id or the name is taken, Unavailable.
 */
export async function createExperiment(victor: Victor, request: CreateRequest): Promise<Created> {
  const definition =
    'file' in request.from
      ? await loadExperimentFile(request.from.file)
      : await parseExperimentConfig(request.from.config, { baseDir: request.from.baseDir ?? null });
  const experimentId = request.experimentId ?? idFrom(definition.spec.name);
  if (!EXPERIMENT_ID.test(experimentId)) {
    throw invalidInput(`experiment id "${experimentId}" must match ${EXPERIMENT_ID.source}`);
  }
  const { client, connection, identity } = await victor.temporal();
  await assertServed(connection, identity.namespace, victor.taskQueuePrefix);
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
  try {
    await startExperimentWorkflow({ client, taskQueuePrefix: victor.taskQueuePrefix }, experimentId);
  } catch (error) {
    // the rows are there: the next transition, or the reconciler, opens the workflow
    throw orTemporalUnavailable(error);
  }
  return { status: await getExperimentStatus(victor, experimentId), warnings: definition.warnings };
}

/** An experiment on queues that nobody serves would never move. */
async function assertServed(connection: Connection, namespace: string, prefix: string): Promise<void> {
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
