import { Connection } from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from '../errors.ts';
import { SEARCH_ATTRIBUTES } from './temporal-args.ts';
import { connectionOptionsFor } from './temporal-address.ts';
import type { TemporalTarget } from './temporal-address.ts';

/** `temporal.api.enums.v1.IndexedValueType` */
const VALUE_TYPES = { Keyword: 2, Int: 3 } as const;

export async function openConnection(env: NodeJS.ProcessEnv, address: string): Promise<Connection> {
  const options = connectionOptionsFor(env, address) as ConnectionOptions;
  return Connection.connect({ ...options, connectTimeout: 3000 });
}

/** Waits until the server answers for the namespace. */
export async function waitForTemporal(
  env: NodeJS.ProcessEnv,
  target: TemporalTarget,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      const connection = await openConnection(env, target.address);
      try {
        await connection.withDeadline(Date.now() + 3000, () =>
          connection.workflowService.describeNamespace({ namespace: target.namespace }),
        );
        return;
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (Date.now() > deadline) {
        const reason = error instanceof Error ? error.message : String(error);
        throw unavailable(`Temporal at ${target.address} (namespace ${target.namespace}): ${reason}`, error);
      }
      await sleep(50);
    }
  }
}

/** The names that the namespace does not have yet. */
export async function missingSearchAttributes(
  connection: Connection,
  namespace: string,
): Promise<readonly (keyof typeof SEARCH_ATTRIBUTES)[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const names = Object.keys(SEARCH_ATTRIBUTES) as (keyof typeof SEARCH_ATTRIBUTES)[];
  return names.filter((name) => customAttributes?.[name] === undefined);
}

/** A server that we did not start may lack our search attributes. */
export async function ensureSearchAttributes(env: NodeJS.ProcessEnv, target: TemporalTarget): Promise<void> {
  const connection = await openConnection(env, target.address);
  try {
    const missing = await missingSearchAttributes(connection, target.namespace);
    if (missing.length === 0) return;
    await connection.operatorService.addSearchAttributes({
      namespace: target.namespace,
      searchAttributes: Object.fromEntries(
        missing.map((name) => [name, VALUE_TYPES[SEARCH_ATTRIBUTES[name]]]),
      ),
    });
  } finally {
    await connection.close();
  }
}
