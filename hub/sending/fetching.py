"""The inbox that a receiver fetches: its deliveries since a position, each whole, and its signed word about each.

Only the receiver of a feed sees that the feed is there, for the feed's purpose, while bulk grants of the day give what a
delivery carries; to everybody else it is missing. Each question is an audit row (`sending`), answered or denied.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contracts.errors import Permanent
from hub.access import audit
from hub.access.audit import AuditEntry
from hub.access.inquiry import Inquiry
from hub.core.crypto import Keys
from hub.core.errors import NotFound, NotGranted
from hub.feeds import approvals, releases
from hub.feeds.building import under_grants_in_force
from hub.feeds.declared import Feed
from hub.feeds.manifest import delivery_id
from hub.feeds.rebuilding import DeliveryExpired
from hub.feeds.tables import delivery
from hub.sending import settling
from hub.sending.answers import read
from hub.sending.sender import parcel_of, require_grants

FETCHED = "inbox"
"""Name of the inbox in the log of sendings."""
MOST = 100
"""Deliveries that one question lists."""


@dataclass(frozen=True)
class ListedDelivery:
    """One delivery in a list."""

    id: str
    sequence: int
    kind: str
    state: str
    manifest_sha256: str
    bytes: int
    put: int
    deleted: int
    built_at: datetime
    valid_until: datetime
    expires_at: datetime


@dataclass(frozen=True)
class FeedPosition:
    """What a feed has behind a position, and where a receiver that holds nothing begins."""

    feed: str
    snapshot: int | None
    """Number of the newest snapshot that may be fetched: a chain may begin there."""
    last: int
    """Number of the newest delivery that may be fetched; 0: none."""
    deliveries: tuple[ListedDelivery, ...]


@dataclass(frozen=True)
class FetchedDelivery:
    """A delivery as its receiver gets it."""

    id: str
    small: tuple[tuple[str, bytes], ...]
    payload: Path
    bytes: int


@dataclass(frozen=True)
class FeedInbox:
    """Serves the deliveries of the feeds of one deployment to their receivers."""

    engine: sa.Engine
    keys: Keys
    folder: Path
    feeds: Mapping[str, Feed]
    local_day: Callable[[datetime], date]
    now: Callable[[], datetime]

    def since(self, inquiry: Inquiry, feed: str, after: int) -> FeedPosition:
        """Deliveries of a feed behind a position, oldest first, at most `MOST`. Raises NotFound, NotGranted."""
        with self._asked(inquiry, feed) as connection:
            declared = self._feed(inquiry, feed)
            under_grants_in_force(connection, declared).terms(self.local_day(self.now()))
            d = delivery.c
            mine = (d.feed == declared.id, d.state != "built", d.receiver == inquiry.agency)
            last, snapshot = connection.execute(
                sa.select(sa.func.max(d.sequence), sa.func.max(d.sequence).filter(d.kind == "snapshot")).where(
                    *mine, d.expires_at > self.now()
                )
            ).one()
            query = sa.select(delivery).where(*mine, d.sequence > after).order_by(d.sequence).limit(MOST)
            rows = connection.execute(query).all()
            self._note(connection, inquiry.about(feed), declared, "answered")
        return FeedPosition(declared.id, snapshot, last or 0, tuple(_entry_of(row) for row in rows))

    def fetch(self, inquiry: Inquiry, id: str) -> FetchedDelivery:
        """A delivery, of which its receiver may now have every byte.

        Raises:
            NotFound: no delivery of this asker, or not granted today.
            DeliveryExpired: its retention is over, or it was deleted here; its hash and counts remain.
            ParcelMissing: its payload is not there.
        """
        with self._asked(inquiry, id) as connection:
            declared, row = self._delivery(connection, inquiry, id)
            now = self.now()
            if now >= row.expires_at or row.deleted_at is not None:
                raise DeliveryExpired(
                    f"Delivery {id} expired on {row.expires_at:%Y-%m-%d}: hash and counts remain",
                    hint="fetch the newest snapshot, and what came behind it",
                )
            parcel = parcel_of(self.folder, row)
            parcel.tar()
            if row.state == "released":
                releases.set_(connection, row, state="sent")
            settling.log(connection, row, "taken", FETCHED, now)
            self._note(connection, inquiry.about(id), declared, "answered", row)
        return FetchedDelivery(id, parcel.small, parcel.payload, parcel.bytes)

    def verdict(self, inquiry: Inquiry, id: str) -> dict[str, Any]:
        """What the city says about a delivery: its quality verdict, counts, hash and state; after its retention too."""
        with self._asked(inquiry, id) as connection:
            declared, row = self._delivery(connection, inquiry, id)
            self._note(connection, inquiry.about(id), declared, "answered", row)
        manifest = json.loads(bytes(row.manifest))
        return {"quality": manifest["quality"], **vars(_entry_of(row))}

    def answer(self, inquiry: Inquiry, id: str, body: bytes) -> str:
        """Keep what the receiver signed about a delivery; the state that this makes.

        Raises:
            NotFound: as `fetch`.
            AnswerUnfit: it is not the receiver's word about this delivery.
        """
        with self._asked(inquiry, id) as connection:
            declared, row = self._delivery(connection, inquiry, id, lock=True)
            pinned = approvals.signing_keys(connection, row.receiver)
            answer = read(body, settling.expected_of(row), pinned)
            state = settling.take(connection, row, answer, FETCHED, self.now())
            self._note(connection, inquiry.about(id), declared, "answered", row)
        return state

    @contextmanager
    def _asked(self, inquiry: Inquiry, about: str) -> Iterator[sa.Connection]:
        """The transaction of a question: rolled back by an error, which then has an audit row of its own."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except Permanent as error:
            outcome = getattr(error, "outcome", "nothing")
            with self.engine.begin() as connection:
                entry = AuditEntry(inquiry.about(about), "sending")
                audit.write(connection, entry, self.keys, self.now(), outcome=outcome, missed=False)
            raise

    def _feed(self, inquiry: Inquiry, name: str) -> Feed:
        feed = self.feeds.get(name)
        if feed is None:
            raise NotFound("No such feed")
        file = feed.file
        law = inquiry.legal_basis.partition("@")[0]
        if (file.receiver, file.purpose) != (inquiry.agency, inquiry.purpose) or law not in ("", file.legal_basis):
            raise NotGranted("No such feed")
        if not feed.on(self.local_day(self.now())):
            raise NotGranted("No such feed")
        return feed

    def _delivery(
        self, connection: sa.Connection, inquiry: Inquiry, id: str, *, lock: bool = False
    ) -> tuple[Feed, sa.Row[Any]]:
        name, _, number = id.rpartition("-")
        feed = self._feed(inquiry, name)
        if not number.isascii() or not number.isdigit() or id != delivery_id(name, int(number)):
            raise NotFound("No such delivery")
        row = releases.row_of(connection, name, int(number), lock=lock)
        if row.state == "built":
            raise NotFound("No such delivery")
        require_grants(under_grants_in_force(connection, feed), row, self.local_day(self.now()))
        return feed, row

    def _note(
        self, connection: sa.Connection, inquiry: Inquiry, feed: Feed, outcome: str, row: sa.Row[Any] | None = None
    ) -> None:
        name = feed.dataset.name
        audit.write(
            connection,
            AuditEntry(inquiry, "sending"),
            self.keys,
            self.now(),
            outcome=outcome,
            answer={"manifest": row.digest} if row is not None else None,
            datasets=[name],
            fields=[f"{name}.{column}" for column in row.columns] if row is not None else [],
            grants=row.grants if row is not None else [],
            legal_bases=row.legal_bases if row is not None else [],
        )


def _entry_of(row: sa.Row[Any]) -> ListedDelivery:
    manifest = json.loads(bytes(row.manifest))
    return ListedDelivery(
        manifest["id"],
        row.sequence,
        row.kind,
        row.state,
        row.digest,
        manifest["payload"]["bytes"],
        row.put,
        row.deleted,
        row.built_at,
        row.valid_until,
        row.expires_at,
    )
