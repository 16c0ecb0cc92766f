"""The desk as one caller sees it: the decisions of his own agency, purpose and law, no others; each question is noted, answered or not.

What is missing, what belongs to somebody else and what no grant allows under the law that the token names are the same `NotFound`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from hub.access import audit, in_flight, row_security
from hub.access.audit import AuditEntry
from hub.access.legal_bases import duty
from hub.access.tokens import Claims
from hub.answers import dossier_status, error_reports
from hub.answers.decisions import store
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.decisions.officer import NOUNS
from hub.answers.decisions.rejudge import NotHeld
from hub.answers.decisions.store import Recorded
from hub.answers.disclosure import dossiers
from hub.answers.disclosure.disclosure import Disclosure
from hub.answers.disclosure.model import Asking, Disclosed
from hub.answers.dossier_status import DossierStatus
from hub.answers.error_reports import Finding, Reported
from hub.answers.extracts.drafts import Copy
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.evidence.evidence import Evidence, Moment
from hub.evidence.people import Subject
from hub.load.ledger import CASE_DAYS


@dataclass(frozen=True)
class AgencyView:
    """What one caller may do, by the claims of his token."""

    desk: DecisionService
    claims: Claims

    def ask(self, dossier: str, procedure: str, people: Mapping[str, Subject]) -> tuple[Recorded, ...]:
        """As `Desk.ask`, for the caller's agency and purpose. Raises NotFound for a dossier that is not the agency's own and nobody knows, too."""
        with self._noted("decisions", dossier, granted=True):  # without a grant each paper is asked for, and the reason says so
            with self.desk.hub.engine.connect() as connection:
                self._demand_dossier(connection, dossier)
            question = Question(self.claims.agency, dossier, procedure, self.claims.purpose, people, self.claims.legal_basis)
            return self.desk.ask(question, who=self.claims.officer, counted=True)

    def shown(self, dossier: str) -> tuple[Recorded, ...]:
        """The caller's own decisions about a dossier, with their reasons. Raises NotFound, LimitReached."""
        asked = self._asked("decisions", dossier)
        now = self.desk.hub.scenario.now()
        with self._noted("decisions", dossier), self.desk.hub.engine.begin() as connection:
            self._read_as(connection)
            found = tuple(each for each in store.of_dossier(connection, dossier) if self._own(each))
            if not found:
                raise NotFound("No decision about that dossier")
            self.desk.note(connection, asked, now, found, missed=False)  # shown again: nothing was searched for
        return found

    def preview(self, decision: int, why: str, record: str = "") -> tuple[Recorded, Evidence]:
        """As `Desk.preview`: that somebody looked stays on record. Raises NotFound, PreviewRequired, AskAnew, LimitReached."""
        with self._noted("preview", _name(decision)):
            known = self._known(decision)
            return known, self.desk.preview(decision, self._person(why), self.claims.legal_basis, record=record, counted=True)

    def act(self, decision: int, what: str, why: str, record: str = "") -> Recorded:
        """Note that the evidence was `used`, `confirmed` or `refused`. Raises NotFound, PreviewRequired, AskAnew, LimitReached."""
        with self._noted(NOUNS[what], _name(decision)):
            self._known(decision)
            return self.desk.act(decision, what, self._person(why), self.claims.legal_basis, record=record, counted=True)

    def confirm(self, decision: int, why: str, record: str = "") -> Recorded:
        """As `Desk.confirm`: the officer of the token answers for it that a candidate is the one. Raises as `act`."""
        return self.act(decision, "confirmed", why, record)

    def extract(self, decision: int, why: str) -> Copy:
        """As `Desk.extract`. Raises NotFound, PreviewRequired, AskAnew, LimitReached."""
        with self._noted("extract", _name(decision)):
            self._known(decision)
            name = self.desk.agency_name(self.claims.agency)
            return self.desk.extract(decision, name, self._person(why), self.claims.legal_basis, counted=True)

    def asking(self, dossier: str) -> Asking:
        """The caller's word for `disclosure`, which notes each question by itself."""
        return Asking(self.claims.agency, self.claims.officer, self.claims.purpose, dossier, self.claims.legal_basis)

    def record(self, dossier: str, type_: str, subject: Subject, fields: Iterable[str]) -> Disclosed:
        """As `Disclosure.record`; a field that does not exist is noted as a question too. Raises NotFound, LimitReached."""
        try:
            return self.disclosure.record(self.asking(dossier), type_, subject, fields)
        except NotFound:
            asked, now = self._asked("record", dossier), self.desk.hub.scenario.now()
            self.desk.within_limit(asked, now)
            with in_flight.released(self.desk.hub.engine), self.desk.hub.engine.begin() as connection:
                audit.write(connection, asked, self.desk.hub.keys, now, outcome="nothing", missed=False)
            raise

    @property
    def disclosure(self) -> Disclosure:
        """Fields, answers and prefill, cut by the grants."""
        return self.desk.disclosure

    def status(self, reference: str) -> tuple[DossierStatus, str]:
        """How far a dossier is, and the state in words; for whom anything of dossiers is granted. Raises NotFound, LimitReached."""
        hub = self.desk.hub
        with self._noted("status", reference, granted=self._of_dossiers()), hub.engine.begin() as connection:
            self._read_as(connection)
            found = dossier_status.status(connection, reference)
            if self.claims.dossier and self.claims.dossier not in found.numbers:
                raise NotFound("No dossier is known by this reference")
            records = [(each.system, each.number, each.state, each.changed_at) for each in found.records]
            audit.write(connection, self._asked("status", reference), hub.keys, hub.scenario.now(), outcome="answered", answer=records, datasets=("dossier",))
        return found, dossier_status.status_label(hub.contracts, found.state)

    def report(self, dossier: str, finding: Finding) -> Reported:
        """Take an error report about a record that the caller may be told of, for the owner of its source. Raises NotFound, LimitReached."""
        hub, now = self.desk.hub, self.desk.hub.scenario.now()
        dataset, system, key = finding.record
        with self._noted("report", dossier), hub.engine.begin() as connection:
            contract = next((c for c in hub.contracts.values() if any(d.name == dataset for d in c.datasets)), None)
            if contract is None or (finding.field and finding.field not in contract.dataset(dataset).by_name):
                raise NotFound("No such dataset or field")
            self._demand_dossier(connection, dossier)
            self._read_as(connection)
            held = error_reports.held(connection, contract.dataset(dataset), system, key)
            if held is None or not self.desk.rule.fields(self.asking(dossier), dataset, Moment(now).today, contract.dataset(dataset).by_name, held):
                raise NotFound("No such record")
            source = hub.deployment.systems.get(system)
            term = timedelta(days=int(contract.service_level.get("case_days", CASE_DAYS)))
            asker = (self.claims.agency, self.claims.officer, self.claims.purpose, dossier)
            taken = error_reports.report(connection, finding, hub.keys, asker=asker, owner=source.owner if source else contract.owner, now=now, term=term)
            audit.write(connection, self._asked("report", dossier), hub.keys, now, outcome="answered", answer=taken.id, datasets=(dataset,))
        return taken

    def reported(self, number: int) -> Reported:
        """A report of the caller's own. Raises NotFound, LimitReached."""
        hub = self.desk.hub
        with self._noted("report", f"report {number}"), hub.engine.begin() as connection:
            self._read_as(connection)
            found = error_reports.one(connection, number)
            if (found.agency, found.purpose) != (self.claims.agency, self.claims.purpose) or self.claims.dossier not in ("", found.dossier):
                raise NotFound("No such report")
            audit.write(connection, self._asked("report", found.dossier), hub.keys, hub.scenario.now(), outcome="answered", answer=found.state,
                        datasets=(found.dataset,))
        return found

    @contextmanager
    def _noted(self, what: str, reference: str, *, granted: bool | None = None) -> Iterator[None]:
        """Within the agency's limits, under a grant; and a question that gets no answer has its row before it gets none."""
        asked = self._asked(what, reference)
        now = self.desk.hub.scenario.now()
        self.desk.within_limit(asked, now)
        if granted is None:
            granted = self.desk.grants.holds(asked.agency, asked.purpose, Moment(now).today, self.claims.legal_basis)
        with in_flight.released(self.desk.hub.engine):
            try:
                if not granted:
                    raise NotFound("No grant for this purpose under this law")
                yield
            except NotHeld:
                raise
            except NotFound:
                with self.desk.hub.engine.begin() as connection:
                    self._read_as(connection)
                    audit.write(connection, asked, self.desk.hub.keys, now, outcome="nothing" if granted else "denied")
                raise

    def _demand_dossier(self, connection: sa.Connection, dossier: str) -> None:
        """Raises NotFound: the dossier is neither the agency's own nor known. Before the connection reads as the agency."""
        if not dossiers.stands(connection, self.claims.agency, dossier):
            raise NotFound("No such dossier")

    def _of_dossiers(self) -> bool:
        """Whether the caller is granted anything of dossiers: themselves, their papers or their results."""
        asking, day = self.asking(""), Moment(self.desk.hub.scenario.now()).today
        return any(self.desk.rule.fields(asking, each.name, day, each.by_name) for each in self.desk.hub.contracts["dossier"].datasets)

    def _known(self, decision: int) -> Recorded:
        """A decision of the caller's own, as his token allows it. Raises NotFound."""
        with self.desk.hub.engine.begin() as connection:
            self._read_as(connection)
            known = store.one(connection, decision)
        if not self._own(known):
            raise NotFound(f"No decision {decision}")
        return known

    def _read_as(self, connection: sa.Connection) -> None:
        """Behind the second wall: another agency's decisions are not there."""
        c, day = self.claims, Moment(self.desk.hub.scenario.now()).today
        row_security.read_as(connection, agency=c.agency, purpose=c.purpose, day=day, legal_basis=c.legal_basis)

    def _own(self, each: Recorded) -> bool:
        own = each.agency == self.claims.agency and each.purpose == self.claims.purpose and self.claims.dossier in ("", each.dossier)
        return own and each.asked_under in ("", duty(self.claims.legal_basis))

    def _asked(self, what: str, reference: str) -> AuditEntry:
        return AuditEntry(self.claims.agency, self.claims.officer, what, self.claims.purpose, reference, legal_basis=self.claims.legal_basis)

    def _person(self, why: str) -> Actor:
        return Actor(self.claims.officer, why)


def _name(decision: int) -> str:
    return f"decision {decision}"
