"""Counts by stream, dataset, unit and day."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, Table, Text

from hub.core.tables import Moment, metadata

daily_count = Table(
    "daily_count",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("dataset", Text, primary_key=True),
    Column("unit", Text, primary_key=True, comment="code of the unit whose records they are; empty: not known"),
    Column("day", Date, primary_key=True, comment="on which the hub took them in, in the deployment's time zone"),
    Column("figure", Text, primary_key=True, comment="accepted, late, empty, code, quarantined, case, finding"),
    Column("item", Text, primary_key=True, comment="field, field=code or rule; empty: none; never a personal value"),
    Column("n", BigInteger, nullable=False),
    comment="Counts by stream, dataset, unit and day, for trends",
)
Index("daily_count_day", daily_count.c.day)

daily_kept = Table(
    "daily_kept",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("through", Date, nullable=False, comment="last day whose counts are whole"),
    Column("counted_at", Moment, nullable=False),
    comment="How far the counts of each stream are whole",
)
