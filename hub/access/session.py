"""The transaction of one answer: its role, its reads and its outcome (`hub/access/answering.py` opens it)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from hub.access import audit, row_security
from hub.access.audit import AuditEntry
from hub.access.grants.live import LiveGrants
from hub.access.inquiry import Inquiry
from hub.core.crypto import Keys
from hub.core.errors import OutcomeMissing

DEATHS = "death"
"""The one dataset that the hub reads for itself: a death locks, whether or not the asker may know of it."""


@dataclass
class Session:
    """One answer. It opens no socket: outside sources are asked before it (`tests/service/test_no_network.py`)."""

    connection: sa.Connection
    """Connection with the role of the inquiry's agency, for its purpose, under its law."""
    entry: AuditEntry
    keys: Keys
    now: datetime
    """The deployment's clock when it began."""
    today: date
    """The local day of `now`."""
    live: LiveGrants
    """The grants: inside of this transaction they are those of one version."""
    may: Callable[[], bool] = lambda: True
    """Whether the agency may see anything at all, by the grants in force."""
    visible: bool = field(default=False, init=False)
    """What `may` said; if not, every search finds nothing."""
    postponed: bool = field(default=False, init=False)
    refusal: Exception | None = field(default=None, init=False)
    _noted: dict[str, Any] | None = field(default=None, init=False)
    _law: str = field(default="", init=False)
    _unusable: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._law = self.inquiry.legal_basis

    @property
    def inquiry(self) -> Inquiry:
        """Who asks."""
        return self.entry.inquiry

    def read_as_agency(self) -> None:
        """Set the reader role, for the agency of the inquiry, by the grants in force.

        They stay in force from here to the end of the transaction. If this process did not know them yet, it is done
        a second time, by them.
        """
        inquiry, settled = self.inquiry, False
        while not settled:
            self.visible = self.may()
            mark = row_security.read_as(
                self.connection,
                agency=inquiry.agency,
                purpose=inquiry.purpose if self.visible else "",
                day=self.today,
                legal_basis=self._law,
            )
            settled = self.live.settle(self.connection, mark)

    @contextmanager
    def as_hub_for_deaths(self) -> Iterator[None]:
        """Read deaths as the hub itself, then restore the role of the agency.

        After an error the transaction is unusable.
        """
        with self._restored():
            row_security.read_own(self.connection, DEATHS, self.today)
            yield

    @contextmanager
    def under(self, legal_basis: str) -> Iterator[None]:
        """Read under another law: a decision is judged under the law of its own question."""
        before = self._law
        if legal_basis == before:
            yield
            return
        self._law = legal_basis
        self.read_as_agency()
        with self._restored():
            yield
            self._law = before

    def concerns(self, reference: str = "", numbers: Sequence[str] = ()) -> None:
        """Set the dossier or person of the audit row; what is left out stays as it was."""
        entry = self.entry
        inquiry = entry.inquiry.about(reference or entry.inquiry.reference)
        self.entry = replace(entry, inquiry=inquiry, numbers=tuple(numbers) or entry.numbers)

    def found(
        self,
        answer: object,
        *,
        datasets: Iterable[str] = (),
        fields: Iterable[str] = (),
        grants: Iterable[str] = (),
        legal_bases: Iterable[str] = (),
        records: Iterable[tuple[str, datetime]] = (),
    ) -> None:
        """The outcome: answered. `fields` are the disclosed ones, as dataset.field; never a value. `records`: name and
        version of those that it was taken from."""
        noted = {"datasets": datasets, "fields": fields, "grants": grants, "legal_bases": legal_bases}
        self._end("answered", answer=answer, records=records, **noted)

    def nothing(
        self,
        answer: object = None,
        *,
        missed: bool | None = None,
        datasets: Iterable[str] = (),
        grants: Iterable[str] = (),
    ) -> None:
        """The outcome: nothing. `missed`: whether a search found nothing, which is the default."""
        self._end("nothing", answer=answer, missed=missed, datasets=datasets, grants=grants)

    def deny(
        self,
        answer: object = None,
        *,
        missed: bool | None = None,
        datasets: Iterable[str] = (),
        grants: Iterable[str] = (),
    ) -> None:
        """The outcome: no grant allows it.

        To the asker it looks like nothing. `missed` if that depends on what is held.
        """
        self._end("denied", answer=answer, missed=missed, datasets=datasets, grants=grants)

    def refuse(self, error: Exception) -> None:
        """Raise an error after the commit of the outcome and of everything else that was written."""
        self.refusal = error

    def postpone(self) -> None:
        """Drop this attempt: an outside source is asked first, then the question is answered again."""
        self.postponed = True

    def write(self) -> None:
        """Write the audit row: the last statement before the commit. Raises OutcomeMissing."""
        if self._noted is None or self._unusable:
            raise OutcomeMissing(f"An answer ({self.entry.what}) has no outcome: nothing of it is given")
        audit.write(self.connection, self.entry, self.keys, self.now, **self._noted)

    def _end(self, outcome: str, **noted: Any) -> None:
        if self._noted is not None:
            raise OutcomeMissing(
                f"An answer ({self.entry.what}) has two outcomes, {self._noted['outcome']} and {outcome}"
            )
        self._noted = {"outcome": outcome, **noted}

    @contextmanager
    def _restored(self) -> Iterator[None]:
        """Around another role: restores the agency's, unless an error was raised."""
        usable, self._unusable = self._unusable, True
        yield
        self.read_as_agency()
        self._unusable = usable
