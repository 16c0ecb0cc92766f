"""The table of records that are submitted one by one."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from hub.core.tables import Moment, metadata

STATES = ("waiting", "unknown", "taken", "acknowledged", "refused")
"""waiting: to be submitted; unknown: it is being submitted, or nobody knows whether it came; taken: the receiver holds it, and its
officer has not decided; refused: it is a case of the unit whose record it is."""

submitted_record = Table(
    "submitted_record",
    metadata,
    Column("feed", Text, ForeignKey("hub.feed.id"), primary_key=True),
    Column("system", Text(collation="C"), primary_key=True),
    Column(
        "key",
        Text(collation="C"),
        primary_key=True,
        comment="of the record at its source; of a step: its dossier's, state, ordinal",
    ),
    Column("number", Text, nullable=False, comment="by which the receiver knows it"),
    Column("batch", BigInteger, nullable=False, comment="which version of the record waits or was submitted last"),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("submitted", Text, comment="SHA-256 of the content submitted last; null: never"),
    Column("held", Text, comment="SHA-256 of the content that the receiver took last; null: it holds nothing of ours"),
    Column("source_state", Text, comment="TrangThaiHoSo as the source has it"),
    Column("submitted_state", Text, comment="TrangThaiHoSo as it was submitted"),
    Column("their_state", Text, comment="the receiver's own state of it, as a code"),
    Column("reasons", ARRAY(Text), nullable=False, server_default="{}", comment="codes of its refusal; never a value"),
    Column("tries", Integer, nullable=False, server_default="0", comment="calls that submitted it"),
    Column("queued_at", Moment, nullable=False),
    Column("submitted_at", Moment),
    Column("asked_at", Moment),
    Column("settled_at", Moment),
    CheckConstraint(f"state in {STATES}", name="submitted_record_state"),
    CheckConstraint("(state = 'refused') = (reasons <> '{}')", name="submitted_record_reasons"),
    CheckConstraint(
        "state <> 'acknowledged' or (submitted is not null and held = submitted)", name="submitted_record_acknowledged"
    ),
    CheckConstraint("state not in ('unknown', 'taken') or submitted is not null", name="submitted_record_submitted"),
    comment="Records that a receiver is submitted one by one: version, digest and state of each, never a value",
)
Index(
    "submitted_record_open",
    *(submitted_record.c[name] for name in ("feed", "state", "queued_at", "system", "key")),
    postgresql_where=text("state in ('waiting', 'unknown', 'taken')"),
)
Index("submitted_record_refused", submitted_record.c.feed, postgresql_where=submitted_record.c.state == "refused")
