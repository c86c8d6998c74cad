import type { Queryable } from './pool.ts';

/** The task queues of users' own that the variants of running experiments name. */
export async function readDefinitionQueues(
  db: Queryable,
  taskQueuePrefix: string,
): Promise<readonly string[]> {
  const { rows } = await db.query<{ queue: string }>(
    `select distinct v.runnable ->> 'taskQueue' as queue
     from victor_data.variants v join victor_data.experiments e using (experiment_id)
     where e.status = 'running' and e.task_queue_prefix = $1 and v.runnable ->> 'taskQueue' is not null order by 1`,
    [taskQueuePrefix],
  );
  return rows.map(({ queue }) => queue);
}
