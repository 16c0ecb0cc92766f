#!/usr/bin/env bash
# The entry point of the Redis image: nobody without REDIS_PASSWORD; listens on LISTEN:PORT. The password reaches the
# server by standard input, so that no list of processes shows it.
set -euo pipefail

: "${REDIS_PASSWORD:?}"
settings="requirepass $REDIS_PASSWORD
bind ${LISTEN:-*}
port ${PORT:-6379}
dir /tmp
save \"\"
maxmemory-policy noeviction"
unset REDIS_PASSWORD
exec redis-server - <<<"$settings"
