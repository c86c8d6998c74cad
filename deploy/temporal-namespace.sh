#!/bin/sh
# Creates the namespace and the search attributes of experiments; running it again is harmless.
# The program reads TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.
set -eu

# a server that has just started, or has just made a namespace, needs some seconds to answer for it
again() {
  attempt=1
  until "$@"; do
    [ "$attempt" -lt 30 ] || { echo "given up: $*" >&2; return 1; }
    attempt=$((attempt + 1))
    sleep 1
  done
}

again temporal operator cluster health
# Temporal forgets closed workflows after the retention; outcomes and decisions stay in Postgres
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "${TEMPORAL_RETENTION:-168h}"
again temporal operator search-attribute create \
  --name ExperimentId --type Keyword \
  --name VariantId --type Keyword \
  --name ExperimentStatus --type Keyword \
  --name ExperimentLook --type Int
