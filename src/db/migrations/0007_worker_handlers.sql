-- which handlers each data worker has registered; null: it is of a version that does not say
alter table victor_data.worker_configs add column handlers text[];
