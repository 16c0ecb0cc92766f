"""A new master key while everything runs, and the end of the old one.

    rotate    a new key seals what is new from now on; the older ones go on opening
    reseal    what is there is sealed again in the background (`resealing.py`)
    retire    a last walk finds nothing of an older key; then those leave the key file

Every process looks at the key file once a second. What a process has sealed with the old key may be committed later: so
an older key is retired an hour after the rotation at the earliest, and never while a transaction runs that began before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contracts.errors import Transient
from hub.app import Hub
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.core.key_ring import KeyRing
from hub.operations.master_key.resealing import Progress, reseal
from hub.operations.master_key.sealing_keys import resealing, sealing_key

GRACE = timedelta(hours=1)
WALKS = 5


class KeyStillNeeded(Transient):
    """Something is, or may yet be, sealed with an older key."""


@dataclass(frozen=True)
class Retired:
    """What became of older keys."""

    names: tuple[str, ...]
    kept_in: Path


def rotate(hub: Hub, person: Actor, now: datetime | None = None) -> str:
    """Make a new key that seals from now on, and return its name.

    Raises:
        KeyStillNeeded: an older key is not retired yet: one rotation after the other.
    """
    file = hub.key_file
    with hub.engine.begin() as connection:
        connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.keys'))"))
        ring = KeyRing.read(file)
        if ring.older:
            raise KeyStillNeeded(
                f"Key {ring.older[0]} is still in use beside {ring.current}",
                hint="hub keys reseal, then hub keys retire",
            )
        new = ring.rotated()
        connection.execute(
            sa.insert(sealing_key).values(
                name=new.current, since=now or datetime.now(UTC), made_by=person.who, because=person.why
            )
        )
        new.write(
            file
        )  # the row is committed after it: a kill in between leaves a key of which nobody says who made it
    hub.keys.look()
    return new.current


def retire(hub: Hub, progress: Progress = lambda place, done: None, *, grace: timedelta = GRACE) -> Retired:
    """Walk until nothing of an older key is found, then take the older keys out of the key file.

    They are kept in a file beside it: backups of their time need them. Whoever needs none destroys that file.

    Raises:
        NotFound: there is no older key.
        KeyStillNeeded: the rotation was less than `grace` ago, a transaction began before it, or walks still find some.
        SealBroken: a value opens with no key at all.
    """
    file = hub.key_file
    ring = KeyRing.read(file)
    if not ring.older:
        raise NotFound(f"Key {ring.current} is the only one", hint="hub keys rotate makes a new one")
    _require_age(hub, ring.current, grace)
    for _ in range(WALKS):
        with hub.engine.begin() as connection:
            connection.execute(sa.update(resealing).where(resealing.c.key == ring.current).values(position=None))
        if not reseal(hub, progress, patient=True):
            break
    else:
        raise KeyStillNeeded(
            f"After {WALKS} walks something was still sealed with an older key",
            hint="a process uses a key file of its own: HUB_KEY_FILE must be one for all",
        )
    kept = file.with_name(f"{file.stem}.retired-{ring.older[-1]}.json")
    ring.keep_older(kept)
    ring.retired().write(file)
    hub.keys.look()
    with hub.engine.begin() as connection:
        changed = sa.update(sealing_key).where(sealing_key.c.name == ring.current)
        connection.execute(changed.values(alone_since=datetime.now(UTC)))
    return Retired(ring.older, kept)


def status(hub: Hub) -> list[dict[str, Any]]:
    """Each key of the file: since when, by whom, and how much was sealed again with it."""
    ring = KeyRing.read(hub.key_file)
    query = sa.text("""
        select k.name, k.since, k.made_by, k.because, sum(r.resealed) as resealed,
               string_agg(r.place, ', ' order by r.place) filter (where r.position is not null) as stands_in
        from hub.sealing_key k left join hub.resealing r on r.key = k.name group by k.name""")
    with hub.engine.connect() as connection:
        known = {row["name"]: dict(row) for row in connection.execute(query).mappings()}
    return [
        {
            "key": name,
            "use": "seals and opens" if name == ring.current else "opens",
            "since": (row := known.get(name, {})).get("since"),
            "made_by": row.get("made_by"),
            "because": row.get("because"),
            "sealed_again": int(row.get("resealed") or 0),
            "walk_stands_in": row.get("stands_in"),
        }
        for name in ring.sealing
    ]


def _require_age(hub: Hub, name: str, grace: timedelta) -> None:
    with hub.engine.connect() as connection:
        since = connection.scalar(sa.select(sealing_key.c.since).where(sealing_key.c.name == name))
        older = connection.scalar(
            sa.text("""
            select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
              and xact_start < cast(:since as timestamptz)"""),
            {"since": since},
        )
    if since is None or datetime.now(UTC) - since < grace:
        raise KeyStillNeeded(
            f"Key {name} seals for less than {grace}: a process may hold what it has sealed with the older one",
            hint="hub keys retire, later",
        )
    if older:
        raise KeyStillNeeded(f"{older} transactions began before the rotation", hint="hub keys retire, when they ended")
