"""The table of reconciliations: what was compared, as of when, what differed, and the statement as it was signed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Identity, Index, Table, Text
from sqlalchemy.dialects.postgresql import BYTEA

from hub.core.tables import Moment, metadata

reconciliation = Table(
    "reconciliation",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, comment="stream or feed"),
    Column("side", Text, nullable=False, comment="source: read from it; receiver: delivered to it"),
    Column("as_of", Moment, nullable=False),
    Column("rows_here", BigInteger, nullable=False),
    Column("rows_there", BigInteger, nullable=False),
    Column("only_here", BigInteger, nullable=False),
    Column("only_there", BigInteger, nullable=False),
    Column("otherwise", BigInteger, nullable=False, comment="held by both, with another version or content"),
    Column("in_cases", BigInteger, nullable=False, comment="of these, how many wait here as open cases"),
    Column("equal", Boolean, nullable=False, comment="nothing differs that is not an open case"),
    Column("statement", BYTEA, nullable=False, comment="as it was signed"),
    Column("signature", BYTEA, nullable=False),
    Column("who", Text, nullable=False),
    CheckConstraint("side in ('source', 'receiver')", name="reconciliation_side"),
    CheckConstraint("equal = (only_here + only_there + otherwise = in_cases)", name="reconciliation_equal"),
    comment="Comparisons with a source or a receiver: counts and the signed statement, never a key or a value",
)
Index("reconciliation_name", reconciliation.c.name, reconciliation.c.id)
