"""Sixty days of all shipped feeds, made again from history: every delivery byte for byte; after its retention, expired.

    python -m proofs.rebuild [--days 60] [--changes 40] [--seed 1]

A city of twins is read. Each simulated day records change at the registry, the streams of the feeds are read,
and each shipped feed builds its delivery. Then the folder of deliveries is taken away, and each delivery is made again
from the history of the database. Writes proofs/rebuild.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.loaders import free_port
from hub.app import Hub
from hub.core import events
from hub.core.actions import Actor
from hub.feeds import approvals, releases
from hub.feeds.building import under_grants_in_force
from hub.feeds.rebuilding import DeliveryExpired, rebuild
from hub.feeds.releases import row_of
from hub.terminal import show_one
from proofs.departures import Differs
from proofs.reform import HCMC, Played, played

RESULTS = Path(__file__).parent / "rebuild.json"
START = datetime.fromisoformat("2022-06-02T08:00:00+07:00")
PERSON = Actor("Minh", "sixty days")


def main() -> None:
    """Sixty days, then again; print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m proofs.rebuild", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--changes", type=int, default=40, help="records that change each day")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        size = {"records": 1_000, "dossiers": 10}
        with played(Path(name) / "home", "rebuild", START, HCMC, free_port(), size) as city:
            found = _proved(city, asked.days, asked.changes, asked.seed)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    show_one(found, as_json=False)


def _proved(city: Played, days: int, changes: int, seed: int) -> dict[str, Any]:
    hub, start = city.hub, city.night.now()
    _approve(hub, start)
    put = deleted = 0
    for day in range(days):
        if day:
            city.reach(start + timedelta(days=day))
            city.twins.control("POST", "change", {"system": "moj-registry", "count": changes, "seed": seed + day})
        for name in sorted({feed.contract.name for feed in hub.feeds.values()}):
            hub.exchange(f"moj-registry.{name}", on_event=events.ignore).sync()
        for feed in hub.feeds.values():
            made = hub.delivery_builder().build(feed)
            with hub.engine.connect() as connection:
                row = row_of(connection, feed.id, int(made[-8:]))
            put, deleted = put + row.put, deleted + row.deleted
    folder = hub.delivery_builder().folder
    sent = dict(_digests(folder))
    away = folder.rename(folder.with_name("as-sent"))
    end, began, same, made_again = start + timedelta(days=days), time.monotonic(), 0, 0
    for feed in hub.feeds.values():
        for sequence in range(1, days + 1):
            same += rebuild(hub.engine, hub.keys, folder, feed, sequence, end).same_bytes
            made_again += 1
    seconds = time.monotonic() - began
    if dict(_digests(folder)) != sent or same != made_again:
        raise Differs(f"{made_again - same} of {made_again} deliveries differ from what was sent in {away.name}")
    expired = _expired(hub, start + timedelta(days=days + 400))
    return {
        "days": days,
        "feeds": list(hub.feeds),
        "deliveries": made_again,
        "same_bytes": same,
        "files": len(sent),
        "records_put": put,
        "records_deleted": deleted,
        "rebuilding_s": round(seconds, 1),
        "expired_after_retention": expired,
    }


def _approve(hub: Hub, now: datetime) -> None:
    opening = X25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    hub.publish_feeds()
    with hub.engine.begin() as connection:
        for receiver in sorted({feed.file.receiver for feed in hub.feeds.values()}):
            approvals.pin(connection, receiver, opening, PERSON, now)
        for feed in hub.feeds.values():
            terms = under_grants_in_force(connection, feed).terms(hub.deployment.local_day(now)).digest
            approvals.approve(connection, feed.id, terms, PERSON, now)
            releases.release_waiting(connection, feed.id, terms, hub.keys, now)


def _expired(hub: Hub, later: datetime) -> int:
    """How many first deliveries answer that they are expired, and leave what lies there alone."""
    found = 0
    for feed in hub.feeds.values():
        try:
            rebuild(hub.engine, hub.keys, hub.delivery_builder().folder, feed, 1, later)
        except DeliveryExpired:
            found += 1
    if found != len(hub.feeds):
        raise Differs("a delivery was made again after its retention")
    return found


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
