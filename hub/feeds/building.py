"""Builds the next delivery of a feed: items, bytes, manifest and row, in one transaction under the feed's row lock.

A kill leaves no row, and what lies in the folder without a row is no delivery: the next build replaces it. The first
delivery, and the first after the terms changed, is a snapshot, and waits for a person (`hub feed approve`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contracts.errors import Permanent
from hub.access.grants.live import LiveGrants
from hub.access.grants.territory import Territories
from hub.core.crypto import Keys
from hub.feeds import approvals, releases, signing
from hub.feeds.choosing import Choice
from hub.feeds.declared import Feed, FeedTerms
from hub.feeds.manifest import ContractName, ManifestHead, Period, delivery_id
from hub.feeds.package import Package, write
from hub.feeds.reading import StoredItems
from hub.feeds.tables import delivery
from hub.load import outbox


class FeedNotDue(Permanent):
    """The feed is switched off, or not valid on this day: nothing is built."""


class NoDeliveries(Permanent):
    """The records of a feed are submitted one by one: nothing is built."""


@dataclass(frozen=True)
class DeliveryBuilder:
    """Builds deliveries of the feeds of one deployment."""

    engine: sa.Engine
    keys: Keys
    folder: Path
    """Deliveries: one folder a feed, one a delivery."""
    signing_keys: Path
    territories: Territories
    sender: str
    """Name of the deployment."""
    timezone: str
    now: Callable[[], datetime]

    def build(self, feed: Feed, *, snapshot: bool = False) -> str:
        """Build the next delivery and return its id; release it if a person approved these terms before.

        Raises:
            NoDeliveries: its records are submitted one by one.
            FeedNotDue: it is switched off, or not valid today.
            NotGranted: no bulk grant of today gives its columns.
            KeyNotPinned: the receiver has no key to seal for.
        """
        if feed.submitted:
            raise NoDeliveries(
                f"Feed {feed.id} has no deliveries: its records are submitted one by one",
                hint=f"hub feed send {feed.id}",
            )
        now = self.now()
        day = now.astimezone(ZoneInfo(self.timezone)).date()
        if not feed.on(day):
            raise FeedNotDue(
                f"Feed {feed.id} is not built on {day}", hint="active, valid_from and valid_to of its file"
            )
        with self.engine.begin() as connection:
            feed = under_grants_in_force(connection, feed)
            terms = feed.terms(day)
            self._lock(connection, feed)
            receiver = approvals.opening_key(connection, feed.file.receiver)
            last = _last(connection, feed.id)
            sequence = last.sequence + 1 if last is not None else 1
            kind: Literal["snapshot", "delta"] = "delta"
            if last is None or snapshot or last.terms != terms.digest:
                kind = "snapshot"
            base = sequence if kind == "snapshot" else _base(connection, feed.id)
            self._take(connection, feed, sequence, kind, base, terms, last, now)
            once = X25519PrivateKey.generate()
            head = self._head(feed, terms, sequence, kind, last, now)
            package = write(
                self.folder / feed.id,
                head,
                StoredItems(connection, feed.id, sequence, feed.dataset, feed.file.columns, now),
                receiver,
                signing.signers(self.signing_keys)[0],
                once,
            )
            _settle(
                connection, feed, sequence, package, self.keys.seal(once.private_bytes_raw(), sealed_place(head.id))
            )
            if approvals.approved(connection, feed.id, terms.digest):
                releases.release(connection, feed.id, sequence, self.keys, now)
        return head.id

    def _lock(self, connection: sa.Connection, feed: Feed) -> None:
        outbox.register_one(connection, feed.id, feed.contract.name)
        connection.execute(sa.select(outbox.feed).where(outbox.feed.c.id == feed.id).with_for_update())

    def _take(
        self,
        connection: sa.Connection,
        feed: Feed,
        sequence: int,
        kind: Literal["snapshot", "delta"],
        base: int,
        terms: FeedTerms,
        last: Any,
        now: datetime,
    ) -> None:
        """Note the delivery's row and items, and mark the batches that it takes."""
        file = feed.file
        connection.execute(
            sa.insert(delivery).values(
                feed=feed.id,
                sequence=sequence,
                kind=kind,
                receiver=file.receiver,
                terms=terms.digest,
                grants=[grant.id for grant in terms.grants],
                legal_bases=list(terms.legal_bases),
                columns=list(file.columns),
                form=file.form,
                manifest=b"",
                signature=b"",
                digest=delivery_id(feed.id, sequence),
                file="",
                content_sha256="",
                once=b"",
                built_at=now,
                valid_until=now + timedelta(days=file.valid_days),
                expires_at=now + timedelta(days=file.retention_days),
                put=0,
                deleted=0,
            )
        )
        o = outbox.outbox
        waiting = sa.update(o).where(o.c.feed == feed.id, o.c.sequence.is_(None)).values(sequence=sequence)
        batches = list(connection.scalars(waiting.returning(o.c.batch)))
        choice = Choice(connection, feed.id, feed.dataset, sequence, base)
        if kind == "snapshot":
            choice.snapshot()
        else:
            choice.delta(batches)
        choice.keep_to(terms.grants, file.columns, self.territories)
        choice.know_sizes()

    def _head(
        self, feed: Feed, terms: FeedTerms, sequence: int, kind: Literal["snapshot", "delta"], last: Any, now: datetime
    ) -> ManifestHead:
        file = feed.file
        return ManifestHead(
            feed=feed.id,
            sequence=sequence,
            kind=kind,
            sender=self.sender,
            receiver=file.receiver,
            contract=ContractName(feed.contract.name, feed.contract.version, feed.dataset.name),
            columns=file.columns,
            form=file.form,
            period=Period(None if kind == "snapshot" else last.built_at, now),
            created_at=now,
            valid_until=now + timedelta(days=file.valid_days),
            agreement=file.agreement,
            legal_basis="; ".join(terms.legal_bases),
            purpose=file.purpose,
            retention_days=file.retention_days,
            deletion=file.deletion,
            quality={"verdict": "accepted", "rules": f"contract {feed.contract.name} {feed.contract.version}"},
            previous=last.digest if last is not None else None,
        )


