#!/usr/bin/env bash
# Makes the composition's passwords at its first start, and never again: random, in one file that only its owner may read,
# below var/, which git ignores. Prints the file's name. Another place: MOTLAN_SECRETS.
set -euo pipefail
umask 0077

file=${MOTLAN_SECRETS:-$(cd "$(dirname "$0")/.." && pwd)/var/docker/secrets.env}
if [ ! -s "$file" ]; then
  mkdir -p "$(dirname "$file")"
  random() { head -c 32 /dev/urandom | base64 -w0 | tr '+/' '-_'; }
  {
    echo '# Made by docker/secrets.sh. Losing it means: new passwords in both databases by hand.'
    for name in HUB_DB_PASSWORD AIRFLOW_DB_PASSWORD STORE_DB_PASSWORD REDIS_PASSWORD OPERATOR_PASSWORD AIRFLOW_SECRET_KEY AIRFLOW_JWT_SECRET; do
      echo "$name=$(random | tr -d '=')"
    done
    echo "AIRFLOW_FERNET_KEY=$(random)"
  } >"$file.part"
  mv "$file.part" "$file"
fi
echo "$file"
