"""Who saw, received or decided on a person's data: the rows of the audit log about their numbers, told in words.

An answer about somebody else may have shown the person too: a child's birth names the parents. The audit log is kept by
the number that was asked about, so such answers are found by the child's number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from contracts.local_time import local_day
from hub.access.grants.agencies import read_agencies
from hub.access.legal_bases import LegalBases, duty, read_legal_bases
from hub.core.crypto import Keys
from hub.rights.noted import OFFICE

KINDS = {
    "decisions": "decided",
    "preview": "saw",
    "record": "saw",
    "answer": "got yes or no",
    "prefill": "received",
    "extract": "received a copy",
    "evidence": "saw",
    "status": "saw the state of a dossier",
    "use": "used",
    "refuse": "looked, and did not use",
    "confirm": "confirmed",
    "report": "reported an error",
    "look": "looked, as an operator",
    "delivery": "received in a delivery",
    "subject": "answered the person",
}
_ROWS = """
    select a.id, a.asked_at, a.agency, a.who, a.what, a.purpose, a.reference, a.fields, a.legal_bases, a.asked_under,
           a.outcome, (select array_agg(d.requirement || ': ' || d.outcome order by d.id) from hub.decision d
                       where a.what = 'decisions' and d.agency = a.agency and d.dossier = a.reference
                         and d.decided_at = a.asked_at) as decided
    from hub.audit a where a.subjects && cast(:subjects as bytea[]) order by a.id desc"""


@dataclass(frozen=True)
class Look:
    """One question about a person, as the office reads it out."""

    id: int
    at: datetime
    agency: str
    who: str
    did: str
    purpose: str
    law: tuple[str, ...]
    """Law, article and clause as of the day of the question."""
    reference: str
    disclosed: tuple[str, ...]
    """What was disclosed: dataset.field, or dataset?answer; never a value."""
    decided: tuple[str, ...]
    outcome: str


def looks(connection: sa.Connection, keys: Keys, folder: Path, numbers: Sequence[str]) -> tuple[Look, ...]:
    """All questions about a person by their numbers, newest first; `folder` is the deployment's, for names and laws."""
    subjects = [bytes.fromhex(keys.lookup(number)) for number in numbers]
    names = {code: agency.name for code, agency in read_agencies(folder).items()} | {OFFICE: "the city's own office"}
    bases = read_legal_bases(folder)
    return tuple(_look(row, names, bases) for row in connection.execute(sa.text(_ROWS), {"subjects": subjects}))


def _look(row: sa.Row[tuple[object, ...]], names: Mapping[str, str], bases: LegalBases) -> Look:
    return Look(
        row.id,
        row.asked_at,
        names.get(row.agency, row.agency),
        row.who,
        KINDS.get(row.what, row.what) if row.outcome == "answered" else "asked, and was told nothing",
        row.purpose,
        tuple(
            _law(name, row.asked_at, bases)
            for name in row.legal_bases or ([row.asked_under] if row.asked_under else [])
        ),
        row.reference,
        tuple(row.fields),
        tuple(row.decided or ()),
        row.outcome,
    )


def _law(name: str, at: datetime, bases: LegalBases) -> str:
    """The articles of a duty on the day of the question; what is no duty of the list stands as it is."""
    if duty(name) not in bases.ids:
        return name
    found = bases.on(duty(name), local_day(at))
    return found.articles if found else name
