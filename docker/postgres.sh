#!/usr/bin/env bash
# The entry point of the PostgreSQL image: at the first start one cluster, three roles with a database of their own, no
# role with a password that anybody else knows. Needs HUB_DB_PASSWORD, AIRFLOW_DB_PASSWORD and STORE_DB_PASSWORD; listens on LISTEN:PORT.
set -euo pipefail

: "${HUB_DB_PASSWORD:?}" "${AIRFLOW_DB_PASSWORD:?}" "${STORE_DB_PASSWORD:?}"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # The superuser has no password and comes in by the socket alone, as the account it runs under.
  initdb --encoding=UTF8 --locale=C.UTF-8 --data-checksums --auth-local=peer --auth-host=scram-sha-256 >/dev/null
  {
    echo 'local all postgres peer'
    echo 'host  hub hub all scram-sha-256'
    echo 'host  airflow airflow all scram-sha-256'
    echo 'host  digitised_store all all scram-sha-256'  # the twin's owner, and the reader that it lets in
  } >"$PGDATA/pg_hba.conf"
  pg_ctl --silent --wait start -o "-c listen_addresses='' -k /tmp"
  for name in hub airflow; do
    variable="${name^^}_DB_PASSWORD"
    psql --host=/tmp --quiet --set=ON_ERROR_STOP=1 --set=name="$name" --set=password="${!variable}" <<'SQL'
create role :"name" login password :'password';
create database :"name" owner :"name";
revoke connect on database :"name" from public;
SQL
  done
  psql --host=/tmp --quiet --set=ON_ERROR_STOP=1 --command='create role hub_reader nologin' --command='grant hub_reader to hub' \
    --command='create role hub_copier nologin bypassrls' --command='grant hub_copier to hub'
  psql --host=/tmp --quiet --set=ON_ERROR_STOP=1 --set=password="$STORE_DB_PASSWORD" <<'SQL'
create role digitised_store login createrole password :'password';
create database digitised_store owner digitised_store;
SQL
  pg_ctl --silent --wait --mode=fast stop
fi

unset HUB_DB_PASSWORD AIRFLOW_DB_PASSWORD STORE_DB_PASSWORD
exec postgres -c "listen_addresses=${LISTEN:-*}" -c "port=${PORT:-5432}" -c unix_socket_directories=/tmp -c max_connections=200 "$@"
