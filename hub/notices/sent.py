"""What was sent already: a notice goes out once, and again when its words change or it comes back after it was over."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Column, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import insert

from hub.core.tables import Moment, metadata
from hub.notices.news import NewsItem

notice = Table(
    "notice",
    metadata,
    Column("key", Text, primary_key=True),
    Column("said", LargeBinary, nullable=False, comment="SHA-256 of its words"),
    Column("at", Moment, nullable=False),
    comment="News that were sent and are still true; a row goes when its trouble is over",
)


def unsent(connection: sa.Connection, found: Sequence[NewsItem]) -> list[NewsItem]:
    """Those that are new or say something else than before. Locks: of two processes one sends."""
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.notice'))"))
    before = {row.key: bytes(row.said) for row in connection.execute(sa.select(notice))}
    return [each for each in found if before.get(each.key) != _said(each)]


def remember(connection: sa.Connection, found: Sequence[NewsItem], now: datetime) -> None:
    """Note what is true now, in the transaction that is committed after it was sent; what is over goes."""
    keys = [each.key for each in found]
    connection.execute(sa.delete(notice).where(notice.c.key.not_in(keys)))
    for each in found:
        row = insert(notice).values(key=each.key, said=_said(each), at=now)
        newer = {"said": row.excluded.said, "at": row.excluded.at}
        changed = notice.c.said != row.excluded.said
        connection.execute(row.on_conflict_do_update(index_elements=["key"], set_=newer, where=changed))


def _said(each: NewsItem) -> bytes:
    return hashlib.sha256(f"{each.vi}\n{each.en}".encode()).digest()
