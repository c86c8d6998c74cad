import type pg from 'pg';
import { conflict } from '../errors.ts';
import { ownedContents, removeUnowned } from './contents.ts';
import { appendEvent } from './events.ts';
import { withExclusiveLock } from './lock.ts';
import type { Queryable } from './pool.ts';

/** Hides an archived experiment; its rows stay. Again is harmless. */
export async function hideExperiment(
  pool: pg.Pool,
  experimentId: string,
  by: { readonly actor: string; readonly reason: string | null },
): Promise<void> {
  await withExclusiveLock(pool, experimentId, async (client) => {
    const { rowCount } = await client.query(
      `update victor_data.experiments set deleted_at = clock_timestamp()
       where experiment_id = $1 and deleted_at is null`,
      [experimentId],
    );
    if (rowCount === 0) return;
    await appendEvent(client, experimentId, { type: 'deleted', ...by, requestId: null, data: {} });
  });
}

/** What has no foreign key to the experiment; the rest goes with its row. */
const TABLES = [
  'metric_values',
  'outcomes',
  'state_values',
  'takeovers',
  'exclusions',
  'executions',
  'units',
] as const;

/** Throws Conflict while executions run: their outcomes would have nowhere to go. */
export async function refuseWhileRunning(client: Queryable, experimentId: string): Promise<void> {
  const { rows } = await client.query<{ running: number }>(
    `select count(*) as running from victor_data.executions e where e.experiment_id = $1 and not exists (
       select from victor_data.outcomes o where o.experiment_id = $1 and o.execution_id = e.execution_id)`,
    [experimentId],
  );
  const running = rows[0]?.running ?? 0;
  if (running > 0) {
    throw conflict(
      `${running} ${running === 1 ? 'execution' : 'executions'} of ${experimentId} still ${running === 1 ? 'runs' : 'run'}; purge it when they have ended (\`victor experiment status ${experimentId}\` counts them)`,
    );
  }
}

/**
 * Removes every row of an experiment, and the contents that no other one needs. Throws Conflict while executions run.
 */
export async function purgeExperiment(pool: pg.Pool, experimentId: string): Promise<void> {
  const hashes = await withExclusiveLock(pool, experimentId, async (client) => {
    await refuseWhileRunning(client, experimentId);
    const owned = await ownedContents(client, experimentId);
    for (const table of TABLES) {
      await client.query(`delete from victor_data.${table} where experiment_id = $1`, [experimentId]);
    }
    await client.query('delete from victor_data.experiments where experiment_id = $1', [experimentId]);
    return owned;
  });
  await removeUnowned(pool, hashes);
}
