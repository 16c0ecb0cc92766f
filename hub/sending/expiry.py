"""Retention carried out: after its term a delivery's bytes are deleted here, and a signed proof remains.

    expires_at past ──> files removed, synced ──> proof, sealed key gone, row noted      one transaction a delivery

Files go first: a kill in between leaves a delivery without bytes and without proof, and the next run finishes it. The key
that was made for the delivery goes with them, so nobody can make the same bytes again. What remains: manifest, signature,
hashes, counts, the keys and versions of what was carried (a recall needs them), and the proof. A receiver's own proof of
deletion (`verify.py delete`) is kept beside it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from hub.core.actions import HUB, Actor
from hub.core.errors import NotFound
from hub.feeds import releases, signing
from hub.feeds.declared import Feed
from hub.feeds.manifest import canonical, delivery_id
from hub.feeds.signing import FeedSigner
from hub.feeds.tables import delivery
from hub.sending.answers import DELETED, Answer
from hub.sending.tables import delivery_deletion

CITY, RECEIVER = "city", "receiver"
BY_TERM = Actor(HUB, "its retention is over")


@dataclass(frozen=True)
class Expiry:
    """Deletes what is past its retention, for the feeds of one deployment."""

    engine: sa.Engine
    folder: Path
    """Deliveries: one folder a feed, one a delivery."""
    signing_keys: Path
    sender: str
    """Name of the deployment."""
    now: datetime

    def run(self, feeds: Iterable[str] | None = None, person: Actor = BY_TERM) -> list[str]:
        """Delete every delivery whose term is over; their ids. `feeds`: of these only."""
        d = delivery.c
        due = sa.select(d.feed, d.sequence).where(d.expires_at <= self.now, d.deleted_at.is_(None))
        due = due.order_by(d.feed, d.sequence)
        chosen = due if feeds is None else due.where(d.feed.in_(list(feeds)))
        with self.engine.connect() as connection:
            waiting = connection.execute(chosen).all()
        signer = signing.signers(self.signing_keys)[0] if waiting else None
        return [self._delete(feed, sequence, signer, person) for feed, sequence in waiting if signer is not None]

    def _delete(self, feed: str, sequence: int, signer: FeedSigner, person: Actor) -> str:
        with self.engine.begin() as connection:
            row = releases.row_of(connection, feed, sequence, lock=True)
            manifest = json.loads(bytes(row.manifest))
            if row.deleted_at is None:
                found = _remove(self.folder / feed, sequence, manifest["payload"])
                body = self._proof(row, manifest, found, signer, person)
                _keep(connection, row, CITY, person.who, body, self.now)
                releases.set_(connection, row, deleted_at=self.now, once=b"")
        return str(manifest["id"])

    def _proof(
        self, row: sa.Row[Any], manifest: Mapping[str, Any], found: str, signer: FeedSigner, person: Actor
    ) -> bytes:
        said = {
            "format": DELETED,
            "delivery": manifest["id"],
            "manifest_sha256": row.digest,
            "payload_sha256": manifest["payload"]["sha256"],
            "bytes": manifest["payload"]["bytes"],
            "counts": manifest["counts"],
            "found": found,
            "sender": self.sender,
            "receiver": row.receiver,
            "who": person.who,
            "why": person.why,
            "law": manifest["legal_basis"],
            "agreement": manifest["agreement"],
            "retention_days": manifest["retention_days"],
            "expired_at": row.expires_at.isoformat(timespec="seconds"),
            "at": self.now.isoformat(timespec="seconds"),
            "key": signer.id,
        }
        signature = base64.b64encode(signer.sign(canonical(said))).decode()
        return canonical({**said, "signature": signature})


def _remove(feed_folder: Path, sequence: int, payload: Mapping[str, Any]) -> str:
    """Remove the files of a delivery, also half-made ones; what was found there: `as signed`, `altered` or `missing`."""
    folder, part = feed_folder / f"{sequence:08d}", feed_folder / f".{sequence:08d}.part"
    file = folder / payload["file"]
    found = "missing"
    if file.is_file():
        with file.open("rb") as opened:
            found = "as signed" if hashlib.file_digest(opened, "sha256").hexdigest() == payload["sha256"] else "altered"
    for each in (folder, part):
        if each.is_dir():
            shutil.rmtree(each)
    if feed_folder.is_dir():
        at = os.open(feed_folder, os.O_RDONLY)
        try:
            os.fsync(at)
        finally:
            os.close(at)
    return found


def keep_receivers(connection: sa.Connection, row: sa.Row[Any], answer: Answer, now: datetime) -> None:
    """Keep a receiver's proof that it deleted a delivery; it changes no state. The first one counts."""
    _keep(connection, row, RECEIVER, row.receiver, answer.body, now)


def _keep(connection: sa.Connection, row: sa.Row[Any], side: str, who: str, body: bytes, now: datetime) -> None:
    values = {"feed": row.feed, "sequence": row.sequence, "side": side, "who": who, "body": body, "at": now}
    connection.execute(insert(delivery_deletion).values(values).on_conflict_do_nothing())


def proofs(connection: sa.Connection, feed: Feed, sequence: int) -> list[tuple[str, dict[str, Any], bytes]]:
    """Proofs of deletion of a delivery: whose, what it says, its bytes. Raises NotFound."""
    row = releases.row_of(connection, feed.id, sequence)
    p = delivery_deletion.c
    query = sa.select(p.side, p.body).where(p.feed == feed.id, p.sequence == sequence).order_by(p.side)
    found = [(side, json.loads(bytes(body)), bytes(body)) for side, body in connection.execute(query)]
    if not found:
        raise NotFound(
            f"Delivery {delivery_id(feed.id, sequence)} was not deleted yet",
            hint=f"it is kept until {row.expires_at:%Y-%m-%d}; then hub feed expire deletes it",
        )
    return found


def standing(connection: sa.Connection, folder: Path, now: datetime) -> tuple[dict[str, int], list[str]]:
    """What lies in the folder beside what the table says: deliveries that are whole or expired, and what is broken."""
    d = delivery.c
    counted, broken = {"whole": 0, "expired": 0}, list[str]()
    for row in connection.execute(sa.select(delivery).order_by(d.feed, d.sequence)):
        payload = json.loads(bytes(row.manifest))["payload"]
        file, name = folder / row.feed / f"{row.sequence:08d}" / payload["file"], delivery_id(row.feed, row.sequence)
        if row.deleted_at is not None:
            counted["expired"] += 1
            if file.exists():
                broken.append(f"{name}: its bytes lie there, and its proof says that they were deleted")
        elif not file.is_file():
            if now < row.expires_at:
                broken.append(f"{name}: its payload is missing; hub feed rebuild {name}")
            else:
                counted["expired"] += 1  # the next run writes its proof
        else:
            with file.open("rb") as opened:
                same = hashlib.file_digest(opened, "sha256").hexdigest() == payload["sha256"]
            counted["whole"] += same
            if not same:
                broken.append(f"{name}: its payload was altered; hub feed rebuild {name}")
    return counted, broken
