-- three roles without login, for the logins of people and programs. They belong to the cluster, so several databases share them.
--   victor_app       workers and clients: every row, no change of the schema
--   victor_recorder  workers of users: may begin and record executions, and see nothing
--   victor_reader    people and notebooks: the views of schema victor

-- record_outcome without a run is the reconciler's: no run fences it. Who may only call the function is not the reconciler.
create function victor_data.check_reconciler() returns trigger language plpgsql as $$
begin
  if not has_table_privilege(session_user, 'victor_data.outcomes', 'insert') then
    raise exception '% may not record an outcome without its run', session_user using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger outcomes_of_reconciler before insert on victor_data.outcomes
  for each row when (new.recorded_by = 'reconciler') execute function victor_data.check_reconciler();

-- Creates the roles where the caller may, grants them what they need, and returns the names of those that do not exist.
-- `victor migrate` calls it every time: roles that an administrator creates later, and objects of later migrations, are
-- granted then. `create or replace function` forgets what is set here; the next call sets it again.
create function victor_data.grant_roles() returns text[] language plpgsql volatile as $$
declare
  v_role text;
  v_function regprocedure;
  v_missing text[] := '{}';
begin
  foreach v_role in array array['victor_app', 'victor_recorder', 'victor_reader'] loop
    if not exists (select from pg_catalog.pg_roles r where r.rolname = v_role) then
      begin
        execute format('create role %I nologin', v_role);
      exception
        -- a migration of another database was first
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then v_missing := v_missing || v_role;
      end;
    end if;
  end loop;

  -- callers of these need no right to a table. A fixed search path, so that no object of theirs stands in for ours.
  -- current_run is called by a view, with the rights of the view's reader.
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where p.pronamespace = 'victor_data'::regnamespace
      and p.proname in ('begin_execution', 'record_outcome', 'current_run')
  loop
    execute format('alter function %s security definer set search_path = pg_catalog, pg_temp', v_function);
  end loop;
  revoke execute on all functions in schema victor_data from public;

  if 'victor_app' <> all (v_missing) then
    grant usage on schema victor, victor_data to victor_app;
    grant select, insert, update, delete on all tables in schema victor_data to victor_app;
    grant usage, select on all sequences in schema victor_data to victor_app;
    grant execute on all functions in schema victor_data to victor_app;
    grant select on all tables in schema victor to victor_app;
    grant select on public.victor_migrations to victor_app;
  end if;

  if 'victor_recorder' <> all (v_missing) then
    grant usage on schema victor_data to victor_recorder;
    for v_function in
      select p.oid::regprocedure from pg_catalog.pg_proc p
      where p.pronamespace = 'victor_data'::regnamespace and p.proname in ('begin_execution', 'record_outcome')
    loop
      execute format('grant execute on function %s to victor_recorder', v_function);
    end loop;
  end if;

  if 'victor_reader' <> all (v_missing) then
    grant usage on schema victor to victor_reader;
    grant select on all tables in schema victor to victor_reader;
    for v_function in
      select p.oid::regprocedure from pg_catalog.pg_proc p
      where p.pronamespace = 'victor_data'::regnamespace and p.proname = 'current_run'
    loop
      execute format('grant execute on function %s to victor_reader', v_function);
    end loop;
  end if;
  return v_missing;
end $$;

-- the newest value of every metric, and success as one: ended executions that the analysis compares. Not in it: what is
-- excluded, and units that were begun while only one variant was open.
-- n to total are over executions. The rest are the moments over units (of each unit's sum and number of values) that the
-- analysis starts from: mean = mean_sum / mean_count; with one execution per unit var_sum is the variance of Welch's test.
-- var_samp and covar_samp leave rounding where nothing varies: there the variance is 0.
-- Not materialized: a condition on experiment_id must reach the tables.
create or replace view victor.metric_summaries as
  with ended as not materialized (
    select e.experiment_id, e.execution_id, e.variant_id, e.unit, e.outcome from victor.executions e
    join victor_data.units u on u.experiment_id = e.experiment_id and u.unit = e.unit and u.propensity < 1
    where not e.excluded and e.outcome <> 'running'),
  measured as not materialized (
    select e.experiment_id, e.variant_id, e.unit, m.name as metric, m.value
    from ended e join victor.metric_values m using (experiment_id, execution_id)
    where m.name <> 'success_rate'
    union all
    select e.experiment_id, e.variant_id, e.unit, 'success_rate', (e.outcome = 'success')::int::double precision
    from ended e),
  per_unit as (
    select experiment_id, variant_id, metric, unit, sum(value) as total, count(*)::double precision as n
    from measured group by experiment_id, variant_id, metric, unit),
  over_units as (
    select experiment_id, variant_id, metric, count(*) as units, avg(total) as mean_sum, avg(n) as mean_count,
      case when count(*) > 1 and min(total) = max(total) then 0 else var_samp(total) end as var_sum,
      case when count(*) > 1 and min(total) = max(total) then 0 else covar_samp(total, n) end as cov_sum_count,
      var_samp(n) as var_count
    from per_unit group by experiment_id, variant_id, metric),
  over_executions as (
    select experiment_id, variant_id, metric, count(*) as n, avg(value) as mean,
      case when count(*) > 1 and min(value) = max(value) then 0 else var_samp(value) end as variance,
      min(value) as minimum, max(value) as maximum,
      case when count(*) > 1 and min(value) = max(value) then 0 else stddev_samp(value) end as standard_deviation,
      sum(value) as total
    from measured group by experiment_id, variant_id, metric)
  select x.experiment_id, x.variant_id, x.metric, x.n, x.mean, x.variance, x.minimum, x.maximum,
    x.standard_deviation, x.total, u.units, u.mean_sum, u.mean_count, u.var_sum, u.cov_sum_count, u.var_count
  from over_executions x join over_units u using (experiment_id, variant_id, metric);
