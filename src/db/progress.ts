import type { Outcome } from '../model/execution.ts';
import type { Queryable } from './pool.ts';

export interface VariantProgress {
  readonly variantId: string;
  readonly units: number;
  /** Units that could have gone to another variant: the others cannot be compared. */
  readonly randomisedUnits: number;
  /** Executions begun in the experiment; outcomes and exclusions count those after deploy as well. */
  readonly begun: number;
  readonly afterDeploy: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** After deploy, or excluded by hand. */
  readonly excluded: number;
  /** Ended executions beyond the latest cut. */
  readonly heldBack: number;
}

/** What was begun and how it ended, per variant, in one statement: the numbers agree with each other. */
export async function readProgress(
  db: Queryable,
  experimentId: string,
  latestCut: number,
): Promise<readonly VariantProgress[]> {
  const { rows } = await db.query<{ progress: VariantProgress }>(
    `select json_build_object('variantId', v.variant_id, 'units', coalesce(u.units, 0),
       'randomisedUnits', coalesce(u.randomised, 0), 'begun', coalesce(x.begun, 0), 'afterDeploy', coalesce(x.after_deploy, 0),
       'outcomes', json_build_object('success', coalesce(x.success, 0), 'failure', coalesce(x.failure, 0),
         'timeout', coalesce(x.timeout, 0), 'cancelled', coalesce(x.cancelled, 0)),
       'excluded', coalesce(x.excluded, 0), 'heldBack', coalesce(x.held_back, 0)) as progress
     from victor_data.variants v
     left join (select variant_id, count(*) as units, count(*) filter (where propensity < 1) as randomised
       from victor_data.units where experiment_id = $1 group by 1) u
       using (variant_id)
     left join (
       select e.variant_id, count(*) filter (where e.phase = 'experiment') as begun,
         count(*) filter (where e.phase = 'after_deploy') as after_deploy,
         count(*) filter (where e.phase = 'after_deploy' or n.execution_id is not null) as excluded,
         count(*) filter (where o.outcome = 'success') as success,
         count(*) filter (where o.outcome = 'failure') as failure,
         count(*) filter (where o.outcome = 'timeout') as timeout,
         count(*) filter (where o.outcome = 'cancelled') as cancelled,
         count(*) filter (where o.outcome is not null and e.seq > $2 and e.phase = 'experiment') as held_back
       from victor_data.executions e
       left join victor_data.outcomes o
         on o.experiment_id = e.experiment_id and o.execution_id = e.execution_id and o.revision = 0
       left join victor_data.excluded_executions($1, 9223372036854775807) n on n.execution_id = e.execution_id
       where e.experiment_id = $1 group by e.variant_id) x using (variant_id)
     where v.experiment_id = $1 order by v.position`,
    [experimentId, latestCut],
  );
  return rows.map((row) => row.progress);
}

/** Randomised units begun per variant up to a cut; null cut: all. */
export async function countUnits(
  db: Queryable,
  experimentId: string,
  cut: number | null,
): Promise<Readonly<Record<string, number>>> {
  const { rows } = await db.query<{ variant_id: string; units: number }>(
    `select v.variant_id, count(u.unit) as units from victor_data.variants v
     left join victor_data.units u on u.experiment_id = v.experiment_id and u.variant_id = v.variant_id
       and u.propensity < 1 and ($2::bigint is null or u.seq <= $2)
     where v.experiment_id = $1 group by v.variant_id`,
    [experimentId, cut],
  );
  return Object.fromEntries(rows.map((row) => [row.variant_id, row.units]));
}

/** The number at which every variant has `units` randomised units begun, or null: not reached yet. */
export async function cutAtUnits(db: Queryable, experimentId: string, units: number): Promise<number | null> {
  const { rows } = await db.query<{ cut: number | null }>(
    `select case when count(*) = count(reached.seq) then max(reached.seq) end as cut
     from victor_data.variants v
     left join lateral (select u.seq from victor_data.units u
       where u.experiment_id = v.experiment_id and u.variant_id = v.variant_id and u.propensity < 1
       order by u.seq offset $2 - 1 limit 1) reached on true
     where v.experiment_id = $1`,
    [experimentId, units],
  );
  return rows[0]?.cut ?? null;
}

/** The last number begun at or before `at`, to the millisecond as Dates are; 0 when none was. */
export async function cutAtTime(db: Queryable, experimentId: string, at: Date): Promise<number> {
  const { rows } = await db.query<{ cut: number }>(
    `select coalesce(max(seq), 0) as cut from victor_data.executions
     where experiment_id = $1 and date_trunc('milliseconds', began_at) <= $2`,
    [experimentId, at],
  );
  return rows[0]?.cut ?? 0;
}

/** Advances and returns the number up to which every execution has ended. */
export async function advanceClosedThrough(db: Queryable, experimentId: string): Promise<number> {
  const { rows } = await db.query<{ closed: number }>(
    `update victor_data.experiments x set closed_through = greatest(x.closed_through, coalesce(
       (select min(e.seq) - 1 from victor_data.executions e
        where e.experiment_id = $1 and e.seq > x.closed_through and not exists (
          select from victor_data.outcomes o where o.experiment_id = $1 and o.execution_id = e.execution_id)),
       (select max(e.seq) from victor_data.executions e where e.experiment_id = $1), 0))
     where x.experiment_id = $1 returning closed_through as closed`,
    [experimentId],
  );
  return rows[0]?.closed ?? 0;
}

/** When the newest unit was begun. */
export async function newestUnitAt(db: Queryable, experimentId: string): Promise<Date | null> {
  const { rows } = await db.query<{ at: Date | null }>(
    'select max(allocated_at) as at from victor_data.units where experiment_id = $1',
    [experimentId],
  );
  return rows[0]?.at ?? null;
}

export async function countExecutions(db: Queryable, experimentId: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    "select count(*) as n from victor_data.executions where experiment_id = $1 and phase = 'experiment'",
    [experimentId],
  );
  return rows[0]?.n ?? 0;
}

export async function setNextCheck(
  db: Queryable,
  experimentId: string,
  delayMs: number | null,
): Promise<void> {
  await db.query(
    `update victor_data.experiments set next_check_at = clock_timestamp() + $2 * interval '1 millisecond'
     where experiment_id = $1`,
    [experimentId, delayMs],
  );
}

/** When the first execution after a number was begun; null: none was. */
export async function beganAfter(db: Queryable, experimentId: string, seq: number): Promise<Date | null> {
  const { rows } = await db.query<{ at: Date }>(
    `select began_at as at from victor_data.executions where experiment_id = $1 and seq > $2 order by seq limit 1`,
    [experimentId, seq],
  );
  return rows[0]?.at ?? null;
}
