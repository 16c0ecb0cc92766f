"""Slots of questions in flight: a question counts towards the limits as soon as it is admitted, before it has an audit
row.

    take      when a question is admitted, under the lock of its agency (`hub/access/limits.py`)
    settle    in the transaction of its audit row: from then on the row counts instead
    released  around a question: frees the slot if the question ended without a row

A context variable holds the slot of this thread's question, and the writer of the audit row settles it. A slot
whose process died is deleted after `STALE`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Identity, Index, Table, Text, text

from hub.core.tables import Moment, metadata

in_flight = Table(
    "in_flight",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("agency", Text, nullable=False),
    Column("officer", Text, nullable=False, server_default=""),
    Column("at", Moment, nullable=False, server_default=text("now()")),
    Index("in_flight_agency", "agency"),
    prefixes=["UNLOGGED"],
    comment="Questions that were let in and have no audit row yet: each holds a place within its agency's limits",
)

STALE = "5 minutes"
"""Longer than any question: a statement waits at most a minute for a lock (`hub/core/database.py`), a source call some
seconds."""

_place: ContextVar[tuple[sa.Engine, int] | None] = ContextVar("place", default=None)


def lock(connection: sa.Connection, agency: str) -> None:
    """Lock the agency until the transaction ends, so that its questions are admitted one by one; other agencies do not
    wait.
    """
    asker = {"agency": agency}
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.limits'), hashtext(:agency))"), asker)
    stale = f"delete from hub.in_flight where agency = :agency and at < now() - interval '{STALE}'"
    connection.execute(sa.text(stale), asker)


def take(connection: sa.Connection, agency: str, officer: str) -> None:
    """Take a slot for the question of this thread. The caller holds the agency's lock."""
    query = sa.text("insert into hub.in_flight (agency, officer) values (:agency, :officer) returning id")
    _place.set((connection.engine, int(connection.scalar(query, {"agency": agency, "officer": officer}) or 0)))


def settle(connection: sa.Connection) -> None:
    """Free the slot in the transaction of the audit row. Without a slot in this database, nothing happens."""
    engine, place = _place.get() or (None, 0)
    if engine is connection.engine:
        connection.execute(sa.text("select hub.settle_place(:place)"), {"place": place})
        _place.set(None)


@contextmanager
def released(engine: sa.Engine) -> Iterator[None]:
    """Around a question: frees its slot if it ends without an audit row."""
    try:
        yield
    finally:
        if _place.get() is not None:
            with engine.begin() as connection:
                settle(connection)
