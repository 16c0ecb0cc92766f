"""Looks of operators at what is held about a person: a row of the audit log each, like a question of an agency's.

An operator repairs and supervises, and answers no agency; so no grant and no limit decides. Who looked, at what, when and
why stands in the same log, in which a person's number finds it (`hub audit --about`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from contracts.model import Dataset
from hub.access import audit
from hub.access.audit import AuditEntry
from hub.access.inquiry import Inquiry
from hub.core.actions import Actor
from hub.core.crypto import Keys

DESK = "hub"
"""The agency of such rows: the desk that runs the hub."""
PURPOSE = "operation"
NUMBER = re.compile(r"\d{9}|\d{12}")


def note(
    connection: sa.Connection,
    keys: Keys,
    now: datetime,
    person: Actor,
    reference: str,
    *,
    dataset: str = "",
    numbers: Iterable[str] = (),
) -> None:
    """Write the row of a look, in a transaction that is committed before anything is shown.

    `reference`: the case, record, report or dossier. `numbers`: identity numbers of whom it is about, if they are known.
    """
    inquiry = Inquiry(DESK, person.who, PURPOSE, reference)
    audit.write(
        connection,
        AuditEntry(inquiry, "look", tuple(numbers)),
        keys,
        now,
        outcome="answered",
        datasets=[dataset] if dataset else [],
        because=person.why,
    )


def numbers_in(dataset: Dataset, values: Mapping[str, object]) -> tuple[str, ...]:
    """The identity numbers in a record as it was received, by wire names."""
    held = (str(values[field.name]) for field in dataset.fields if field.identity and values.get(field.name))
    return tuple(sorted({number for number in held if NUMBER.fullmatch(number)}))
