"""Questions of the Ministry with their states, and receipts of hand-overs. All tables are append-only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

from contracts.local_time import LOCAL
from hub.answers.ministry.codes import State
from hub.core.crypto import Keys
from hub.core.tables import Moment, metadata
from hub.evidence.evidence import Evidence

question = Table(
    "ministry_question",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("unit", Text, nullable=False, comment="maDonVi of the office that asks"),
    Column("reference", Text, nullable=False, comment="maHoSo at that office"),
    Column("agency", Text, nullable=False, comment="whose grants count"),
    Column("who", Text, nullable=False),
    Column("content", BYTEA, nullable=False, comment="data as it came, sealed"),
    Column("content_lookup", BYTEA, nullable=False, comment="keyed HMAC of data"),
    Column("received_at", Moment, nullable=False),
    Index("ministry_question_reference", "unit", "reference"),
    comment="Questions of module BS; only ever appended",
)

state = Table(
    "ministry_state",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("question", BigInteger, ForeignKey("hub.ministry_question.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("reasons", JSONB, nullable=False, comment="sentences, without a value of a person"),
    Column("type", Text),
    Column("system", Text),
    Column("record_key", Text),
    Column("version", Moment),
    Column("at", Moment, nullable=False),
    Column("role", Text, comment="side of the entry: child, wife ...; null: decided before sides were kept"),
    CheckConstraint("state in ('1', '2', '4', '6')", name="ministry_state_state"),
    CheckConstraint("state <> '4' or num_nulls(type, system, record_key, version) = 0", name="ministry_state_evidence"),
    Index("ministry_state_question", "question"),
    comment="What became of a question: the last row holds; only ever appended",
)

receipt = Table(
    "receipt",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("year", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("agency", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("subject", BYTEA, comment="keyed HMAC of the number, as in the audit log; null where the entry has none"),
    Column("pseudonym", Text, nullable=False, comment="the person, for this receiver only"),
    Column("what", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("sha256", Text, nullable=False, comment="of the data handed over, as UTF-8"),
    Column("draft_sha256", Text, nullable=False, comment="of the draft handed over"),
    Column("handed_at", Moment, nullable=False),
    UniqueConstraint("year", "number", name="receipt_number"),
    UniqueConstraint("agency", "reference", "legal_basis", "sha256", "draft_sha256", name="receipt_once"),
    comment="Who was handed what about whom, why, under which law; one running number a year; only ever appended",
)


@dataclass(frozen=True)
class Asked:
    """A recorded question, with its state."""

    id: int
    unit: str
    reference: str
    agency: str
    who: str
    content: bytes
    content_lookup: bytes
    state: State | None
    reasons: tuple[str, ...]
    type: str | None
    system: str | None
    record_key: str | None
    version: datetime | None
    at: datetime | None
    role: str | None


def latest(connection: sa.Connection, unit: str, reference: str) -> Asked | None:
    """The last question under a number of an office, locked until the transaction ends."""
    connection.execute(
        sa.text("select pg_advisory_xact_lock(hashtext(:place))"),
        {"place": f"hub.ministry_question/{unit}/{reference}"},
    )
    row = (
        connection.execute(
            sa.text("""
        select q.id, q.unit, q.reference, q.agency, q.who, q.content, q.content_lookup, s.state, s.reasons, s.type, s.system, s.record_key, s.version, s.at,
               s.role
        from hub.ministry_question q left join lateral (select * from hub.ministry_state where question = q.id order by id desc limit 1) s on true
        where q.unit = :unit and q.reference = :reference order by q.id desc limit 1"""),
            {"unit": unit, "reference": reference},
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    values = dict(row) | {
        "state": State(row["state"]) if row["state"] else None,
        "reasons": tuple(row["reasons"] or ()),
    }
    return Asked(**values)


def receive(
    connection: sa.Connection, keys: Keys, *, unit: str, reference: str, agency: str, who: str, data: str, now: datetime
) -> None:
    """Record a question."""
    connection.execute(
        sa.insert(question).values(
            unit=unit,
            reference=reference,
            agency=agency,
            who=who,
            content=keys.seal(data.encode(), place(unit, reference)),
            content_lookup=bytes.fromhex(keys.lookup(data)),
            received_at=now,
        )
    )


def place(unit: str, reference: str) -> bytes:
    """The context of a question's seal."""
    return f"hub.ministry_question/{unit}/{reference}".encode()


def enter(
    connection: sa.Connection, asked: Asked, new: State, reasons: Sequence[str], found: Evidence | None, now: datetime
) -> None:
    """Append a state."""
    evidence = (
        {
            "type": found.type,
            "system": found.system,
            "record_key": found.key,
            "version": found.version,
            "role": found.role,
        }
        if found
        else {}
    )
    connection.execute(
        sa.insert(state).values(question=asked.id, state=new.value, reasons=list(reasons), at=now, **evidence)
    )


def hand_over(
    connection: sa.Connection, keys: Keys, given: dict[str, Any], number: str | None, now: datetime
) -> dict[str, Any]:
    """The receipt of a hand-over: the one it had, or the next of the year, without a gap. `given` are its columns."""
    year = now.astimezone(LOCAL).year
    pseudonym = keys.lookup(json.dumps(["receipt", given["agency"], number or given["what"]]))[:16]
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext(:place))"), {"place": f"hub.receipt/{year}"})
    same = sa.select(receipt).where(
        *(
            getattr(receipt.c, name) == given[name]
            for name in ("agency", "reference", "legal_basis", "sha256", "draft_sha256")
        )
    )
    row = connection.execute(same).mappings().first()
    if row is None:
        following = sa.select(sa.func.hub.last_receipt(year) + 1).scalar_subquery()
        subject = bytes.fromhex(keys.lookup(number)) if number else None
        values = given | {
            "year": year,
            "number": following,
            "subject": subject,
            "pseudonym": pseudonym,
            "handed_at": now,
        }
        row = connection.execute(sa.insert(receipt).values(values).returning(receipt)).mappings().one()
    return dict(row)
