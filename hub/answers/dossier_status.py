"""The state of a dossier, by any reference that its owner has: MaHoSo, another number, or a district's opaque
reference.

    status(connection, "000.00.16.H29-220601-0001")   its own number
    status(connection, "H29.16-220601-000001")        another number, as a portal gave it (MaHoSoKhac)
    status(connection, "Q1-ONSWG4TFOQ")               the opaque reference that District 1's e-identification gave

Nothing about a person is read or answered. An identity number is no reference: it finds nothing. An agency's question
is read under row-level security (`hub/answers/agency_view.py`); the command `hub dossiers status` reads as the owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from contracts.model import Contract
from hub.core.errors import NotFound
from hub.evidence.dossier_links import SourceRecord, source_records
from hub.load.warehouse import has_table


@dataclass(frozen=True)
class DossierStatus:
    """A dossier's state, as the systems report it."""

    by: str
    """How the reference was understood: `number`, `other number` or `reference`."""
    records: tuple[SourceRecord, ...]
    """The report of each system, first of the one that handles the dossier; at least one."""

    @property
    def number(self) -> str:
        """MaHoSo at the system whose word counts."""
        return self.records[0].number

    @property
    def state(self) -> str:
        """National status code, 1 to 10, from the system whose word counts."""
        return self.records[0].state

    @property
    def changed_at(self) -> datetime:
        """When that system last changed the dossier."""
        return self.records[0].changed_at

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every number that the dossier bears, sorted."""
        return tuple(sorted({n for each in self.records for n in (each.number, each.other_number) if n}))

    @property
    def disagree(self) -> bool:
        """Whether a portal has another state than the source, and not merely an older one."""
        first = self.records[0]
        return any(
            each.repeats and each.state != first.state and each.changed_at >= first.changed_at
            for each in self.records[1:]
            if not first.repeats
        )


def status(
    connection: sa.Connection, reference: str, *, only: str = "", known_at: datetime | None = None
) -> DossierStatus:
    """The state of the dossier with this reference.

    `only`: the number of the one dossier that may be found. Its records are read whatever the reference is, so that
    another dossier takes as long as an unknown one.

    Raises:
        NotFound: no dossier is known by it, or a district's reference stands for several; the message never quotes it.
    """
    reference = reference.strip()
    numbers = _by_reference(connection, reference)
    sought = {only} if only else numbers or {reference}
    records = source_records(connection, sought, known_at) if has_table(connection, "dossier") else ()
    if len(numbers) > 1:
        raise NotFound(f"This reference stands for {len(numbers)} dossiers", hint="ask by MaHoSo as on the receipt")
    if not any((numbers or {reference}) & {each.number, each.other_number} for each in records):
        hint = "ask by MaHoSo as on the receipt, or by the reference that the district gave"
        raise NotFound("No dossier is known by this reference", hint=hint)
    by = (
        "reference"
        if numbers
        else "number"
        if reference in {each.number for each in records if not each.repeats}
        else "other number"
    )
    return DossierStatus(by, records)


def status_label(contracts: Mapping[str, Contract], state: str) -> str:
    """The state in the contract's words (Vietnamese); the code itself where the contract does not know it."""
    codes = contracts["dossier"].dataset("dossier").by_name["TrangThaiHoSo"].codes
    return next((code.label for code in codes if code.value == state), state)


def _by_reference(connection: sa.Connection, reference: str) -> set[str]:
    """MaHoSo behind a district's opaque reference, all of them; empty when it is none."""
    query = sa.text("select r.number from hub.referred(:reference) r (number)")
    return set(connection.scalars(query, {"reference": reference}))
