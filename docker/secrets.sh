#!/usr/bin/env bash
# Makes each of the composition's passwords once: random, in one file that only its owner may read, below var/, which git
# ignores. Prints the file's name. Another place: MOTLAN_SECRETS.
set -euo pipefail
umask 0077

file=${MOTLAN_SECRETS:-$(cd "$(dirname "$0")/.." && pwd)/var/docker/secrets.env}
random() { head -c 32 /dev/urandom | base64 -w0 | tr '+/' '-_'; }

mkdir -p "$(dirname "$file")"
missing=()
for name in HUB_DB_PASSWORD LOADING_DB_PASSWORD ANSWERING_DB_PASSWORD GRANTING_DB_PASSWORD AIRFLOW_DB_PASSWORD STORE_DB_PASSWORD STORE_READER_PASSWORD BACKUP_DB_PASSWORD REDIS_PASSWORD OPERATOR_PASSWORD AIRFLOW_SECRET_KEY \
            AIRFLOW_JWT_SECRET AIRFLOW_FERNET_KEY; do
  grep -qs "^$name=" "$file" || missing+=("$name")
done
if [ "${#missing[@]}" -gt 0 ]; then  # all at the first start; later those alone that a newer version asks for
  {
    if [ -s "$file" ]; then cat "$file"; else echo '# Made by docker/secrets.sh. Losing it means: new passwords in both databases by hand.'; fi
    for name in "${missing[@]}"; do
      value=$(random)
      if [ "$name" != AIRFLOW_FERNET_KEY ]; then value=${value%=}; fi
      echo "$name=$value"
    done
  } >"$file.part"
  mv "$file.part" "$file"
fi
echo "$file"
