"""A person's request: which right, about which numbers and record, with the clocks of the law, and what the office did.

    received ──acknowledged (2 working days)──> answered | refused (10 or 15 days; extended once, with a reason)

Both tables are only ever appended to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Index, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA

from contracts.errors import Permanent
from contracts.local_time import local_day
from hub.core.actions import Actor
from hub.core.crypto import Keys
from hub.core.errors import NotFound
from hub.core.tables import Moment, metadata
from hub.rights.law import RIGHTS, acknowledge_by, answer_by, law_on

ACTS = ("acknowledged", "extended", "answered", "refused")
CLOSING = ("answered", "refused")

subject_request = Table(
    "subject_request",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("right", Text, nullable=False),
    Column("subjects", ARRAY(BYTEA()), nullable=False, comment="keyed HMAC of the person's numbers; never a number"),
    Column("file", Text, nullable=False, comment="number of the written request at the office"),
    Column("record", Text, nullable=False, server_default="", comment="record that it is about; empty: all"),
    Column("field", Text, nullable=False, server_default="", comment="field that is said to be wrong"),
    Column("received_at", Moment, nullable=False),
    Column("law", Text, nullable=False, comment="what the clocks rest on, as of the day it came"),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    CheckConstraint("\"right\" in ('view', 'correct', 'object')", name="subject_request_right"),
    CheckConstraint("file <> '' and who <> '' and why <> ''", name="subject_request_said"),
    CheckConstraint("\"right\" <> 'correct' or (record <> '' and field <> '')", name="subject_request_correct"),
    UniqueConstraint("file", "right", "record", "field", name="subject_request_once"),
    comment="Requests of people about their data (Decree 356/2025 Art. 5); only ever appended",
)
subject_act = Table(
    "subject_act",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("request", BigInteger, ForeignKey("hub.subject_request.id"), nullable=False),
    Column("what", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False, comment="the reason in the person's words; no value of a record"),
    Column("at", Moment, nullable=False),
    UniqueConstraint("request", "what", name="subject_act_once"),
    CheckConstraint(f"what in {ACTS}", name="subject_act_what"),
    CheckConstraint("who <> '' and why <> ''", name="subject_act_said"),
    Index("subject_act_request", "request"),
    comment="What the office did about a person's request; only ever appended",
)


class RequestClosed(Permanent):
    """A person's request is closed already, or its term was extended before."""


@dataclass(frozen=True)
class SubjectRequest:
    """A request, as the office sees it."""

    id: int
    right: str
    file: str
    record: str
    field: str
    received_at: datetime
    acknowledge_by: datetime
    answer_by: datetime
    state: str
    """The last act; `received` before any."""
    overdue: tuple[str, ...]
    """`acknowledge`, `answer`: what the law wanted earlier than now."""
    law: str


def receive(
    connection: sa.Connection,
    keys: Keys,
    right: str,
    numbers: Sequence[str],
    file: str,
    person: Actor,
    now: datetime,
    *,
    record: str = "",
    field: str = "",
) -> SubjectRequest:
    """Note a request. The same one of the same file again is the one that was noted before."""
    values = {
        "right": right,
        "subjects": [bytes.fromhex(keys.lookup(number)) for number in numbers],
        "file": file,
        "record": record,
        "field": field,
        "received_at": now,
        "law": law_on(local_day(now)),
        "who": person.who,
        "why": person.why,
    }
    t = subject_request.c
    same = (t.file == file, t.right == right, t.record == record, t.field == field)
    known = sa.select(t.id).where(*same)
    number = connection.scalar(known)
    if number is None:
        number = connection.scalar(sa.insert(subject_request).values(values).returning(t.id))
    assert number is not None
    return one(connection, number, now)


def act(connection: sa.Connection, number: int, what: str, person: Actor, now: datetime) -> SubjectRequest:
    """Note what the office did. Raises NotFound, RequestClosed."""
    connection.execute(sa.select(subject_request.c.id).where(subject_request.c.id == number).with_for_update())
    before = one(connection, number, now)
    done = set(connection.scalars(sa.select(subject_act.c.what).where(subject_act.c.request == number)))
    if done & set(CLOSING) or what in done:
        raise RequestClosed(
            f"Request {number} is {before.state} already: {what} cannot be noted",
            hint="hub subject due lists what is open; a new letter of the person is a new request",
        )
    row = {"request": number, "what": what, "who": person.who, "why": person.why, "at": now}
    connection.execute(sa.insert(subject_act).values(row))
    return one(connection, number, now)


def one(connection: sa.Connection, number: int, now: datetime) -> SubjectRequest:
    """A request by its number. Raises NotFound."""
    found = _requests(connection, now, subject_request.c.id == number)
    if not found:
        raise NotFound(f"No request {number}", hint="hub subject due lists the open ones")
    return found[0]


def due(connection: sa.Connection, now: datetime) -> tuple[SubjectRequest, ...]:
    """The open requests, the one that is due first before the others."""
    open_ = (each for each in _requests(connection, now) if each.state not in CLOSING)
    return tuple(sorted(open_, key=lambda each: (each.answer_by, each.id)))


def _requests(connection: sa.Connection, now: datetime, *where: sa.ColumnElement[bool]) -> list[SubjectRequest]:
    r, a = subject_request.c, subject_act.c
    rows = connection.execute(sa.select(subject_request).where(*where).order_by(r.id)).all()
    acts: dict[int, list[str]] = {row.id: [] for row in rows}
    for act_ in connection.execute(sa.select(a.request, a.what).where(a.request.in_(acts)).order_by(a.id)):
        acts[act_.request].append(act_.what)
    return [_request(row, acts[row.id], now) for row in rows]


def _request(row: sa.Row[tuple[object, ...]], acts: list[str], now: datetime) -> SubjectRequest:
    first = acknowledge_by(row.received_at)
    last = answer_by(RIGHTS[row.right], row.received_at, extended="extended" in acts)
    closed = bool(set(acts) & set(CLOSING))
    late = {"acknowledge": not acts and now > first, "answer": not closed and now > last}
    return SubjectRequest(
        row.id,
        row.right,
        row.file,
        row.record,
        row.field,
        row.received_at,
        first,
        last,
        acts[-1] if acts else "received",
        tuple(name for name, is_late in late.items() if is_late),
        row.law,
    )
