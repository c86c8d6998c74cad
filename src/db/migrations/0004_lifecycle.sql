-- the lifecycle to its end: edited drafts, paused variants, excluded executions, roll-out, deletion
alter table victor_data.experiments
  -- changes when a draft is replaced: a worker that knows another definition reads it again
  add column definition_id uuid not null default gen_random_uuid(),
  add column deployed_variant_id text,
  add column deployed_at timestamptz,
  add column deleted_at timestamptz,
  -- the final look was asked for before everything had ended
  add column truncate_final boolean not null default false,
  add column paused_variants text[] not null default '{}',
  -- counts the changes of who can be allocated to what
  add column epoch integer not null default 0,
  add constraint experiments_deployed check (deployed_variant_id is null or status in ('rolled_out', 'archived')),
  add constraint experiments_deleted check (deleted_at is null or status = 'archived');

-- a correction is a new revision; the newest one up to a look's watermark counts
create table victor_data.exclusions (
  experiment_id text not null,
  execution_id text not null,
  revision integer not null,
  excluded boolean not null,
  actor text not null,
  reason text not null,
  seq bigint not null,
  at timestamptz not null default clock_timestamp(),
  constraint exclusions_pk primary key (experiment_id, execution_id, revision)
);

-- whose contents these are: what nobody owns any more is removed with its last owner
create table victor_data.content_owners (
  experiment_id text not null references victor_data.experiments on delete cascade,
  hash text not null references victor_data.contents,
  constraint content_owners_pk primary key (experiment_id, hash)
);
create index content_owners_by_hash on victor_data.content_owners (hash);

-- of experiments made before: bodies are named in the runnables, inputs by the dataset, large values inside the inputs
insert into victor_data.content_owners (experiment_id, hash)
with named as (
  select v.experiment_id, m[1] as hash from victor_data.variants v, regexp_matches(v.runnable::text, '"([0-9a-f]{64})"', 'g') m
  union
  select d.experiment_id, d.content_hash from victor_data.dataset_items d where d.content_hash is not null)
select n.experiment_id, c.hash from named n join victor_data.contents c using (hash)
union
select n.experiment_id, inner_c.hash from named n join victor_data.contents c using (hash),
  regexp_matches(c.body::text, '"([0-9a-f]{64})"', 'g') m join victor_data.contents inner_c on inner_c.hash = m[1];

-- who a new unit goes to while variants are paused: what its own variant cannot take is spread over the open ones
create function victor_data.open_variant(p_experiment_id text, p_variant_id text, p_bucket integer, p_paused text[],
  out variant_id text, out propensity double precision) language sql stable as $$
  with opened as (
    select v.variant_id, (v.bucket_to - v.bucket_from)::double precision as width,
      sum(v.bucket_to - v.bucket_from) over (order by v.position)::double precision as upto,
      sum(v.bucket_to - v.bucket_from) over ()::double precision as total
    from victor_data.variants v where v.experiment_id = p_experiment_id and not v.variant_id = any (p_paused)),
  own as (
    select greatest(0, p_bucket - v.bucket_from + 0.5) / (v.bucket_to - v.bucket_from) as share
    from victor_data.variants v where v.experiment_id = p_experiment_id and v.variant_id = p_variant_id)
  select o.variant_id, o.width / o.total from opened o, own
  where o.variant_id = p_variant_id or p_variant_id = any (p_paused) and o.upto > own.share * o.total
  order by o.upto limit 1
$$;

drop function victor_data.begin_execution(text, text, text, text, integer, double precision, text, text, text, text, bigint);
create function victor_data.begin_execution(
  p_experiment_id text, p_execution_id text, p_unit text, p_variant_id text, p_bucket integer, p_propensity double precision,
  p_workflow_id text, p_run_id text, p_cluster_id text, p_namespace text, p_deadline_ms bigint, p_definition_id uuid,
  p_from_dataset boolean default false
) returns json language plpgsql volatile set plan_cache_mode = force_generic_plan as $$
declare
  v_experiment record;
  v_variant text := p_variant_id;
  v_propensity double precision := p_propensity;
  v_phase text := 'experiment';
  v_seq bigint;
  v_counter victor_data.iteration_counters%rowtype;
  v_existing victor_data.executions%rowtype;
  v_owner text;
