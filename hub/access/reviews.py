"""Break-glass: a purpose for which nobody can wait. Each question under it is an alert at once, and reviewed within a day.

`purposes.yaml` marks such a purpose (`break_glass: true`); grants give it like any other. A named person looks at each
question afterwards and says whether it was justified. What nobody looked at within a day is an alert of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Table, Text

from contracts.errors import Permanent
from hub.access import alerts
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.core.tables import Moment, metadata

WITHIN = timedelta(days=1)

audit_review = Table(
    "audit_review",
    metadata,
    Column("audit", BigInteger, ForeignKey("hub.audit.id"), primary_key=True, autoincrement=False),
    Column("justified", Boolean, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("who <> '' and why <> ''", name="audit_review_said"),
    comment="Who looked at a question under a break-glass purpose, and whether it was justified; only ever appended",
)


class AlreadyReviewed(Permanent):
    """A question is already reviewed."""


WAITING = """
    select a.id, a.asked_at, a.agency, a.who, a.what, a.purpose, a.reference, a.outcome, a.fields
    from hub.audit a where a.break_glass and not exists (select from hub.audit_review r where r.audit = a.id)"""


def waiting(connection: sa.Connection) -> list[dict[str, Any]]:
    """Questions that nobody has looked at, oldest first."""
    return [dict(row) for row in connection.execute(sa.text(f"{WAITING} order by a.id")).mappings()]


def review(connection: sa.Connection, number: int, person: Actor, now: datetime, *, justified: bool) -> dict[str, Any]:
    """Look at a question, by name and with a reason.

    Raises:
        NotFound: no question under a break-glass purpose has this number.
        AlreadyReviewed: somebody looked at it before.
    """
    query = sa.text(
        "select a.break_glass, exists (select from hub.audit_review r where r.audit = a.id) as reviewed"
        " from hub.audit a where a.id = :id"
    )
    found = connection.execute(query, {"id": number}).first()
    if found is None or not found.break_glass:
        raise NotFound(f"No break-glass question {number}", hint="hub audit --break-glass lists those that wait")
    if found.reviewed:
        raise AlreadyReviewed(f"Question {number} was reviewed already", hint="hub audit --break-glass")
    row = {"audit": number, "justified": justified, "who": person.who, "why": person.why, "at": now}
    connection.execute(sa.insert(audit_review).values(**row))
    return row


def alert_overdue(connection: sa.Connection, now: datetime) -> None:
    """An alert for each agency with a question that nobody looked at within a day."""
    for agency in sorted({each["agency"] for each in waiting(connection) if each["asked_at"] < now - WITHIN}):
        alerts.note(connection, "unreviewed", agency)
