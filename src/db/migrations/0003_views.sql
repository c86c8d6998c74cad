-- the public SQL interface: stable names
create schema victor;

create view victor.experiments as
  select experiment_id, name, status, profile, spec, created_by, created_at, started_at, paused_at, completed_at,
    completed_because, analyzed_at, archived_at, paused_seconds, dataset_size
  from victor_data.experiments;

create view victor.variants as
  select experiment_id, variant_id, position, name, is_control, traffic_weight, workflow_type, parameter_overrides
  from victor_data.variants;

create view victor.executions as
  select e.experiment_id, e.execution_id, e.seq, e.unit, e.variant_id, e.phase, e.workflow_id,
    victor_data.current_run(e.experiment_id, e.execution_id) as run_id, e.began_at, e.deadline_at,
    coalesce(o.outcome, 'running') as outcome, o.ended_at, o.error, o.output, o.duration_seconds, o.recorded_by,
    (o.metrics ->> 'execution_time')::double precision as execution_time,
    (o.metrics ->> 'token_usage')::double precision as token_usage,
    (o.metrics ->> 'tool_calls_count')::double precision as tool_calls_count,
    (o.metrics ->> 'cost')::double precision as cost
  from victor_data.executions e
  left join lateral (
    select * from victor_data.outcomes o
    where o.experiment_id = e.experiment_id and o.execution_id = e.execution_id
    order by o.revision desc limit 1) o on true;

create view victor.allocations as
  select experiment_id, unit, variant_id, bucket, epoch, reason, propensity, seq, allocated_at from victor_data.units;

create view victor.units as
  select u.experiment_id, u.unit, u.variant_id, u.allocated_at, count(e.execution_id) as executions
  from victor_data.units u
  left join victor_data.executions e on e.experiment_id = u.experiment_id and e.unit = u.unit
  group by u.experiment_id, u.unit, u.variant_id, u.allocated_at;

create view victor.metric_values as
  select distinct on (experiment_id, execution_id, name) experiment_id, execution_id, name, revision, value, seq
  from victor_data.metric_values order by experiment_id, execution_id, name, revision desc;

create view victor.metric_summaries as
  select m.experiment_id, e.variant_id, m.name as metric, count(*) as n, avg(m.value) as mean,
    var_samp(m.value) as variance, min(m.value) as minimum, max(m.value) as maximum
  from victor.metric_values m
  join victor_data.executions e using (experiment_id, execution_id)
  group by m.experiment_id, e.variant_id, m.name;

create view victor.looks as
  select experiment_id, look, final, taken_at, cut, watermark, information_fraction, information, boundary, alpha_spent,
    decision, reason, inputs, result
  from victor_data.looks;

create view victor.decisions as
  select experiment_id, look, taken_at, final, decision, reason from victor_data.looks;

create view victor.events as
  select experiment_id, number, at, type, actor, reason, data from victor_data.events;