begin
  perform pg_advisory_xact_lock_shared(victor_data.lock_key(p_experiment_id));

  select x.status, x.definition_id, x.deployed_variant_id, x.paused_variants, x.epoch into v_experiment
    from victor_data.experiments x where x.experiment_id = p_experiment_id;
  if not found then return json_build_object('kind', 'unknown'); end if;
  if v_experiment.definition_id <> coalesce(p_definition_id, v_experiment.definition_id) then return json_build_object('kind', 'stale'); end if;

  -- before the status: a repeated id gets its outcome also when the experiment is paused
  select * into v_existing from victor_data.executions e
    where e.experiment_id = p_experiment_id and e.execution_id = p_execution_id;
  if not found then
    -- a dataset belongs to the experiment and ends with it, whatever waits in a queue
    if v_experiment.deployed_variant_id is not null and not p_from_dataset then
      v_phase := 'after_deploy';
    elsif v_experiment.status <> 'running' then
      return json_build_object('kind', 'not_running', 'status', v_experiment.status);
    else
      -- begins of a limited experiment go one at a time from here on: a repeated one must not take a second iteration
      select * into v_counter from victor_data.iteration_counters c where c.experiment_id = p_experiment_id for update;
      if found then
        select * into v_existing from victor_data.executions e
          where e.experiment_id = p_experiment_id and e.execution_id = p_execution_id;
        if not found then
          if v_counter.begun >= v_counter.max_iterations then
            return json_build_object('kind', 'not_running', 'status', 'completed');
          end if;
          update victor_data.iteration_counters c set begun = c.begun + 1 where c.experiment_id = p_experiment_id;
        end if;
      end if;
    end if;
  end if;

  if v_existing.execution_id is null then
    v_seq := nextval('victor_data.row_seq');
    if v_phase = 'after_deploy' then
      v_variant := v_experiment.deployed_variant_id;
    else
      -- a caller may be anybody with the right to call this
      if p_bucket is null or p_bucket < 0 or p_bucket >= 1000000 or p_propensity is null
          or not (p_propensity > 0 and p_propensity <= 1) or not exists (
            select from victor_data.variants v where v.experiment_id = p_experiment_id and v.variant_id = p_variant_id) then
        raise exception 'no variant %, bucket % or propensity % of experiment %', p_variant_id, p_bucket, p_propensity,
          p_experiment_id using errcode = 'invalid_parameter_value';
      end if;
      if cardinality(v_experiment.paused_variants) > 0 then
        select o.variant_id, o.propensity into v_variant, v_propensity
          from victor_data.open_variant(p_experiment_id, p_variant_id, p_bucket, v_experiment.paused_variants) o;
      end if;
      insert into victor_data.units (experiment_id, unit, variant_id, bucket, epoch, reason, propensity, seq)
        values (p_experiment_id, p_unit, v_variant, p_bucket, v_experiment.epoch,
          case when v_variant = p_variant_id then 'hash' else 'variant_paused' end, v_propensity, v_seq)
        on conflict do nothing;
      select u.variant_id into v_variant from victor_data.units u
        where u.experiment_id = p_experiment_id and u.unit = p_unit;
    end if;

    insert into victor_data.executions (experiment_id, execution_id, seq, unit, variant_id, phase, workflow_id, run_id,
        temporal_cluster_id, temporal_namespace, deadline_at)
      values (p_experiment_id, p_execution_id, v_seq, p_unit, v_variant, v_phase, p_workflow_id, p_run_id,
        p_cluster_id, p_namespace, clock_timestamp() + p_deadline_ms * interval '1 millisecond')
      on conflict do nothing;
    if not found then
      -- another begin of this execution was first: its unit counts, not this one's
      delete from victor_data.units u where u.experiment_id = p_experiment_id and u.unit = p_unit and u.seq = v_seq;
    end if;
    select * into v_existing from victor_data.executions e
      where e.experiment_id = p_experiment_id and e.execution_id = p_execution_id;
  end if;

  if (v_existing.temporal_cluster_id, v_existing.temporal_namespace) is distinct from (p_cluster_id, p_namespace) then
    return json_build_object('kind', 'foreign', 'namespace', v_existing.temporal_namespace);
  end if;
  if exists (select from victor_data.outcomes o where o.experiment_id = p_experiment_id and o.execution_id = p_execution_id) then
    return json_build_object('kind', 'finished', 'result', victor_data.stored_result(p_experiment_id, p_execution_id));
  end if;

  -- Temporal has one open run per workflow id, so another first run id here is a dead run: this one takes over
  v_owner := victor_data.current_run(p_experiment_id, p_execution_id);
  if v_owner is distinct from p_run_id then
    insert into victor_data.takeovers (experiment_id, execution_id, revision, run_id, seq)
      select p_experiment_id, p_execution_id, coalesce(max(t.revision), 0) + 1, p_run_id, nextval('victor_data.row_seq')
      from victor_data.takeovers t where t.experiment_id = p_experiment_id and t.execution_id = p_execution_id;
  end if;
  return json_build_object('kind', 'admitted', 'variant_id', v_existing.variant_id, 'phase', v_existing.phase,
    'deadline_ms', greatest(0, ceil(extract(epoch from v_existing.deadline_at - clock_timestamp()) * 1000)));
