import type { Queryable } from './pool.ts';

export interface ValueAggregate {
  readonly mean: number | null;
  readonly median: number | null;
  readonly std: number | null;
  readonly p95: number | null;
  readonly sum: number | null;
  readonly count: number;
}

export interface VariantAggregates {
  readonly variantId: string;
  /** Ended executions of the experiment that are not excluded. */
  readonly ended: number;
  readonly successes: number;
  readonly values: Readonly<Record<string, ValueAggregate>>;
}

/** Every variant and every recorded value in one statement: the numbers agree with each other. */
export async function readVariantAggregates(
  db: Queryable,
  experimentId: string,
): Promise<readonly VariantAggregates[]> {
  const { rows } = await db.query<VariantAggregates>(
    `with ended as (
       select e.execution_id, e.variant_id, o.outcome
       from victor_data.executions e
       join lateral (
         select outcome from victor_data.outcomes o
         where o.experiment_id = e.experiment_id and o.execution_id = e.execution_id
         order by o.revision desc limit 1) o on true
       where e.experiment_id = $1 and e.phase = 'experiment' and not exists (
         select from victor_data.excluded_executions($1, 9223372036854775807) x where x.execution_id = e.execution_id)),
     newest as (
       select distinct on (execution_id, name) execution_id, name, value
       from victor_data.metric_values where experiment_id = $1 order by execution_id, name, revision desc),
     aggregates as (
       select e.variant_id, m.name, json_build_object('mean', avg(m.value), 'std', stddev_samp(m.value),
         'median', percentile_cont(0.5) within group (order by m.value),
         'p95', percentile_cont(0.95) within group (order by m.value),
         'sum', sum(m.value), 'count', count(*)) as aggregate
       from newest m join ended e using (execution_id) group by e.variant_id, m.name)
     select v.variant_id as "variantId",
       (select count(*) from ended e where e.variant_id = v.variant_id) as ended,
       (select count(*) from ended e where e.variant_id = v.variant_id and e.outcome = 'success') as successes,
       (select coalesce(json_object_agg(a.name, a.aggregate order by a.name), '{}') from aggregates a
         where a.variant_id = v.variant_id) as values
     from victor_data.variants v where v.experiment_id = $1 order by v.position`,
    [experimentId],
  );
  return rows;
}
