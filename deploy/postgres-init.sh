#!/bin/sh
# Runs once, on an empty server, as its administrator: three databases and the logins that use them.
#   temporal       owns Temporal's two databases
#   victor         owns ours and brings its schema up to date
#   victor_worker  what workers and clients use: rows, but no change of the schema
# The roles victor_app, victor_recorder and victor_reader are made here because `victor` may not make roles.
set -eu

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set temporal_password="$TEMPORAL_DB_PASSWORD" \
  --set victor_password="$VICTOR_DB_PASSWORD" \
  --set worker_password="$VICTOR_WORKER_PASSWORD" <<'SQL'
create role temporal login password :'temporal_password';
create database temporal owner temporal;
create database temporal_visibility owner temporal;

create role victor login password :'victor_password';
create database victor owner victor;

create role victor_app nologin;
create role victor_recorder nologin;
create role victor_reader nologin;
create role victor_worker login password :'worker_password' in role victor_app;

-- who may connect to which database
revoke connect on database temporal, temporal_visibility, victor from public;
grant connect on database victor to victor_app, victor_recorder, victor_reader;
SQL
