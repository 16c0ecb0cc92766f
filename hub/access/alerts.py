"""Alerts for a person: an agency reached a limit, asks as if it counted the population, or is denied too often; a
system is unwatched; a case is overdue. No personal data.

There is one row for each kind, agency and hour. The transaction that refuses or lets in writes it, so it exists before
the agency gets the reply. It stays open until a named person acknowledges it with a reason (`hub audit --acknowledge`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Table, Text, UniqueConstraint, text

from contracts.errors import Permanent
from hub.core import events
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.core.tables import Moment, metadata

MEANING = {
    "hour": "an agency used up its questions of an hour",
    "misses": "an agency asked too often about people or records that are not held",
    "day": "an agency was answered as often as it may be within 24 hours",
    "officer": "an officer used up his or her questions of an hour",
    "subjects": "an officer asked about as many persons as one may within 24 hours: a register may be read out",
    "subject": "an agency asked about one person as often as it may within 24 hours: somebody may be watched",
    "denied": "no grant allows many of an agency's questions, which holds others: a wrong token, or somebody tries",
    "census": "most questions of an agency's hour found nothing: numbers or records may be tried one after another",
    "break-glass": "an agency asked under a purpose for which nobody can wait: to be reviewed within a day",
    "unreviewed": "a break-glass question was not reviewed within a day",
    "replay": "a signed message was sent again",
    "overdue": "cases are past their due date, or a correction that was asked for is (the agency here is the owner)",
    "escalated": "cases are long past their due date, and their owner does not act (the agency here is the office above)",
    "waiver": "a waiver of a record that breaks rules has expired: its case is open again (the agency here is the owner)",
    "unwatched": "no watcher asks a system any more: only its schedule reads it (the agency here is the system)",
}
"""Kind -> its meaning."""
KINDS = tuple(MEANING)

alert = Table(
    "alert",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("hour", Moment, nullable=False, comment="by the database's own clock, as the limits"),
    Column("count", BigInteger, nullable=False, server_default="1", comment="how often it happened within the hour"),
    Column("first_at", Moment, nullable=False, server_default=text("now()")),
    Column("last_at", Moment, nullable=False, server_default=text("now()")),
    UniqueConstraint("kind", "agency", "hour", name="alert_once"),
    CheckConstraint(f"kind in {KINDS}", name="alert_kind"),
    comment="What somebody must look at: one row a kind, agency and hour; no personal data",
)

alert_act = Table(
    "alert_act",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("alert", BigInteger, ForeignKey("hub.alert.id"), nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("alert", name="alert_act_once"),
    CheckConstraint("who <> '' and why <> ''", name="alert_act_said"),
    comment="Who acknowledged an alert, and why; only ever appended",
)


class AlreadyAcknowledged(Permanent):
    """An alert is already acknowledged."""


@dataclass(frozen=True)
class Alert:
    """An alert and its acknowledgement."""

    id: int
    kind: str
    """One of `KINDS`."""
    agency: str
    count: int
    first_at: datetime
    last_at: datetime
    who: str | None
    """Who acknowledged it; None: it is open."""
    why: str | None
    at: datetime | None


def note(connection: sa.Connection, kind: str, agency: str) -> None:
    """Count an occurrence; the first within an hour also emits a log event."""
    new = connection.scalar(
        sa.text("""
        insert into hub.alert as a (kind, agency, hour) values (:kind, :agency, date_trunc('hour', now()))
        on conflict on constraint alert_once do update set count = a.count + 1, last_at = now()
        returning count = 1"""),
        {"kind": kind, "agency": agency},
    )
    if new:
        events.emit("alert.raised", {"kind": kind, "agency": agency})


def listed(connection: sa.Connection, *, still_open: bool = True) -> tuple[Alert, ...]:
    """Alerts, newest first."""
    condition = "where t.id is null" if still_open else ""
    return tuple(
        Alert(**row) for row in connection.execute(sa.text(f"{SELECT} {condition} order by a.id desc")).mappings()
    )


def acknowledge(connection: sa.Connection, number: int, person: Actor, now: datetime) -> Alert:
    """Acknowledge an alert with a name and a reason.

    Raises:
        NotFound: no such alert.
        AlreadyAcknowledged: somebody acknowledged it before.
    """
    query = sa.text(f"{SELECT} where a.id = :id for no key update of a")
    found = connection.execute(query, {"id": number}).mappings().first()
    if found is None:
        raise NotFound(f"No alert {number}", hint="hub audit --alerts lists those that are open")
    if found["who"] is not None:
        raise AlreadyAcknowledged(
            f"Alert {number} was acknowledged already", hint="hub audit --alerts lists those that are open"
        )
    connection.execute(sa.insert(alert_act).values(alert=number, who=person.who, why=person.why, at=now))
    return Alert(**{**found, "who": person.who, "why": person.why, "at": now})


SELECT = """
    select a.id, a.kind, a.agency, a.count, a.first_at, a.last_at, t.who, t.why, t.at
    from hub.alert a left join hub.alert_act t on t.alert = a.id"""
