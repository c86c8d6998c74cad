-- begin refuses what cannot be; record takes its place behind values that were recorded while the execution ran
drop function victor_data.begin_execution(text, text, text, text, integer, double precision, text, text, text, text, bigint, uuid);
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

-- p_run_id null: the reconciler, which no run fences
create or replace function victor_data.record_outcome(
  p_experiment_id text, p_execution_id text, p_run_id text, p_outcome text, p_error jsonb, p_output json,
  p_output_truncated boolean, p_duration_seconds double precision, p_metrics jsonb
) returns json language plpgsql volatile set plan_cache_mode = force_generic_plan as $$
declare v_fresh boolean;
begin
  perform pg_advisory_xact_lock_shared(victor_data.lock_key(p_experiment_id));

  if not exists (select from victor_data.executions e
      where e.experiment_id = p_experiment_id and e.execution_id = p_execution_id) then
    return null;
  end if;
  if p_run_id is null or p_run_id = victor_data.current_run(p_experiment_id, p_execution_id) then
    insert into victor_data.outcomes (experiment_id, execution_id, seq, outcome, error, output, output_truncated,
        duration_seconds, metrics, recorded_by)
      values (p_experiment_id, p_execution_id, nextval('victor_data.row_seq'), p_outcome, p_error, p_output,
        p_output_truncated, p_duration_seconds, p_metrics, case when p_run_id is null then 'reconciler' else 'workflow' end)
      on conflict do nothing returning true into v_fresh;
    if v_fresh then
      -- a value that was recorded while it ran is an earlier revision
      insert into victor_data.metric_values (experiment_id, execution_id, name, revision, seq, value)
        select p_experiment_id, p_execution_id, m.key,
          coalesce((select max(v.revision) + 1 from victor_data.metric_values v
            where v.experiment_id = p_experiment_id and v.execution_id = p_execution_id and v.name = m.key), 0),
          nextval('victor_data.row_seq'), m.value::text::double precision
        from jsonb_each(p_metrics) m
        -- what is not a number, or too large for metric_values, is missing: it must not cost the outcome
        where case jsonb_typeof(m.value) when 'number' then abs(m.value::numeric) < 1e100 else false end;
      delete from victor_data.state_values s
        where s.experiment_id = p_experiment_id and s.execution_id = p_execution_id;
    end if;
  end if;
  return victor_data.stored_result(p_experiment_id, p_execution_id);
end $$;
