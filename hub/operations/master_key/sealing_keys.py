"""Which keys seal since when, and how far sealing again has come: the tables `hub.sealing_key` and `hub.resealing`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, insert

from hub.core.tables import Moment, metadata

sealing_key = Table(
    "sealing_key",
    metadata,
    Column("name", Text, primary_key=True, comment="it tells nothing about the key"),
    Column("since", Moment, nullable=False, comment="when it began to seal what is new"),
    Column("made_by", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("alone_since", Moment, comment="when nothing needed an older key any more, and those left the key file"),
    comment="Keys that seal, one after the other",
)

resealing = Table(
    "resealing",
    metadata,
    Column("key", Text, primary_key=True, comment="name of the key with which is sealed again"),
    Column("place", Text, primary_key=True, comment="a table, or the landing"),
    Column(
        "position", JSONB(none_as_null=True), comment="key of the last row looked at; none: the walk came to its end"
    ),
    Column("resealed", BigInteger, nullable=False, comment="values sealed again until now"),
    Column("looked_at", Moment, nullable=False),
    comment="How far sealing again has come",
)


def position(connection: sa.Connection, key: str, place: str) -> Sequence[str] | None:
    """Where the last walk stopped; None: at the beginning, or it came to its end."""
    found: Sequence[str] | None = connection.scalar(
        sa.select(resealing.c.position).where(resealing.c.key == key, resealing.c.place == place)
    )
    return found


def keep(
    connection: sa.Connection, key: str, place: str, position: Sequence[str] | None, more: int, now: datetime
) -> None:
    """Keep where a walk is, in the transaction of what it did."""
    row = insert(resealing).values(key=key, place=place, position=position, resealed=more, looked_at=now)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["key", "place"],
            set_={"position": row.excluded.position, "resealed": resealing.c.resealed + more, "looked_at": now},
        )
    )
