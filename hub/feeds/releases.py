"""Deliveries after they were built: released, sent, acknowledged, refused; each release is an audit row.

released = acknowledged + refused + waiting + unknown, for every delivery at every moment: a CHECK of the table.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.access import audit
from hub.access.audit import AuditEntry
from hub.access.inquiry import Inquiry
from hub.core.actions import HUB
from hub.core.crypto import Keys
from hub.core.errors import NotFound
from hub.feeds.tables import delivery


def row_of(connection: sa.Connection, feed: str, sequence: int, *, lock: bool = False) -> sa.Row[Any]:
    """One delivery. Raises NotFound."""
    d = delivery.c
    query = sa.select(delivery).where(d.feed == feed, d.sequence == sequence)
    found = connection.execute(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound(f"No delivery {sequence} of {feed}", hint=f"hub feed show {feed} lists them")
    return found


def release(connection: sa.Connection, feed: str, sequence: int, keys: Keys, now: datetime) -> None:
    """Let a built delivery leave, with its audit row; one that was released before stays as it is."""
    row = row_of(connection, feed, sequence, lock=True)
    if row.state != "built":
        return
    count = row.put + row.deleted
    set_(connection, row, state="released", released=count, waiting=count)
    note(connection, row, keys, now, who=HUB)


def release_waiting(connection: sa.Connection, feed: str, terms: str, keys: Keys, now: datetime) -> list[int]:
    """Release every delivery that waits for a person under these terms; their numbers."""
    d = delivery.c
    query = sa.select(d.sequence).where(d.feed == feed, d.terms == terms, d.state == "built").order_by(d.sequence)
    waiting = list(connection.scalars(query))
    for sequence in waiting:
        release(connection, feed, sequence, keys, now)
    return waiting


def note(
    connection: sa.Connection, row: sa.Row[Any], keys: Keys, now: datetime, *, who: str, what: str = "delivery"
) -> None:
    """Write the audit row of a delivery that is released (`delivery`) or handed over (`sending`): to whom, under which
    grants and laws, which fields; no value."""
    manifest = json.loads(bytes(row.manifest))
    dataset = manifest["contract"]["dataset"]
    inquiry = Inquiry(row.receiver, who, manifest["purpose"], manifest["id"], door="feed")
    audit.write(
        connection,
        AuditEntry(inquiry, what),
        keys,
        now,
        outcome="answered",
        answer={"manifest": row.digest},
        datasets=[dataset],
        fields=[f"{dataset}.{name}" for name in row.columns],
        grants=row.grants,
        legal_bases=row.legal_bases,
    )


def set_(connection: sa.Connection, row: sa.Row[Any], **values: object) -> None:
    """Set columns of a delivery: its state, its counts."""
    d = delivery.c
    connection.execute(sa.update(delivery).where(d.feed == row.feed, d.sequence == row.sequence).values(**values))
