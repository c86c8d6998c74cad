import { randomUUID } from 'node:crypto';
import { cloneRows } from '../db/clone-experiment.ts';
import { appendEvent } from '../db/events.ts';
import { namesInUse, readExperiment } from '../db/experiments.ts';
import { inTransaction, orUnavailable } from '../db/pool.ts';
import { invalidInput, notFound } from '../errors.ts';
import { defaultCreator } from '../../activities/create.ts';
import { assertServed, newExperimentId, openWorkflow } from './create.ts';
import type { Created } from './create.ts';
import { getExperimentStatus } from './read.ts';
import { resolveExperiment } from './resolve.ts';
import type { Victor } from './victor.ts';

export interface CloneOptions {
  /** Default: the name of the original and the first free number, `Faster summary (2)`. */
  readonly name?: string;
  /** Default: made of the name. */
  readonly experimentId?: string;
  readonly createdBy?: string;
}

const NAME_LENGTH = 200;

/**
 * A new draft with the definition of an experiment: variants, metrics, rules and inputs as they were stored, whatever
 * became of the files. Its units are allocated anew. Throws NotFound, InvalidInput, Conflict (name or id taken), Unavailable.
 *
 * @example
 * ```ts
 * import { cloneExperiment } from 'victor-experiments/client';
 *
 * const { status } = await cloneExperiment(victor, 'model-comparison', {
 *   name: 'Model comparison, again',
 *   experimentId: 'model-comparison-again',
 * });
 * console.log(status.name);
 * ```
 */
export async function cloneExperiment(
  victor: Victor,
  id: string,
  options: CloneOptions = {},
): Promise<Created> {
  const from = await resolveExperiment(victor, id);
  const original = await orUnavailable(() => readExperiment(victor.pool, from));
  if (original === null) throw notFound(`no experiment has the id ${from}`);
  const name = options.name ?? (await orUnavailable(() => freeName(victor, original.name)));
  if (name.trim() === '' || name.length > NAME_LENGTH || /\p{Cc}/u.test(name)) {
    throw invalidInput(`name ${JSON.stringify(name)} must be one line of 1 to ${NAME_LENGTH} characters`);
  }
  const experimentId = newExperimentId(options.experimentId, name);
  const createdBy = options.createdBy ?? defaultCreator();
  const { client, connection, identity } = await victor.temporal();
  await assertServed(connection, identity.namespace, victor.taskQueuePrefix);
  await orUnavailable(() =>
    inTransaction(victor.pool, async (db) => {
      await cloneRows(db, {
        from,
        experimentId,
        name,
        ...identity,
        taskQueuePrefix: victor.taskQueuePrefix,
        createdBy,
        createdByRunId: randomUUID(),
      });
      await appendEvent(db, experimentId, {
        type: 'created',
        actor: createdBy,
        reason: null,
        requestId: null,
        data: { name, cloned_from: from },
      });
    }),
  );
  await openWorkflow(victor, client, experimentId);
  return { status: await getExperimentStatus(victor, experimentId), warnings: original.warnings };
}

async function freeName(victor: Victor, name: string): Promise<string> {
  const base = name.replace(/ \(\d+\)$/, '').slice(0, NAME_LENGTH - 8);
  const taken = new Set(await namesInUse(victor.pool));
  let number = 2;
  while (taken.has(`${base} (${number})`)) number += 1;
  return `${base} (${number})`;
}
