-- which victor.config each data worker has loaded: commands compare it with the files that they see
create table victor_data.worker_configs (
  task_queue_prefix text not null,
  -- of the process, such as 4711@host
  worker text not null,
  -- null: it has none
  config_path text,
  config_hash text,
  loaded_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  constraint worker_configs_pk primary key (task_queue_prefix, worker)
);
