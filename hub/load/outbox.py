"""The outbox: which batches changed what a feed carries; one row a batch and feed, in the transaction of the merge.

A row says only that a batch is waiting to be delivered. What is in a delivery is derived from the warehouse and its
history when it is built (`hub/feeds/`). A batch that changed nothing has no row. No order of commits can lose one: a
delivery takes the rows that are there, not those up to a number.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import insert

from hub.core.tables import Moment, metadata

feed = Table(
    "feed",
    metadata,
    Column("id", Text, primary_key=True, comment="name of its file in feeds/"),
    Column("contract", Text, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true"), comment="whether batches are noted for it"),
    comment="Feeds of the deployment, written when a loading process starts: what the merge notes batches for",
)
outbox = Table(
    "outbox",
    metadata,
    Column("feed", Text, ForeignKey("hub.feed.id"), primary_key=True),
    Column("batch", BigInteger, ForeignKey("hub.batch.serial"), primary_key=True),
    Column("at", Moment, nullable=False, comment="when the batch was merged"),
    Column("sequence", BigInteger, comment="the delivery that took it; null: waits"),
    comment="Batches that changed what a feed carries; one row a batch and feed, written by the merge",
)
Index("outbox_waiting", outbox.c.feed, outbox.c.batch, postgresql_where=outbox.c.sequence.is_(None))

_NOTE = sa.text(
    "insert into hub.outbox (feed, batch, at) select id, :serial, :now from hub.feed where contract = :contract and active"
)


def note(connection: sa.Connection, contract: str, serial: int, now: object) -> None:
    """Note a merged batch for every feed of its contract."""
    connection.execute(_NOTE, {"contract": contract, "serial": serial, "now": now})


def register(connection: sa.Connection, feeds: Mapping[str, str]) -> None:
    """Bring the table of feeds to the deployment's files: active feed -> contract.

    A feed that is no longer there gets no more batches; its deliveries stay.
    """
    there = {row.id: (row.contract, row.active) for row in connection.execute(sa.select(feed))}
    wanted = {name: (contract, True) for name, contract in feeds.items()}
    gone = {name: (contract, False) for name, (contract, _) in there.items() if name not in feeds}
    for name, (contract, active) in {**wanted, **gone}.items():
        if there.get(name) != (contract, active):
            row = insert(feed).values(id=name, contract=contract, active=active)
            changed = {"contract": row.excluded.contract, "active": row.excluded.active}
            connection.execute(row.on_conflict_do_update(index_elements=["id"], set_=changed))


def register_one(connection: sa.Connection, name: str, contract: str) -> None:
    """Make sure that a feed has its row."""
    row = insert(feed).values(id=name, contract=contract, active=True)
    connection.execute(row.on_conflict_do_nothing())
