"""The audit row of each use: the office that answers people is asked who looked, like any agency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from hub.access import audit
from hub.access.audit import AuditEntry
from hub.access.inquiry import Inquiry
from hub.core.actions import Actor
from hub.core.crypto import Keys

OFFICE = "hub"
"""Stands for the agency: the office that answers people works for the city itself."""
PURPOSE = "subject-rights"


def note(
    connection: sa.Connection,
    keys: Keys,
    what: str,
    person: Actor,
    now: datetime,
    *,
    law: str,
    numbers: Sequence[str] = (),
    answer: object = None,
    fields: Iterable[str] = (),
) -> None:
    """Write the row of a use (`subject` or `breach`), in the transaction of its answer. The reference is the reason."""
    fields = tuple(fields)
    entry = AuditEntry(Inquiry(OFFICE, person.who, PURPOSE, person.why), what, tuple(numbers))
    outcome = "answered" if answer else "nothing"
    audit.write(
        connection,
        entry,
        keys,
        now,
        outcome=outcome,
        answer=answer,
        datasets={each.partition(".")[0].partition("?")[0] for each in fields},
        fields=fields,
        legal_bases=(law,),
        missed=False,
    )
