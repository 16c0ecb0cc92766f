#!/usr/bin/env bash
# Builds the images, brings the composition up, syncs every system through two Celery workers, kills one of them in the middle,
# compares the warehouse with that of a plain run in one process, and takes everything down again.
#
# Needs podman with podman-compose, or docker with its compose plugin; without any it says so and exits 69.
#
#     IMAGE_BUILD_ARGS   more words for the build: a certificate, a package index of the house (never written into a file)
#     RECORDS, DOSSIERS  size of the city (4000, 60)
#     KEEP=1             leaves everything up, to look at
set -euo pipefail
cd "$(dirname "$0")/.."

readonly UNAVAILABLE=69 PROJECT="motlan-proof-$$"
readonly BASE=docker.io/library/debian:bookworm-slim
declare -a MISSING=()

say() { printf '\n== %s (%d s)\n' "$1" "$SECONDS"; }

# -- the engine ----------------------------------------------------------------------------------------------------------

if command -v podman >/dev/null && command -v podman-compose >/dev/null; then
  ENGINE=podman COMPOSE=(podman-compose)
elif command -v docker >/dev/null && docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; then
  ENGINE=docker COMPOSE=(docker compose --profile twins)
else
  command -v podman >/dev/null || MISSING+=("podman is not installed")
  command -v podman-compose >/dev/null || MISSING+=("podman-compose is not installed")
  command -v docker >/dev/null && MISSING+=("docker is installed, but its engine or its compose plugin does not answer")
  printf 'image-proof: no container engine, so nothing was proved\n' >&2
  printf '  %s\n' "${MISSING[@]}" >&2
  printf '  on Debian 12: apt-get install podman podman-compose runc debootstrap golang-github-containernetworking-plugin-dnsname\n' >&2
  exit $UNAVAILABLE
fi

# Without systemd podman cannot keep the clock of health checks: they are then asked for here, by hand.
[ "$ENGINE" = podman ] && [ ! -d /run/systemd/system ] && export DISABLE_HC_SYSTEMD=true

# -- what is ours, and its end -------------------------------------------------------------------------------------------

STATE=$(mktemp -d)
export MOTLAN_SECRETS="$STATE/secrets.env"
export MOTLAN_RECORDS=${RECORDS:-4000} MOTLAN_DOSSIERS=${DOSSIERS:-60}
MOTLAN_PORT=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
export MOTLAN_PORT
# A dead worker is missed within seconds, not minutes: the proof must not take an hour.
export MOTLAN_HEARTBEAT_S=5 MOTLAN_LOST_AFTER_S=45 MOTLAN_QUEUED_AFTER_S=120 MOTLAN_CHECK_EVERY_S=10 MOTLAN_VISIBLE_AFTER_S=600

# Secrets travel by the environment of this one command: podman-compose of Debian 12 knows neither --env-file nor profiles.
compose() (
  set -a
  # shellcheck disable=SC1090 # made by docker/secrets.sh
  . "$MOTLAN_SECRETS"
  "${COMPOSE[@]}" -p "$PROJECT" -f docker/compose.yaml "$@"
)

id_of() {
  "$ENGINE" ps --all --quiet --filter "label=com.docker.compose.project=$PROJECT" --filter "label=com.docker.compose.service=$1"
}

inside() { # a command in the API server's container, which has the environment of all
  "$ENGINE" exec "$(id_of api-server)" "$@"
}

take_down() {
  code=$?
  trap - EXIT
  if [ $code -ne 0 ]; then
    for service in migrate api-server scheduler dag-processor worker-1 worker-2 twins api backup postgres redis; do
      id=$(id_of "$service" || true)
      [ -z "$id" ] && continue
      printf '\n-- last words of %s\n' "$service"
      "$ENGINE" logs --tail 15 "$id" 2>&1 | cut -c1-400 || true
    done
  fi
  if [ -z "${KEEP:-}" ]; then
    say "take all down"
    for id in $("$ENGINE" ps --all --quiet --filter "label=com.docker.compose.project=$PROJECT"); do
      "$ENGINE" rm --force --volumes "$id" >/dev/null || true
    done
    if [ "$ENGINE" = podman ]; then podman pod rm --force "pod_$PROJECT" >/dev/null 2>&1 || true; fi
    for volume in state database backups; do "$ENGINE" volume rm --force "${PROJECT}_$volume" >/dev/null || true; done
    "$ENGINE" network rm "${PROJECT}_default" >/dev/null || true
    rm -rf "$STATE"
    left=$("$ENGINE" ps --all --filter "label=com.docker.compose.project=$PROJECT" --format '{{.Names}}'; "$ENGINE" volume ls --format '{{.Name}}' | grep "^$PROJECT" || true
           "$ENGINE" network ls --format '{{.Name}}' | grep "^$PROJECT" || true)
    if [ -n "$left" ]; then
      printf 'left behind: %s\n' "$left" >&2
      [ $code -ne 0 ] || code=1
    fi
  fi
  if [ $code -eq 0 ]; then say "image-proof passed"; else say "image-proof FAILED, exit $code"; fi
  exit $code
}
trap take_down EXIT
trap 'exit 130' INT TERM

await() { # service, seconds
  local until=$((SECONDS + $2)) id
  while :; do
    id=$(id_of "$1")
    if [ -n "$id" ]; then
      if [ "$ENGINE" = podman ]; then
        podman healthcheck run "$id" >/dev/null 2>&1 && break
      else
        [ "$(docker inspect --format '{{.State.Health.Status}}' "$id")" = healthy ] && break
      fi
    fi
    if [ $SECONDS -ge $until ]; then
      echo "$1 is not healthy after $2 s" >&2
      exit 1
    fi
    sleep 2
  done
  echo "$1 is healthy"
}

