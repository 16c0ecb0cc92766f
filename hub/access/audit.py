"""The audit log that a provider of data must keep: who asked, for what, about whom, under which law, with which answer.

Each row is written in the transaction of its answer: no row, no answer. It names no person. Identity numbers are keyed
HMACs, by which the questions about a citizen can still be found (Decree 47/2020 Art. 45).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Identity, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA

from contracts.errors import Transient
from hub.access import in_flight
from hub.access.inquiry import Inquiry
from hub.core.crypto import Keys
from hub.core.tables import Moment, metadata

WHAT = (
    "decisions",
    "preview",
    "extract",
    "record",
    "answer",
    "prefill",
    "evidence",
    "status",
    "report",
    "use",
    "refuse",
    "confirm",
    "look",
    "delivery",
    "subject",
    "breach",
    "sending",
)
"""Kinds of questions."""

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column(
        "at",
        Moment,
        nullable=False,
        server_default=text("now()"),
        comment="the database's own clock: the hourly limit counts by it",
    ),
    Column("asked_at", Moment, nullable=False, comment="the deployment's clock"),
    Column("agency", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column(
        "reference",
        Text,
        nullable=False,
        comment="the dossier or question for which it was asked: the stated purpose in the single case",
    ),
    Column("subjects", ARRAY(BYTEA()), nullable=False, comment="keyed HMAC of the numbers asked about; never a number"),
    Column("datasets", ARRAY(Text), nullable=False),
    Column(
        "fields",
        ARRAY(Text),
        nullable=False,
        server_default="{}",
        comment="what was told, as dataset.field or dataset?answer; never a value",
    ),
    Column("grants", ARRAY(Text), nullable=False),
    Column("legal_bases", ARRAY(Text), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("answer_sha256", Text, nullable=False, comment="of what was answered"),
    Column(
        "asked_under",
        Text,
        nullable=False,
        server_default="",
        comment="legal basis that the question named; empty: none",
    ),
    Column(
        "missed",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="a search found nothing that may be told: counts towards the hourly misses",
    ),
    Column(
        "grants_version",
        BigInteger,
        server_default=text("hub.grants_now()"),
        comment="version of the grants that it went by; null: from before versions",
    ),
    Column("because", Text, comment="why an operator looked, in his or her words; no value of a record"),
    Column(
        "break_glass",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="under a purpose for which nobody can wait: reviewed within a day",
    ),
    Column(
        "records",
        ARRAY(BYTEA()),
        nullable=False,
        server_default="{}",
        comment="keyed HMAC of the records that the answer was taken from; never a key",
    ),
    Column("versions", ARRAY(Moment), nullable=False, server_default="{}", comment="their versions, in the same order"),
    CheckConstraint(f"what in {WHAT}", name="audit_what"),
    CheckConstraint("cardinality(records) = cardinality(versions)", name="audit_records"),
    CheckConstraint("outcome in ('answered', 'nothing', 'denied', 'limit')", name="audit_outcome"),
    CheckConstraint("agency <> '' and who <> '' and purpose <> '' and reference <> ''", name="audit_said"),
    Index("audit_agency", "agency", "at"),
    Index("audit_subject", "subjects", postgresql_using="gin"),
    Index("audit_record", "records", postgresql_using="gin"),
    Index(
        "audit_counted",
        "agency",
        "at",
        postgresql_include=["outcome", "missed"],
        postgresql_where=text("outcome in ('answered', 'nothing') or missed"),
    ),
    Index("audit_break_glass", "id", postgresql_where=text("break_glass")),
    Index("audit_officer", "agency", "who", "at"),
    Index("audit_denied", "agency", "at", postgresql_where=text("outcome = 'denied' and not missed")),
    comment="Each question, answered or not (Decree 47/2020 Art. 45); written in the transaction of its answer; only ever appended",
)


class LimitReached(Transient):
    """An agency reached one of its limits (`hub/access/limits.py`): the hour, the misses, the day.

    `retry_after_s` says when it may ask again.
    """

    def __init__(self, message: str, *, hint: str = "", retry_after_s: int = 3600) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class AuditEntry:
    """One question for the log: who asks, what, about whom."""

    inquiry: Inquiry
    what: str
    """One of `WHAT`."""
    numbers: tuple[str, ...] = field(default=(), repr=False)
    """Identity numbers of the question; stored as keyed HMACs."""
    break_glass: bool = False
    """Its purpose is one for which nobody can wait (`hub/access/reviews.py`)."""


def write(
    connection: sa.Connection,
    entry: AuditEntry,
    keys: Keys,
    now: datetime,
    *,
    outcome: str,
    answer: object = None,
    datasets: Iterable[str] = (),
    fields: Iterable[str] = (),
    grants: Iterable[str] = (),
    legal_bases: Iterable[str] = (),
    records: Iterable[tuple[str, datetime]] = (),
    missed: bool | None = None,
    because: str | None = None,
) -> None:
    """Write the row of a question with its outcome (`answered`, `nothing`, `denied`, `limit`), in the transaction of
    the answer.
    This also frees its slot in flight.

    `missed`: a search found nothing that may be disclosed; by default true for `nothing`. Set it for a denial that
    depends on what is held, because the count must not distinguish denied from missing. Clear it if there was no
    search. A polled state misses once an hour.

    `records`: name (`<dataset>/<system>/<key>`) and version of each record that was told of: so that a recall finds the
    answer when the record is corrected (`hub/recall/`).
    """
    named = dict(records)
    answered = json.dumps(answer, sort_keys=True, default=str, ensure_ascii=False)
    missed = outcome == "nothing" if missed is None else missed
    if missed and entry.what == "status":
        missed = not _missed_before(connection, entry)
    inquiry = entry.inquiry
    connection.execute(
        sa.insert(audit).values(
            asked_at=now,
            agency=inquiry.agency,
            who=inquiry.officer,
            what=entry.what,
            purpose=inquiry.purpose,
            reference=inquiry.reference,
            subjects=[bytes.fromhex(keys.lookup(number)) for number in entry.numbers],
            datasets=sorted(set(datasets)),
            fields=sorted(set(fields)),
            grants=sorted(set(grants)),
            legal_bases=sorted(set(legal_bases)),
            outcome=outcome,
            answer_sha256=hashlib.sha256(answered.encode()).hexdigest(),
            asked_under=inquiry.legal_basis,
            missed=missed,
            records=[bytes.fromhex(keys.lookup(name)) for name in named],
            versions=list(named.values()),
            because=because or inquiry.because or None,
            break_glass=entry.break_glass,
        )
    )
    if outcome != "limit":
        in_flight.settle(connection)


def _missed_before(connection: sa.Connection, entry: AuditEntry) -> bool:
    """Whether the same state was already asked for without result within the hour: a poll that brings nothing new."""
    a, inquiry = audit.c, entry.inquiry
    same = (
        a.agency == inquiry.agency,
        a.who == inquiry.officer,
        a.what == entry.what,
        a.reference == inquiry.reference,
        a.missed,
    )
    query = sa.select(a.id).where(*same, a.at > sa.func.now() - text("interval '1 hour'")).limit(1)
    return connection.scalar(query) is not None


def rows(
    connection: sa.Connection, *, agency: str | None = None, subject: bytes | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Audited questions, newest first; of an agency, or about a person by look-up value."""
    a = audit.c
    columns = (
        a.id,
        a.asked_at,
        a.agency,
        a.who,
        a.what,
        a.purpose,
        a.asked_under,
        a.reference,
        a.datasets,
        a.fields,
        a.grants,
        a.legal_bases,
        a.grants_version,
        a.outcome,
        a.because,
    )
    query = sa.select(*columns).order_by(a.id.desc())
    if agency:
        query = query.where(a.agency == agency)
    if subject is not None:
        query = query.where(a.subjects.contains([subject]))
    return [dict(row) for row in connection.execute(query.limit(limit)).mappings()]
