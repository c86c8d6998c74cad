import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { defaultCreator, replaceExperiment } from '../../activities/create.ts';
import { readExperiment } from '../db/experiments.ts';
import { orUnavailable } from '../db/pool.ts';
import { notFound } from '../errors.ts';
import { experimentWorkflowId } from '../model/ids.ts';
import { readDefinition } from './create.ts';
import type { Created, DefinitionSource } from './create.ts';
import { orTemporalUnavailable } from './failures.ts';
import { getExperimentStatus } from './read.ts';
import { resolveExperiment } from './resolve.ts';
import { assertSameTemporal } from './same-temporal.ts';
import { servedWarnings } from './served.ts';
import type { Victor } from './victor.ts';

export interface ReplaceOptions {
  readonly actor?: string;
  readonly reason?: string;
}

/**
 * Gives a draft another definition; its id and its audit trail stay. All of it or nothing. Throws InvalidInput with every
 * problem, NotFound, Conflict (no draft any more, name taken), Unavailable.
 *
 * @example
 * ```ts
 * import { replaceDraft } from 'victor-experiments/client';
 *
 * const { status } = await replaceDraft(victor, 'model-comparison', { file: 'experiment.yaml' });
 * console.log(`${status.experimentId} is still a ${status.status}`);
 * ```
 */
export async function replaceDraft(
  victor: Victor,
  id: string,
  from: DefinitionSource,
  options: ReplaceOptions = {},
): Promise<Created> {
  const definition = await readDefinition(from, victor.experimentDefaults);
  const experimentId = await resolveExperiment(victor, id);
  const { client, identity } = await victor.temporal();
  const row = await orUnavailable(() => readExperiment(victor.pool, experimentId));
  if (row === null) throw notFound(`no experiment has the id ${experimentId}`);
  assertSameTemporal(row, identity);
  const unserved = await servedWarnings(victor, definition);
  await orUnavailable(() =>
    replaceExperiment(victor.pool, {
      experimentId,
      definition,
      identity,
      taskQueuePrefix: victor.taskQueuePrefix,
      createdBy: options.actor ?? defaultCreator(),
      createdByRunId: randomUUID(),
      reason: options.reason ?? null,
    }),
  );
  try {
    await client.workflow.getHandle(experimentWorkflowId(experimentId)).signal('reload');
  } catch (error) {
    // it was closed from outside, and will read its rows when it starts again
    if (!(error instanceof WorkflowNotFoundError)) throw orTemporalUnavailable(error);
  }
  return {
    status: await getExperimentStatus(victor, experimentId),
    warnings: [...definition.warnings, ...unserved],
  };
}
