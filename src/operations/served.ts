import type { Connection } from '@temporalio/client';
import { unknownHandlers } from '../../activities/handler-names.ts';
import { executionTaskQueue } from '../../activities/start-experiment.ts';
import { readExperiment } from '../db/experiments.ts';
import { orUnavailable } from '../db/pool.ts';
import { notPolled } from '../local/doctor-temporal.ts';
import type { ExperimentDefinition, Warning } from '../model/spec.ts';
import type { Victor } from './victor.ts';

/** What an experiment needs of workers and would not find now. A worker may still come, so these are warnings. */
export async function servedWarnings(
  victor: Victor,
  definition: ExperimentDefinition,
): Promise<readonly Warning[]> {
  const { connection, identity } = await victor.temporal();
  const [handlers, queues] = await Promise.all([
    orUnavailable(() => unknownHandlers(victor.pool, victor.taskQueuePrefix, definition)),
    unservedDefinitions(connection, identity.namespace, definition),
  ]);
  return [...handlers, ...queues];
}

async function unservedDefinitions(
  connection: Connection,
  namespace: string,
  { runnables }: ExperimentDefinition,
): Promise<readonly Warning[]> {
  const byVariant = Object.entries(runnables).flatMap(([variantId, runnable]) =>
    runnable.kind === 'definition' && runnable.taskQueue !== null
      ? [{ variantId, queue: runnable.taskQueue }]
      : [],
  );
  const queues = [...new Set(byVariant.map(({ queue }) => queue))];
  // a user's worker may serve workflows alone
  const idle = await notPolled(connection, namespace, queues, ['workflow']);
  return byVariant
    .filter(({ queue }) => idle.includes(queue))
    .map(({ variantId, queue }) => ({
      code: 'DEFINITION_NOT_SERVED',
      message: `no worker polls the task queue ${queue} of variant ${variantId}; its executions would wait until their deadline`,
    }));
}

/** The task queue of an experiment's executions, when nobody serves it; else null. */
export async function idleExecutionQueue(victor: Victor, experimentId: string): Promise<string | null> {
  const row = await orUnavailable(() => readExperiment(victor.pool, experimentId));
  if (row === null) return null;
  const { connection, identity } = await victor.temporal();
  const [idle] = await notPolled(connection, identity.namespace, [executionTaskQueue(row.taskQueuePrefix)]);
  return idle ?? null;
}