end $$;

-- what is excluded from the analysis by hand, as of a row number
create function victor_data.excluded_executions(p_experiment_id text, p_watermark bigint)
returns table (execution_id text, reason text) language sql stable as $$
  select x.execution_id, x.reason from (
    select distinct on (e.execution_id) e.execution_id, e.excluded, e.reason from victor_data.exclusions e
    where e.experiment_id = p_experiment_id and e.seq <= p_watermark
    order by e.execution_id, e.revision desc) x
  where x.excluded
$$;

create or replace view victor.experiments as
  select experiment_id, name, status, profile, spec, created_by, created_at, started_at, paused_at, completed_at,
    completed_because, analyzed_at, archived_at, paused_seconds, dataset_size, deployed_variant_id, deployed_at, deleted_at
  from victor_data.experiments;

create or replace view victor.variants as
  select v.experiment_id, v.variant_id, v.position, v.name, v.is_control, v.traffic_weight, v.workflow_type,
    v.parameter_overrides, case when v.variant_id = any (x.paused_variants) then 'paused' else 'running' end as variant_status
  from victor_data.variants v join victor_data.experiments x using (experiment_id);

-- excluded: after deploy, or by hand
create or replace view victor.executions as
  select e.experiment_id, e.execution_id, e.seq, e.unit, e.variant_id, e.phase, e.workflow_id,
    victor_data.current_run(e.experiment_id, e.execution_id) as run_id, e.began_at, e.deadline_at,
    coalesce(o.outcome, 'running') as outcome, o.ended_at, o.error, o.output, o.duration_seconds, o.recorded_by,
    (o.metrics ->> 'execution_time')::double precision as execution_time,
    (o.metrics ->> 'token_usage')::double precision as token_usage,
    (o.metrics ->> 'tool_calls_count')::double precision as tool_calls_count,
    (o.metrics ->> 'cost')::double precision as cost,
    e.phase <> 'experiment' or coalesce(x.excluded, false) as excluded,
    case when x.excluded then x.reason end as exclusion_reason
  from victor_data.executions e
  left join lateral (
    select * from victor_data.outcomes o
    where o.experiment_id = e.experiment_id and o.execution_id = e.execution_id
    order by o.revision desc limit 1) o on true
  left join lateral (
    select * from victor_data.exclusions x
    where x.experiment_id = e.experiment_id and x.execution_id = e.execution_id
    order by x.revision desc limit 1) x on true;
