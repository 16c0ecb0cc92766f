"""The tables of recalls: which records, whom it concerns, who knows; keys and versions, never a value."""

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
    UniqueConstraint,
    text,
)

from hub.core.tables import Moment, metadata

KINDS = ("decision", "copy", "record", "answer", "prefill", "delivery")
"""What can carry a record out: a decision, a copy of extract, a record, an answer or prefill for an agency, a delivery."""
C_TEXT = Text(collation="C")

recall = Table(
    "recall",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("dataset", Text, nullable=False),
    Column("system", C_TEXT, nullable=False),
    Column("record_key", C_TEXT, nullable=False),
    Column("why", Text, nullable=False, comment="corrected: it has a newer version; left: a person ended it as gone"),
    Column("since", Moment, nullable=False, comment="change time of the newer version, or when it was ended"),
    Column("found_at", Moment, nullable=False),
    Column("closed_at", Moment, comment="when the last of its notices was acknowledged"),
    UniqueConstraint("dataset", "system", "record_key", "why", "since", name="recall_once"),
    CheckConstraint("why in ('corrected', 'left')", name="recall_why"),
    comment="Records whose older version somebody holds",
)
Index("recall_open", recall.c.id, postgresql_where=recall.c.closed_at.is_(None))

recall_notice = Table(
    "recall_notice",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("recall", BigInteger, ForeignKey("hub.recall.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("carrier", Text, nullable=False, comment="number of the decision, copy or audit row; id of the delivery"),
    Column("dataset", Text, nullable=False),
    Column("system", C_TEXT, nullable=False),
    Column("record_key", C_TEXT, nullable=False),
    Column("agency", Text, nullable=False, comment="who holds the older version"),
    Column("reference", Text, nullable=False, comment="the dossier or question, as the agency named it; or the feed"),
    Column("version", Moment, comment="the version that was carried; null: the delivery's own"),
    Column("at", Moment, nullable=False),
    Column("sent_at", Moment, comment="when the notice went out"),
    Column("acknowledged_at", Moment),
    Column("who", Text, nullable=False, server_default=text("''")),
    Column("how", Text, nullable=False, server_default=text("''"), comment="the person's words, or what settled it"),
    UniqueConstraint("kind", "carrier", "dataset", "system", "record_key", name="recall_notice_once"),
    CheckConstraint(f"kind in {KINDS}", name="recall_notice_kind"),
    CheckConstraint("(acknowledged_at is null) = (who = '') and (who = '') = (how = '')", name="recall_notice_said"),
    comment="One carrier of an older version, and whether it knows: the outbox of recalls",
)
Index("recall_notice_open", recall_notice.c.recall, postgresql_where=recall_notice.c.acknowledged_at.is_(None))
Index("recall_notice_waiting", recall_notice.c.id, postgresql_where=recall_notice.c.sent_at.is_(None))

recall_batch = Table(
    "recall_batch",
    metadata,
    Column("batch", BigInteger, ForeignKey("hub.batch.serial"), primary_key=True, autoincrement=False),
    comment="Batches in which corrections were looked for; those without a row wait",
)
