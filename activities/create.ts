import { hostname, userInfo } from 'node:os';
import type pg from 'pg';
import { bucketRanges } from '../src/allocation/buckets.ts';
import { storeContents } from '../src/db/contents.ts';
import type { Content } from '../src/db/contents.ts';
import { appendEvent } from '../src/db/events.ts';
import { insertDataset, insertExperiment } from '../src/db/experiments.ts';
import type { DatasetRow } from '../src/db/experiments.ts';
import { inTransaction } from '../src/db/pool.ts';
import { canonicalJson, sha256 } from '../src/model/hash.ts';
import { isJsonObject } from '../src/model/json.ts';
import type { Json } from '../src/model/json.ts';
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
  const { definition, experimentId } = creation;
  const { spec } = definition;
  const contents: Content[] = Object.entries(definition.bodies).map(([hash, body]) => ({
    hash,
    body: canonicalJson(body),
  }));
  const rows = (definition.dataset ?? []).map((item, index) => datasetRow(item, index + 1, contents));
  await inTransaction(pool, async (client) => {
    const fresh = await insertExperiment(client, {
      ...creation,
      salt: spec.allocation.salt === '' ? experimentId : spec.allocation.salt,
      ranges: bucketRanges(
        spec.variants.map(({ variantId, trafficWeight }) => ({ variantId, weight: trafficWeight })),
      ),
      ...creation.identity,
    });
    if (!fresh) return;
    await storeContents(client, contents);
    await insertDataset(client, experimentId, rows);
    await appendEvent(client, experimentId, {
      type: 'created',
      actor: creation.createdBy,
      reason: null,
      requestId: null,
      data: {},
    });
  });
}

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
