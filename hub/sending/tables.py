"""Tables of sending: what was tried with each delivery, and what its receiver signed. All are only ever appended to."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import BYTEA

from hub.core.tables import Moment, metadata

WHAT = ("begun", "asked", "taken", "nothing", "answered", "failed", "unfit")
"""begun: from now on it is unknown whether it came; asked: the same of a question; failed: no reply that can be read;
unfit: a reply that is not the receiver's word about this delivery."""
OUTCOMES = ("accepted", "refused", "lost")

sending = Table(
    "sending",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("feed", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("what", Text, nullable=False),
    Column("system", Text, nullable=False, comment="where it was pushed; inbox: it was fetched"),
    Column("detail", Text, nullable=False, server_default="", comment="name of an error; no value of a record"),
    Column("at", Moment, nullable=False),
    ForeignKeyConstraint(["feed", "sequence"], ["hub.delivery.feed", "hub.delivery.sequence"]),
    CheckConstraint(f"what in {WHAT}", name="sending_what"),
    comment="What was tried with each delivery: written before a call and after it; only ever appended",
)
Index("sending_of", sending.c.feed, sending.c.sequence, sending.c.id)

delivery_answer = Table(
    "delivery_answer",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("feed", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("refused", BigInteger, nullable=False, comment="items that it refused"),
    Column("said_at", Moment, nullable=False, comment="the receiver's clock"),
    Column("key", Text, nullable=False, comment="id of the key that signed"),
    Column("body", BYTEA, nullable=False, comment="as it was signed"),
    Column("digest", Text, nullable=False, comment="SHA-256 of the body"),
    Column("at", Moment, nullable=False),
    ForeignKeyConstraint(["feed", "sequence"], ["hub.delivery.feed", "hub.delivery.sequence"]),
    UniqueConstraint("feed", "sequence", "digest", name="delivery_answer_once"),
    CheckConstraint(f"outcome in {OUTCOMES}", name="delivery_answer_outcome"),
    comment="What receivers signed about deliveries, each once; only ever appended",
)

delivery_refusal = Table(
    "delivery_refusal",
    metadata,
    Column("answer", BigInteger, ForeignKey("hub.delivery_answer.id"), primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False, comment="its line in the delivery, from 1"),
    Column("feed", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("reason", Text, nullable=False, comment="the receiver's code"),
    Column("field", Text, nullable=False, comment="wire name of the field that it names; empty: none"),
    comment="Lines of deliveries that receivers refused, by their signed answers; only ever appended",
)
Index("delivery_refusal_of", delivery_refusal.c.feed, delivery_refusal.c.sequence)

refusal_look = Table(
    "refusal_look",
    metadata,
    Column("answer", BigInteger, ForeignKey("hub.delivery_answer.id"), primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    comment="Answers of receivers by which cases were opened or closed; those without a row wait",
)

delivery_deletion = Table(
    "delivery_deletion",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("side", Text, primary_key=True, comment="who deleted its copy: the city, or the receiver"),
    Column("who", Text, nullable=False),
    Column("body", BYTEA, nullable=False, comment="the proof as it was signed: hashes, counts, who, when, law"),
    Column("at", Moment, nullable=False),
    ForeignKeyConstraint(["feed", "sequence"], ["hub.delivery.feed", "hub.delivery.sequence"]),
    CheckConstraint("side in ('city', 'receiver')", name="delivery_deletion_side"),
    comment="Proofs that the bytes of deliveries were deleted; only ever appended",
)
