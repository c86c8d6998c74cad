import type { Queryable } from './pool.ts';

export interface WorkerConfig {
  /** Of the process, such as `4711@host`. */
  readonly worker: string;
  readonly configPath: string | null;
  readonly configHash: string | null;
  /** Names; null: a worker that does not say. */
  readonly handlers: readonly string[] | null;
}

/** Says that a worker lives, and what it has loaded; also removes those that have not been heard of for a day. */
export async function reportWorkerConfig(
  db: Queryable,
  taskQueuePrefix: string,
  config: WorkerConfig,
): Promise<void> {
  await db.query(
    `with gone as (delete from victor_data.worker_configs where seen_at < clock_timestamp() - interval '1 day')
     insert into victor_data.worker_configs (task_queue_prefix, worker, config_path, config_hash, handlers)
     values ($1, $2, $3, $4, $5)
     on conflict (task_queue_prefix, worker) do update
       set seen_at = clock_timestamp(), config_path = excluded.config_path, config_hash = excluded.config_hash,
         handlers = excluded.handlers`,
    [taskQueuePrefix, config.worker, config.configPath, config.configHash, config.handlers],
  );
}

export async function forgetWorkerConfig(
  db: Queryable,
  taskQueuePrefix: string,
  worker: string,
): Promise<void> {
  await db.query('delete from victor_data.worker_configs where task_queue_prefix = $1 and worker = $2', [
    taskQueuePrefix,
    worker,
  ]);
}

/** Workers that were heard of within the last 90 seconds. */
export async function readWorkerConfigs(
  db: Queryable,
  taskQueuePrefix: string,
): Promise<readonly WorkerConfig[]> {
  const { rows } = await db.query<WorkerConfig>(
    `select worker, config_path as "configPath", config_hash as "configHash", handlers from victor_data.worker_configs
     where task_queue_prefix = $1 and seen_at > clock_timestamp() - interval '90 seconds' order by worker`,
    [taskQueuePrefix],
  );
  return rows;
}
