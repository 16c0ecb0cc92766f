"""Tables of the second opinion (schema `hub`)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from hub.core.tables import Moment, metadata

second_opinion = Table(
    "second_opinion",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("stream", Text, ForeignKey("hub.stream.id"), nullable=False),
    Column("given_at", Moment, nullable=False),
    Column(
        "occasion",
        Text,
        nullable=False,
        comment="first batch under its rules and engines, sample, held batch, daily run, or a person who settled",
    ),
    Column("rules", Text, nullable=False, comment="digest of the rules and lists"),
    Column("engines", Text, nullable=False, comment="releases of both engines"),
    Column(
        "batches",
        ARRAY(Text),
        nullable=False,
        server_default="{}",
        comment="batches whose records both engines judged",
    ),
    Column("rows", BigInteger, nullable=False, server_default="0", comment="rows that the suite looked at"),
    Column(
        "through",
        BigInteger,
        comment="serial of the last merged batch that it speaks for; null: for its own batch only",
    ),
    Column(
        "disagreements",
        ARRAY(Text),
        nullable=False,
        server_default="{}",
        comment="where the engines differ: dataset/rule and counts; empty: they agree",
    ),
    Column("ended_at", Moment, comment="when a later agreement or a person ended the disagreement"),
    CheckConstraint("occasion in ('first', 'sample', 'held', 'daily', 'settled')", name="second_opinion_occasion"),
    CheckConstraint("ended_at is null or disagreements <> '{}'", name="second_opinion_ended"),
    comment="What the declared suite said of a stream's batches beside the row engine",
)
Index("second_opinion_stream", second_opinion.c.stream, second_opinion.c.id)
Index(
    "second_opinion_open",
    second_opinion.c.stream,
    postgresql_where=text("disagreements <> '{}' AND ended_at IS NULL"),
)

doubted_batch = Table(
    "doubted_batch",
    metadata,
    Column("opinion", BigInteger, ForeignKey("hub.second_opinion.id"), primary_key=True),
    Column(
        "batch",
        BigInteger,
        ForeignKey("hub.batch.serial"),
        primary_key=True,
        autoincrement=False,
        comment="hub.batch.serial, as every row has it",
    ),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
    comment="Batches merged since the last agreement when the engines disagreed: their records are to be confirmed",
)
Index("doubted_batch_batch", doubted_batch.c.batch)
