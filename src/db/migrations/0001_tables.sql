-- base tables. executions, outcomes, metric_values and units are insert-only; every row takes its number from one sequence.
create schema victor_data;
create sequence victor_data.row_seq;

-- which database this is: one row. Two databases behind the same task queues would answer for each other
create table victor_data.installation (
  one boolean not null default true,
  id uuid not null default gen_random_uuid(),
  constraint installation_pk primary key (one),
  constraint installation_one check (one)
);
insert into victor_data.installation default values;

create table victor_data.experiments (
  experiment_id text not null,
  name text not null,
  status text not null default 'draft',
  spec jsonb not null,
  salt text not null,
  profile text not null,
  warnings jsonb not null default '[]',
  temporal_cluster_id text not null,
  temporal_namespace text not null,
  task_queue_prefix text not null,
  created_by text not null,
  created_by_run_id text not null,
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  paused_at timestamptz,
  resumed_at timestamptz,
  completed_at timestamptz,
  completed_because text,
  -- the last row number at the transition to completed: the cut of the final look
  completed_seq bigint,
  analyzed_at timestamptz,
  archived_at timestamptz,
  paused_seconds double precision not null default 0,
  dataset_size integer,
  dataset_finished boolean not null default false,
  -- every execution up to this number has ended; only ever grows
  closed_through bigint not null default 0,
  last_event_number bigint not null default 0,
  next_check_at timestamptz,
  constraint experiments_pk primary key (experiment_id),
  constraint experiments_id_form check (experiment_id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  constraint experiments_status check (status in ('draft', 'running', 'paused', 'completed', 'analyzed', 'rolled_out', 'archived')),
  constraint experiments_completed_because check (completed_because in
    ('sample_size', 'max_duration', 'max_iterations', 'dataset_end', 'stall', 'boundary', 'manual')),
  constraint experiments_profile check (profile in ('live', 'simulated'))
);
create unique index experiments_name_in_use on victor_data.experiments (name) where status <> 'archived';

-- the lifecycle table of src/model/lifecycle.ts, held by the database as well
create function victor_data.check_status_move() returns trigger language plpgsql as $$
begin
  if new.status is distinct from old.status and (old.status, new.status) not in (
    ('draft', 'running'), ('draft', 'archived'),
    ('running', 'paused'), ('running', 'completed'),
    ('paused', 'running'), ('paused', 'completed'), ('paused', 'archived'),
    ('completed', 'analyzed'), ('completed', 'archived'),
    ('analyzed', 'rolled_out'), ('analyzed', 'archived'),
    ('rolled_out', 'archived')
  ) then
    raise exception 'illegal move from % to %', old.status, new.status using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger experiments_status_move before update of status on victor_data.experiments
  for each row execute function victor_data.check_status_move();

create table victor_data.variants (
  experiment_id text not null references victor_data.experiments on delete cascade,
  variant_id text not null,
  position integer not null,
  name text not null,
  is_control boolean not null,
  traffic_weight double precision not null,
  bucket_from integer not null,
  bucket_to integer not null,
  workflow_type text not null,
  parameter_overrides jsonb not null,
  runnable jsonb not null,
  constraint variants_pk primary key (experiment_id, variant_id),
  constraint variants_workflow_type check (workflow_type in ('yaml', 'stategraph', 'definition')),
  constraint variants_buckets check (0 <= bucket_from and bucket_from < bucket_to and bucket_to <= 1000000)
);

-- node bodies and inputs by SHA-256 of their canonical JSON. json, not jsonb: users' text may hold \u0000
create table victor_data.contents (
  hash text not null,
  body json not null,
  constraint contents_pk primary key (hash)
);

create table victor_data.dataset_items (
  experiment_id text not null references victor_data.experiments on delete cascade,
  position integer not null,
  unit text,
  content_hash text references victor_data.contents,
  file jsonb,
  constraint dataset_items_pk primary key (experiment_id, position),
  constraint dataset_items_body check ((content_hash is null) <> (file is null))
);

-- executions begun, for experiments that limit them: the only counter on the record path
create table victor_data.iteration_counters (
  experiment_id text not null references victor_data.experiments on delete cascade,
  begun bigint not null default 0,
  max_iterations bigint not null,
  constraint iteration_counters_pk primary key (experiment_id)
);

create table victor_data.units (
  experiment_id text not null,
  unit text not null,
  variant_id text not null,
  bucket integer not null,
  epoch integer not null default 0,
  reason text not null,
  propensity double precision not null,
  seq bigint not null,
  allocated_at timestamptz not null default clock_timestamp(),
  constraint units_pk primary key (experiment_id, unit)
) partition by hash (experiment_id);
create index units_by_variant on victor_data.units (experiment_id, variant_id, seq);

create table victor_data.executions (
  experiment_id text not null,
  execution_id text not null,
  seq bigint not null,
  unit text not null,
  variant_id text not null,
  phase text not null default 'experiment',
  workflow_id text not null,
  run_id text not null,
  temporal_cluster_id text not null,
  temporal_namespace text not null,
  began_at timestamptz not null default clock_timestamp(),
  deadline_at timestamptz not null,
  constraint executions_pk primary key (experiment_id, execution_id),
  constraint executions_phase check (phase in ('experiment', 'after_deploy'))
) partition by hash (experiment_id);
create index executions_by_seq on victor_data.executions (experiment_id, seq);

-- a later run of the same execution that took over from a dead one
create table victor_data.takeovers (
  experiment_id text not null,
  execution_id text not null,
  revision integer not null,
  run_id text not null,
  seq bigint not null,
  began_at timestamptz not null default clock_timestamp(),
  constraint takeovers_pk primary key (experiment_id, execution_id, revision)
);

create table victor_data.outcomes (
  experiment_id text not null,
  execution_id text not null,
  revision integer not null default 0,
  seq bigint not null,
  outcome text not null,
  error jsonb,
  output json,
  output_truncated boolean not null default false,
  duration_seconds double precision,
  metrics jsonb not null default '{}',
  recorded_by text not null,
  ended_at timestamptz not null default clock_timestamp(),
  constraint outcomes_pk primary key (experiment_id, execution_id, revision),
  constraint outcomes_outcome check (outcome in ('success', 'failure', 'timeout', 'cancelled')),
  constraint outcomes_recorded_by check (recorded_by in ('workflow', 'reconciler'))
) partition by hash (experiment_id);

create table victor_data.metric_values (
  experiment_id text not null,
  execution_id text not null,
  name text not null,
  revision integer not null default 0,
  seq bigint not null,
  value double precision not null,
  constraint metric_values_pk primary key (experiment_id, execution_id, name, revision),
  -- and small enough to be squared and added up
  constraint metric_values_finite check (value > -1e100 and value < 1e100)
) partition by hash (experiment_id);

do $$
declare part integer; base text;
begin
  foreach base in array array['units', 'executions', 'outcomes', 'metric_values'] loop
    for part in 0..7 loop
      execute format('create table victor_data.%I partition of victor_data.%I for values with (modulus 8, remainder %s)',
        base || '_' || part, base, part);
    end loop;
  end loop;
end $$;

-- large values of a run's state, owned by its execution and removed when it is recorded
create table victor_data.state_values (
  experiment_id text not null,
  execution_id text not null,
  hash text not null,
  body json not null,
  constraint state_values_pk primary key (experiment_id, execution_id, hash)
);

create table victor_data.looks (
  experiment_id text not null references victor_data.experiments on delete cascade,
  look integer not null,
  final boolean not null,
  taken_at timestamptz not null default clock_timestamp(),
  cut bigint not null,
  watermark bigint not null,
  information_fraction double precision not null,
  information double precision,
  boundary double precision,
  alpha_spent double precision not null,
  -- everything the computation took, and everything it gave
  inputs jsonb not null,
  result jsonb not null,
  decision text not null,
  reason text not null,
  constraint looks_pk primary key (experiment_id, look),
  constraint looks_alpha check (alpha_spent >= 0 and alpha_spent <= 1),
  constraint looks_fraction check (information_fraction >= 0 and information_fraction <= 1)
);

-- looks that could not be computed: their reason, for people
create table victor_data.failed_looks (
  experiment_id text not null references victor_data.experiments on delete cascade,
  look integer not null,
  at timestamptz not null default clock_timestamp(),
  message text not null
);

create table victor_data.events (
  experiment_id text not null references victor_data.experiments on delete cascade,
  number bigint not null,
  at timestamptz not null default clock_timestamp(),
  type text not null,
  actor text,
  reason text,
  request_id text,
  data jsonb not null default '{}',
  constraint events_pk primary key (experiment_id, number),
  constraint events_request unique (experiment_id, request_id)
);
