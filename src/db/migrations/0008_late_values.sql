-- a value that was recorded while its execution ran does not stand in the way of the outcome
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
