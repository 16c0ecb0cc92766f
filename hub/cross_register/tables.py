"""How far each rule across registers has looked, and the pairs of records that contradict each other."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from hub.core.tables import Moment, metadata

cross_check = Table(
    "cross_check",
    metadata,
    Column("rule", Text, primary_key=True, comment="across.<name>"),
    Column("system", Text, primary_key=True),
    Column("digest", Text, nullable=False, comment="of the rule; another one judges everything again"),
    Column("batches", JSONB, nullable=False, comment="stream -> the batch up to which its records were judged"),
    Column("pairs", BigInteger, nullable=False, comment="how many pairs contradicted each other after the look"),
    Column("checked_at", Moment, nullable=False),
    comment="How far each rule across registers has looked",
)

cross_pair = Table(
    "cross_pair",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("system", Text, primary_key=True),
    Column("record_key", Text, primary_key=True, comment="the record with the finding"),
    Column("other_key", Text, primary_key=True, comment="the record that it contradicts"),
    Column("found_at", Moment, nullable=False),
    comment="Pairs of records of two registers that contradict each other",
)
