import { orUnavailable } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import { readWorkerConfigs } from '../db/worker-configs.ts';
import type { WorkerConfig } from '../db/worker-configs.ts';

/** Data workers that have loaded another `victor.config` than the one with this hash (null: than none). */
export async function staleWorkers(
  db: Queryable,
  taskQueuePrefix: string,
  hash: string | null,
): Promise<readonly WorkerConfig[]> {
  const workers = await orUnavailable(() => readWorkerConfigs(db, taskQueuePrefix));
  return workers.filter((worker) => worker.configHash !== hash);
}

export function describeStale(stale: readonly WorkerConfig[], configPath: string): string {
  const names = stale.map(({ worker, configPath: path }) => `${worker} (${path ?? 'without a config file'})`);
  return `${names.join(', ')} runs another version of victor.config than ${configPath}; \`victor up\` restarts the worker of the local stack`;
}
