import { hostname, userInfo } from 'node:os';
import type pg from 'pg';
import { bucketRanges } from '../src/allocation/buckets.ts';
import { ownContents, storeContents } from '../src/db/contents.ts';
import type { Content } from '../src/db/contents.ts';
import { insertDataset, insertExperiment, replaceDefinition } from '../src/db/create-experiment.ts';
import type { NewExperiment } from '../src/db/create-experiment.ts';
import { appendEvent } from '../src/db/events.ts';
import { readExperiment } from '../src/db/experiments.ts';
import type { DatasetRow } from '../src/db/experiments.ts';
import { withExclusiveLock } from '../src/db/lock.ts';
import { inTransaction } from '../src/db/pool.ts';
import type { Queryable } from '../src/db/pool.ts';
import { conflict, notFound } from '../src/errors.ts';
import { canonicalJson, sha256 } from '../src/model/hash.ts';
import { isJsonObject } from '../src/model/json.ts';
import type { Json, JsonObject } from '../src/model/json.ts';
import type { RunState, StoredValue } from '../src/model/execution.ts';
import type { DatasetItem, ExperimentDefinition } from '../src/model/spec.ts';
import type { TemporalIdentity } from './deps.ts';

/** Values above this many bytes of JSON leave the history for Postgres. */
export const INLINE_BYTES = 8 * 1024;

export interface Creation {
  readonly experimentId: string;
  readonly definition: ExperimentDefinition;
  readonly identity: TemporalIdentity;
  readonly taskQueuePrefix: string;
  readonly createdBy: string;
  readonly createdByRunId: string;
}

/** Stores an experiment, its node bodies and its whole dataset in one transaction: all of it or nothing. */
export async function storeExperiment(pool: pg.Pool, creation: Creation): Promise<void> {
  const { definition, experimentId, createdBy } = creation;
  await inTransaction(pool, async (client) => {
    const fresh = await insertExperiment(client, newExperiment(creation));
    if (!fresh) return;
    await storeDetails(client, creation);
    await note(client, experimentId, 'created', createdBy, { name: definition.spec.name });
    for (const { code, message } of definition.warnings) {
      await note(client, experimentId, 'warning', 'victor', { code, message });
    }
  });
}

/** Gives a draft another definition, in one transaction. Throws NotFound; Conflict when it is no draft any more. */
export async function replaceExperiment(
  pool: pg.Pool,
  creation: Creation & { readonly reason: string | null },
): Promise<void> {
  const { experimentId, createdBy } = creation;
  await withExclusiveLock(pool, experimentId, async (client) => {
    const row = await readExperiment(client, experimentId);
    if (row === null) throw notFound(`no experiment has the id ${experimentId}`);
    if (row.status !== 'draft') {
      throw conflict(
        `experiment ${experimentId} is ${row.status}; only a draft can be replaced. To change it, clone it: victor experiment create --from ${experimentId}`,
      );
    }
    await replaceDefinition(client, newExperiment(creation));
    await storeDetails(client, creation);
    await note(
      client,
      experimentId,
      'edited',
      createdBy,
      { name: creation.definition.spec.name },
      creation.reason,
    );
  });
}

function newExperiment(creation: Creation): NewExperiment {
  const { experimentId, definition } = creation;
  const { spec } = definition;
  return {
    ...creation,
    salt: spec.allocation.salt === '' ? experimentId : spec.allocation.salt,
    ranges: bucketRanges(
      spec.variants.map(({ variantId, trafficWeight }) => ({ variantId, weight: trafficWeight })),
    ),
    ...creation.identity,
  };
}

async function storeDetails(client: Queryable, { experimentId, definition }: Creation): Promise<void> {
  const contents: Content[] = Object.entries(definition.bodies).map(([hash, body]) => ({
    hash,
    body: canonicalJson(body),
  }));
  const rows = (definition.dataset ?? []).map((item, index) => datasetRow(item, index + 1, contents));
  await storeContents(client, contents);
  await ownContents(
    client,
    experimentId,
    contents.map(({ hash }) => hash),
  );
  await insertDataset(client, experimentId, rows);
}

const note = (
  client: Queryable,
  experimentId: string,
  type: string,
  actor: string,
  data: JsonObject,
  reason: string | null = null,
): Promise<void> => appendEvent(client, experimentId, { type, actor, reason, requestId: null, data });

function datasetRow(item: DatasetItem, position: number, contents: Content[]): DatasetRow {
  if (item.body.kind === 'file') return { position, unit: item.unit, contentHash: null, file: item.body };
  const state = canonicalJson(splitLarge(item.body.input, contents));
  const contentHash = sha256(state);
  contents.push({ hash: contentHash, body: state });
  return { position, unit: item.unit, contentHash, file: null };
}

/** The state a run begins with: an object's keys, or the one key `input`; large values by reference. */
export function splitLarge(input: Json, contents: Content[]): RunState {
  const given = isJsonObject(input) ? input : { input };
  const values: Record<string, Json> = {};
  const stored: Record<string, StoredValue> = {};
  for (const [key, value] of Object.entries(given)) {
    const body = canonicalJson(value);
    const bytes = Buffer.byteLength(body);
    if (bytes <= INLINE_BYTES) {
      values[key] = value;
      continue;
    }
    const hash = sha256(body);
    contents.push({ hash, body });
    stored[key] = { where: 'content', hash, bytes };
  }
  return { values, stored };
}

export const defaultCreator = (): string => {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return hostname();
  }
};
