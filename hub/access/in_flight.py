"""Places of questions in work: a question counts from the moment it is let in, not only once it has its audit row.

    take    when a question is let in, under the lock of its agency (`hub/access/limits.py`)
    settle  in the transaction of its audit row: from then on the row counts in its stead
    release when no answer came of it

The place of the question that this thread works on is kept in a context variable: whoever writes the row settles it.
A place whose question ended without a word, as when its process died, is forgotten after `STALE`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Identity, Index, Table, Text, text

from hub.core.tables import Moment, metadata

in_flight = Table(
    "in_flight", metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("agency", Text, nullable=False),
    Column("at", Moment, nullable=False, server_default=text("now()")),
    Index("in_flight_agency", "agency"),
    prefixes=["UNLOGGED"],
    comment="Questions that were let in and have no audit row yet: each holds a place within its agency's limits",
)

STALE = "5 minutes"
"""No question takes longer: a statement waits for a lock a minute at most (`hub/core/database.py`), a source some seconds."""

_place: ContextVar[tuple[sa.Engine, int] | None] = ContextVar("place", default=None)


def lock(connection: sa.Connection, agency: str) -> None:
    """Wait until no other question of the agency is being let in; other agencies do not wait. Held to the end."""
    asker = {"agency": agency}
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.limits'), hashtext(:agency))"), asker)
    stale = f"delete from hub.in_flight where agency = :agency and at < now() - interval '{STALE}'"
    connection.execute(sa.text(stale), asker)


def take(connection: sa.Connection, agency: str) -> None:
    """Take a place for the question that this thread works on from now on. The agency is locked."""
    query = sa.text("insert into hub.in_flight (agency) values (:agency) returning id")
    _place.set((connection.engine, int(connection.scalar(query, {"agency": agency}) or 0)))


def settle(connection: sa.Connection) -> None:
    """Give the place back in the transaction of the audit row; nothing where there is none in this database."""
    engine, place = _place.get() or (None, 0)
    if engine is connection.engine:
        connection.execute(sa.text("select hub.settle_place(:place)"), {"place": place})
        _place.set(None)


@contextmanager
def released(engine: sa.Engine) -> Iterator[None]:
    """Around a question: gives its place back when it ends without a row."""
    try:
        yield
    finally:
        if _place.get() is not None:
            with engine.begin() as connection:
                settle(connection)
