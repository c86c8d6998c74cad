import type { ArmSummary } from '../decide/types.ts';
import type { Json } from '../model/json.ts';
import type { Queryable } from './pool.ts';

export interface StoredLook {
  readonly look: number;
  readonly final: boolean;
  readonly takenAt: Date;
  readonly cut: number;
  readonly watermark: number;
  readonly informationFraction: number;
  readonly information: number | null;
  readonly boundary: number | null;
  readonly alphaSpent: number;
  readonly inputs: Json;
  readonly result: Json;
  readonly decision: string;
  readonly reason: string;
}

export async function readLooks(db: Queryable, experimentId: string): Promise<readonly StoredLook[]> {
  const { rows } = await db.query<StoredLook>(
    `select look, final, taken_at as "takenAt", cut, watermark, information_fraction as "informationFraction",
       information, boundary, alpha_spent as "alphaSpent", inputs, result, decision, reason
     from victor_data.looks where experiment_id = $1 order by look`,
    [experimentId],
  );
  return rows;
}

/** False: this look was taken before; nothing was stored. */
export async function insertLook(
  db: Queryable,
  experimentId: string,
  look: Omit<StoredLook, 'takenAt'>,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into victor_data.looks (experiment_id, look, final, cut, watermark, information_fraction, information,
       boundary, alpha_spent, inputs, result, decision, reason)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing`,
    [
      experimentId,
      look.look,
      look.final,
      look.cut,
      look.watermark,
      look.informationFraction,
      look.information,
      look.boundary,
      look.alphaSpent,
      JSON.stringify(look.inputs),
      JSON.stringify(look.result),
      look.decision,
      look.reason,
    ],
  );
  return rowCount === 1;
}

export async function insertFailedLook(
  db: Queryable,
  experimentId: string,
  look: number,
  message: string,
): Promise<void> {
  await db.query('insert into victor_data.failed_looks (experiment_id, look, message) values ($1, $2, $3)', [
    experimentId,
    look,
    message,
  ]);
}

/** The last failure of each look that was never taken. */
export async function readFailedLooks(
  db: Queryable,
  experimentId: string,
): Promise<readonly { readonly look: number; readonly message: string }[]> {
  const { rows } = await db.query<{ look: number; message: string }>(
    `select distinct on (f.look) f.look, f.message from victor_data.failed_looks f
     where f.experiment_id = $1 and not exists (select from victor_data.looks l
       where l.experiment_id = $1 and l.look = f.look)
     order by f.look, f.at desc`,
    [experimentId],
  );
  return rows;
}

/** The last number given out: under the exclusive lock every row up to it is committed. */
export async function readWatermark(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ watermark: number }>(
    'select case when is_called then last_value else 0 end as watermark from victor_data.row_seq',
  );
  return rows[0]?.watermark ?? 0;
}

/** The metric of a name: a recorded value, or `success_rate`, which is read from the outcomes. */
export type MetricSource = { readonly kind: 'value'; readonly name: string } | { readonly kind: 'success' };

/**
 * One metric's aggregates per variant, from the executions up to the cut and the newest revisions up to the watermark:
 * without those that are excluded by hand or whose unit had no choice of variant: moments of each unit's sum and count (n - 1 variances). `var_samp` and `covar_samp` are numerically stable, but leave
 * rounding where nothing varies: there the variance is 0.
 */
export async function aggregateMetric(
  db: Queryable,
  experimentId: string,
  source: MetricSource,
  cut: number,
  watermark: number,
): Promise<readonly ArmSummary[]> {
  const values =
    source.kind === 'success'
      ? `select distinct on (o.execution_id) o.execution_id, (o.outcome = 'success')::int::double precision as value
         from victor_data.outcomes o where o.experiment_id = $1 and o.seq <= $3 and $4::text is null
         order by o.execution_id, o.revision desc`
      : `select distinct on (m.execution_id) m.execution_id, m.value from victor_data.metric_values m
         where m.experiment_id = $1 and m.seq <= $3 and m.name = $4
         order by m.execution_id, m.revision desc`;
  const { rows } = await db.query<ArmSummary>(
    `with newest as (${values}),
     cohort as (
       select e.variant_id, e.unit, n.value from victor_data.executions e
       join victor_data.units u on u.experiment_id = e.experiment_id and u.unit = e.unit and u.propensity < 1
       left join newest n using (execution_id)
       left join victor_data.excluded_executions($1, $3) x using (execution_id)
       where e.experiment_id = $1 and e.seq <= $2 and e.phase = 'experiment' and x.execution_id is null),
     per_unit as (
       select variant_id, unit, sum(value) as s, count(value)::double precision as n from cohort
       where value is not null group by variant_id, unit),
     arms as (
       select variant_id, count(*) as units, avg(s) as mean_sum, avg(n) as mean_count,
         ${varies('s', 'var_samp(s)')} as var_sum, ${varies('s', 'covar_samp(s, n)')} as cov,
         var_samp(n) as var_count from per_unit group by variant_id),
     flat as (
       select variant_id, count(value) as executions, count(*) - count(value) as missing, avg(value) as mean,
         ${varies('value', 'stddev_samp(value)')} as std, sum(value) as total from cohort group by variant_id)
     select v.variant_id as "variantId", v.is_control as "isControl", coalesce(a.units, 0) as units,
       coalesce(f.executions, 0) as executions, coalesce(f.missing, 0) as missing,
       f.mean as "meanPerExecution", f.std as "stdOverExecutions",
       coalesce(a.mean_sum, 0) as "meanSum", coalesce(a.mean_count, 0) as "meanCount", a.var_sum as "varSum",
       a.cov as "covSumCount", a.var_count as "varCount",
       ${source.kind === 'success' ? 'coalesce(f.total, 0)' : 'null::double precision'} as successes
     from victor_data.variants v
     left join arms a using (variant_id) left join flat f using (variant_id)
     where v.experiment_id = $1 order by v.position`,
    [experimentId, cut, watermark, source.kind === 'value' ? source.name : null],
  );
  return rows;
}

const varies = (column: string, moment: string): string =>
  `case when count(${column}) > 1 and min(${column}) = max(${column}) then 0 else ${moment} end`;

export interface CohortCounts {
  readonly variantId: string;
  /** Begun and randomised, excluded executions or not. */
  readonly units: number;
  readonly executions: number;
  readonly cancelled: number;
  readonly excluded: number;
  /** Units begun while no other variant was open: recorded, and not compared. */
  readonly notRandomised: number;
  readonly heldBack: number;
}

export async function countCohort(
  db: Queryable,
  experimentId: string,
  cut: number,
  watermark: number,
): Promise<readonly CohortCounts[]> {
  const { rows } = await db.query<CohortCounts>(
    `select v.variant_id as "variantId",
       count(distinct e.unit) filter (where e.seq <= $2 and u.propensity < 1) as units,
       count(e.execution_id) filter (where e.seq <= $2 and u.propensity < 1 and x.execution_id is null) as executions,
       count(*) filter (where e.seq <= $2 and u.propensity < 1 and x.execution_id is null and o.outcome = 'cancelled')
         as cancelled,
       count(x.execution_id) filter (where e.seq <= $2 and u.propensity < 1) as excluded,
       count(distinct e.unit) filter (where e.seq <= $2 and u.propensity >= 1) as "notRandomised",
       count(*) filter (where e.seq > $2 and o.outcome is not null) as "heldBack"
     from victor_data.variants v
     left join victor_data.executions e
       on e.experiment_id = v.experiment_id and e.variant_id = v.variant_id and e.phase = 'experiment'
     left join victor_data.outcomes o
       on o.experiment_id = e.experiment_id and o.execution_id = e.execution_id and o.revision = 0 and o.seq <= $3
     left join victor_data.units u on u.experiment_id = e.experiment_id and u.unit = e.unit
     left join victor_data.excluded_executions($1, $3) x on x.execution_id = e.execution_id
     where v.experiment_id = $1 group by v.variant_id, v.position order by v.position`,
    [experimentId, cut, watermark],
  );
  return rows;
}