def _settle(connection: sa.Connection, feed: Feed, sequence: int, package: Package, once: bytes) -> None:
    d, payload = delivery.c, package.payload
    connection.execute(
        sa.update(delivery)
        .where(d.feed == feed.id, d.sequence == sequence)
        .values(
            manifest=package.manifest,
            signature=package.signature,
            digest=package.digest,
            file=payload.file,
            content_sha256=package.content_sha256,
            once=once,
            put=payload.put,
            deleted=payload.delete,
        )
    )


def _last(connection: sa.Connection, feed: str) -> Any:
    d = delivery.c
    query = sa.select(d.sequence, d.digest, d.terms, d.built_at).where(d.feed == feed)
    return connection.execute(query.order_by(d.sequence.desc()).limit(1)).first()


def _base(connection: sa.Connection, feed: str) -> int:
    d = delivery.c
    found = connection.scalar(sa.select(sa.func.max(d.sequence)).where(d.feed == feed, d.kind == "snapshot"))
    return int(found)


def under_grants_in_force(connection: sa.Connection, feed: Feed, live: LiveGrants | None = None) -> Feed:
    """The feed under the version of the grants in force, which stays so until the transaction ends.

    Under the deployment's files where no version was ever applied: they become the first one. Where a version must be
    signed, nothing is granted until one is. `live` keeps the version that it read for the next record.

    Raises:
        GrantsUnsigned, GrantsForged: the version in force is not signed as it must be.
    """
    version = (live or LiveGrants(feed.trust)).read(connection)
    return replace(feed, granted=version.grants) if version.number or feed.trust.demanded else feed


def sealed_place(delivery: str) -> bytes:
    """What the sealed key of a delivery is bound to."""
    return f"hub.delivery.once:{delivery}".encode()
