"""Tables beside those of the main path: what batches were judged with, and what full readings gave otherwise."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table, Text
from sqlalchemy.dialects.postgresql import BYTEA

from hub.core.tables import Moment, metadata

basis = Table(
    "basis",
    metadata,
    Column("id", Text, primary_key=True, comment="hash of the rest"),
    Column("contract", Text, nullable=False, comment="SHA-256 of the contract's file in the landing"),
    Column("deployment", Text, nullable=False, comment="SHA-256 of the deployment's files, packed, in the landing"),
    Column(
        "as_of",
        Moment,
        nullable=False,
        comment="the day since which dated lists and systems were those that the batch was judged with",
    ),
    Column("kept_at", Moment, nullable=False),
    comment="What batches were judged with",
)

behind = Table(
    "behind",
    metadata,
    Column("run", Text, ForeignKey("hub.run.id"), primary_key=True),
    Column("dataset", Text, primary_key=True),
    Column("record_key", Text, primary_key=True),
    Column("version", Moment),
    Column(
        "hash",
        BYTEA,
        comment="fingerprint of the content as it was read; null: the record was not among its owner's",
    ),
    Column("record_owner", Text, comment="key of the record that owns it; null where none does"),
    comment="Records that a full reading gave older than they are here; judged when it ends",
)
