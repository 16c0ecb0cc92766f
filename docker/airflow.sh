#!/usr/bin/env bash
# What a container of the hub's image does, by one word: migrate | api-server | scheduler | dag-processor | triggerer | worker | alive | twins | api | backup.
set -euo pipefail
umask 0027

readonly MADE=/var/lib/motlan/airflow/migrated  # `migrate` leaves it when all that the others need is there

await_migration() {
  for _ in $(seq 300); do
    [ -e "$MADE" ] && return
    sleep 1
  done
  echo "No migration within 300 s: run the service 'migrate' first" >&2
  exit 1
}

case "${1:?which part}" in
  migrate)
    mkdir -p "$AIRFLOW_HOME"
    for _ in $(seq 60); do
      python -c 'import os, psycopg; psycopg.connect(os.environ["HUB_MIGRATING_URL"], connect_timeout=3).close()' 2>/dev/null && break
      sleep 1
    done
    airflow db migrate
    # The login that the database's administrator made for the store's reader (postgres.sh), unless another one is known already.
    python -c 'import json, os, pathlib
from hub.local.private_files import write_private
file = pathlib.Path(os.environ["HUB_SECRETS_FILE"])
known = json.loads(file.read_text()) if file.exists() else {}
login = {"username": "digitised_store_reader", "password": os.environ["STORE_READER_PASSWORD"]}
if "digitised-store" not in known: write_private(file, json.dumps(known | {"digitised-store": login}))'
    hub database migrate
    # Key, clock and credentials once, before two workers could make them at the same moment.
    python -c 'from hub.app import open_hub
with open_hub() as hub: print(f"{len(hub.credentials)} systems, {len(hub.deployment.streams)} streams")'
    (umask 0077; python -c 'import json, os; print(json.dumps({"operator": os.environ["OPERATOR_PASSWORD"]}))' \
      >"$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE")
    touch "$MADE"
    ;;
  api-server | scheduler | dag-processor | triggerer)
    await_migration
    # The API server reads logs from the shared folder: no part needs to serve them.
    case "$1" in scheduler | triggerer) set -- "$1" --skip-serve-logs ;; esac
    exec airflow "$@"
    ;;
  worker)
    await_migration
    exec airflow celery worker --skip-serve-logs
    ;;
  alive)
    exec celery --app airflow.providers.celery.executors.celery_executor.app inspect ping --timeout 20 --destination "celery@$HOSTNAME"
    ;;
  api)
    await_migration
    exec hub serve --host 0.0.0.0 --name "${MOTLAN_API_NAME:-localhost}" --replicas 2 --metrics 0.0.0.0:9105
    ;;
  backup)
    await_migration
    exec hub backup follow --every 10 --base-every 24 --keep 7
    ;;
  twins)
    await_migration
    exec hub twin serve --host 0.0.0.0
    ;;
  *)
    echo "No part $1" >&2
    exit 64
    ;;
esac