# -- 1. images -----------------------------------------------------------------------------------------------------------

say "build with $ENGINE"
pull=()
if [ "$ENGINE" = podman ]; then
  if ! podman image exists "$BASE" && ! podman pull --quiet "$BASE" >/dev/null 2>&1; then
    # No registry of images is reachable: Debian's own packages make the same base.
    command -v debootstrap >/dev/null || { echo "image-proof: $BASE cannot be pulled, and debootstrap is not installed" >&2; exit $UNAVAILABLE; }
    mirror=$(grep -rhoPs '^(URIs:|deb(-src)?( \[[^]]*\])?)\s+\K\S+' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list | head -n1 || true)
    [ -n "$mirror" ] || { echo "image-proof: no Debian mirror in /etc/apt/sources.list.d/debian.sources or /etc/apt/sources.list" >&2; exit $UNAVAILABLE; }
    debootstrap --variant=minbase bookworm "$STATE/root" "$mirror" >/dev/null
    tar -C "$STATE/root" -c . | podman import --quiet - "$BASE" >/dev/null
    rm -rf "$STATE/root"
  fi
  pull=(--pull=never --layers)
fi
read -ra more <<<"${IMAGE_BUILD_ARGS:-}"
for image in postgres:15 redis:7 hub:latest; do
  "$ENGINE" build "${pull[@]}" "${more[@]}" --file docker/Dockerfile --target "${image%%:*}" --tag "localhost/motlan/$image" . >"$STATE/build.log" 2>&1 \
    || { tail -n 30 "$STATE/build.log"; exit 1; }
  echo "localhost/motlan/$image  $("$ENGINE" image inspect --format '{{.Size}}' "localhost/motlan/$image" | awk '{printf "%.0f MB", $1 / 1e6}')"
done

# -- 2. up ---------------------------------------------------------------------------------------------------------------

say "bring up"
bash docker/secrets.sh >/dev/null
up() { compose up -d --no-build "$@" >>"$STATE/up.log" 2>&1 || { tail -n 20 "$STATE/up.log"; exit 1; }; }
up postgres redis
await postgres 60
await redis 60
inside_psql() { "$ENGINE" exec "$(id_of postgres)" psql -h /tmp -At "$@"; }
inside_psql -c 'select version()' | cut -d'(' -f1
up migrate
[ "$("$ENGINE" wait "$(id_of migrate)")" = 0 ] || { echo "migrate failed" >&2; exit 1; }
up twins api-server scheduler dag-processor worker-1 worker-2
for service in api-server scheduler dag-processor twins worker-1 worker-2; do await "$service" 180; done

# -- 3. one sync, one worker lost -------------------------------------------------------------------------------------------

say "sync $MOTLAN_RECORDS registrations and 22 x $MOTLAN_DOSSIERS dossiers through two workers"
inside python docker/sync.py start proof
inside python docker/sync.py until proof worker-1
"$ENGINE" kill --signal KILL "$(id_of worker-1)" >/dev/null
say "worker-1 killed; worker-2 goes on"
inside python docker/sync.py finish proof worker-1
inside hub doctor
inside hub digest --json >"$STATE/celery.json"

# -- 4. the same without Airflow, in one process -------------------------------------------------------------------------------

say "plain run: one process, an embedded database of its own, the same key"
for service in worker-2 scheduler dag-processor twins; do "$ENGINE" stop --time 20 "$(id_of "$service")" >/dev/null; done
"$ENGINE" run --rm --volume "${PROJECT}_state:/var/lib/motlan:ro" --env HUB_HOME=/tmp/plain --env HUB_KEY_FILE=/var/lib/motlan/keys.json \
  --env HUB_RECORDS="$MOTLAN_RECORDS" --env HUB_DOSSIERS="$MOTLAN_DOSSIERS" --env HUB_PORT_BASE="${PLAIN_PORT_BASE:-28800}" \
  localhost/motlan/hub:latest bash -c 'hub run --once --no-airflow --no-show >&2 && hub digest --json' >"$STATE/plain.json" 2>"$STATE/plain.log" \
  || { tail -n 30 "$STATE/plain.log"; exit 1; }
grep -E 'records of .* streams' "$STATE/plain.log" || true

say "compare"
python3 - "$STATE/celery.json" "$STATE/plain.json" <<'PY'
import json
import sys

celery, plain = ({each["table"]: each for each in json.load(open(name, encoding="utf-8"))} for name in sys.argv[1:])
print(f"{'table':<32}{'two workers':>12}{'plain':>8}  digest (two workers = plain)")
different = [name for name in sorted(celery.keys() | plain.keys()) if celery.get(name) != plain.get(name)]
for name in sorted(celery, key=lambda n: (n.split(".")[0] != "warehouse", n)):
    one, other = celery[name], plain.get(name, {"rows": 0, "digest": "none"})
    sign = "=" if one == other else "DIFFERS FROM"
    print(f"{name:<32}{one['rows']:>12,}{other['rows']:>8,}  {one['digest'][:16]} {sign} {other['digest'][:16]}")
if different or not sum(each["rows"] for each in celery.values()):
    sys.exit(f"different: {', '.join(different) or 'both are empty'}")
PY
