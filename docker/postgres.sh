#!/usr/bin/env bash
# The entry point of the PostgreSQL image: at the first start one cluster, three roles with a database of their own and a reader
# of the digitised store; no role with a password that anybody else knows, and none that makes roles. Beside the hub's owner stand
# its logins for loading, answering and granting, and the group of auditors (docs/logins.md). Needs HUB_DB_PASSWORD,
# LOADING_DB_PASSWORD, ANSWERING_DB_PASSWORD, GRANTING_DB_PASSWORD, AIRFLOW_DB_PASSWORD, STORE_DB_PASSWORD, STORE_READER_PASSWORD
# and BACKUP_DB_PASSWORD; listens on LISTEN:PORT.
set -euo pipefail

: "${HUB_DB_PASSWORD:?}" "${AIRFLOW_DB_PASSWORD:?}" "${STORE_DB_PASSWORD:?}" "${STORE_READER_PASSWORD:?}" "${BACKUP_DB_PASSWORD:?}" \
  "${LOADING_DB_PASSWORD:?}" "${ANSWERING_DB_PASSWORD:?}" "${GRANTING_DB_PASSWORD:?}"
export PGPORT=${PORT:-5432}

sql() { psql --host=/tmp --username=postgres --dbname=postgres --quiet --set=ON_ERROR_STOP=1 "$@"; }
# The superuser has no password and comes in by the socket alone, as the account it runs under.
start() { pg_ctl --silent --wait --timeout=3600 start -o "-c listen_addresses='' -c unix_socket_directories=/tmp" >/dev/null; }
stop() { pg_ctl --silent --wait --mode=fast stop; }

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username=postgres --encoding=UTF8 --locale=C.UTF-8 --data-checksums --auth-local=peer --auth-host=scram-sha-256 >/dev/null
  {
    echo 'local all postgres peer'
    echo 'host  hub hub all scram-sha-256'
    echo 'host  airflow airflow all scram-sha-256'
    echo 'host  digitised_store all all scram-sha-256'  # the twin's owner, and its reader
  } >"$PGDATA/pg_hba.conf"
  start
  for name in hub airflow digitised_store; do
    case $name in hub) password=$HUB_DB_PASSWORD ;; airflow) password=$AIRFLOW_DB_PASSWORD ;; *) password=$STORE_DB_PASSWORD ;; esac
    sql --set=name="$name" --set=password="$password" <<'SQL'
create role :"name" login password :'password';
create database :"name" owner :"name";
revoke connect on database :"name" from public;
SQL
  done
  sql --command='create role hub_reader nologin' --command='grant hub_reader to hub' \
    --command='create role hub_copier nologin bypassrls' --command='grant hub_copier to hub'
  stop
fi

# At every start, for clusters of earlier versions: those had no login that takes backups; there the store's owner could make roles, which below PostgreSQL 16 reaches
# a superuser's rights, and made its reader itself.
start
for line in 'host  hub hub_loading,hub_answering,hub_granting,+hub_auditing all scram-sha-256' 'host  hub motlan_backup all scram-sha-256' 'host  replication motlan_backup all scram-sha-256'; do
  grep -qxF "$line" "$PGDATA/pg_hba.conf" || echo "$line" >>"$PGDATA/pg_hba.conf"
done
sql --set=password="$BACKUP_DB_PASSWORD" <<'SQL'
select 'create role motlan_backup login replication' where not exists (select from pg_roles where rolname = 'motlan_backup') \gexec
alter role motlan_backup password :'password';
grant pg_monitor to motlan_backup;
grant connect on database hub to motlan_backup;
SQL
for login in loading answering granting; do
  case $login in loading) password=$LOADING_DB_PASSWORD ;; answering) password=$ANSWERING_DB_PASSWORD ;; *) password=$GRANTING_DB_PASSWORD ;; esac
  sql --set=name="hub_$login" --set=password="$password" <<'SQL'
select format('create role %I login', :'name') where not exists (select from pg_roles where rolname = :'name') \gexec
alter role :"name" password :'password';
grant connect on database hub to :"name";
SQL
done
sql <<'SQL'
select 'create role hub_auditing nologin' where not exists (select from pg_roles where rolname = 'hub_auditing') \gexec
grant connect on database hub to hub_auditing;
alter role hub_loading noinherit;
alter role hub_answering noinherit;
grant hub_reader to hub_loading;
grant hub_copier to hub_loading;
grant hub_reader to hub_answering;
SQL
sql --set=password="$STORE_READER_PASSWORD" <<'SQL'
alter role digitised_store nocreaterole;
select 'create role digitised_store_reader login' where not exists (select from pg_roles where rolname = 'digitised_store_reader') \gexec
alter role digitised_store_reader password :'password';
grant connect on database digitised_store to digitised_store_reader;
SQL
stop

unset LOADING_DB_PASSWORD ANSWERING_DB_PASSWORD GRANTING_DB_PASSWORD HUB_DB_PASSWORD AIRFLOW_DB_PASSWORD STORE_DB_PASSWORD STORE_READER_PASSWORD BACKUP_DB_PASSWORD
exec postgres -c "listen_addresses=${LISTEN:-*}" -c "port=$PGPORT" -c unix_socket_directories=/tmp -c max_connections=200 \
  -c wal_level=replica -c max_slot_wal_keep_size=64GB "$@"
