"""The hub as one asker may use it: decisions of his own agency, purpose and law only. Each question is audited.

What is missing, what belongs to another agency and what no grant allows under the token's law is the same `NotFound`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from hub.access.answering import Admission
from hub.access.inquiry import Inquiry
from hub.answers import dossier_status, error_reports
from hub.answers.decisions import store
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.decisions.noted import note
from hub.answers.decisions.officer import NOUNS, Officer
from hub.answers.decisions.recorded import Recorded
from hub.answers.disclosure import dossiers
from hub.answers.disclosure.model import Answered, Disclosed, Prefilled
from hub.answers.dossier_status import DossierStatus
from hub.answers.error_reports import Finding, Reported
from hub.answers.extracts.drafts import Copy
from hub.core.actions import Actor
from hub.core.errors import NotFound, NotGranted
from hub.evidence import doubts
from hub.evidence.evidence import Evidence, Moment
from hub.evidence.people import Subject
from hub.load.ledger import CASE_DAYS


@dataclass(frozen=True)
class AgencyView:
    """The operations of one asker."""

    service: DecisionService
    inquiry: Inquiry

    def ask(self, dossier: str, procedure: str, people: Mapping[str, Subject]) -> tuple[Recorded, ...]:
        """As `DecisionService.ask`. Also raises NotFound for a dossier that is neither the agency's own nor known."""
        question = Question(self.inquiry.about(dossier), procedure, people)
        with self._admitted(
            "decisions", dossier, granted=lambda: True, numbers=question.numbers
        ) as admission:  # without a grant the answer is to ask for each paper
            if not self._stands(admission):
                raise NotFound("No such dossier")
            return self.service.decide(admission, question)

    def shown(self, dossier: str) -> tuple[Recorded, ...]:
        """The asker's own decisions about a dossier, with their reasons. Raises NotFound, LimitReached."""
        with self._admitted("decisions", dossier) as admission, admission.answering() as session:
            found = store.of_dossier(session.connection, dossier, self.inquiry)
            if not found:
                raise NotFound("No decision about that dossier")
            note(session, found, missed=False)  # shown again: no search took place
        return found

    def preview(self, decision: int, why: str, record: str = "") -> Evidence:
        """As `Officer.preview`; the preview is recorded. Raises NotFound, PreviewRequired, AskAnew, LimitReached."""
        with self._admitted("preview", _name(decision)) as admission:
            return self._officer.preview(admission, decision, self._person(why), record=record)

    def act(self, decision: int, what: str, why: str, record: str = "") -> Recorded:
        """Record that the evidence was `used`, `confirmed` or `refused`.

        Raises NotFound, PreviewRequired, AskAnew, LimitReached.
        """
        with self._admitted(NOUNS[what], _name(decision)) as admission:
            return self._officer.act(admission, decision, what, self._person(why), record=record)

    def confirm(self, decision: int, why: str, record: str = "") -> Recorded:
        """Confirm a candidate in the name of the token's officer. Raises as `act`."""
        return self.act(decision, "confirmed", why, record)

    def extract(self, decision: int, why: str) -> Copy:
        """As `Officer.extract`. Raises NotFound, PreviewRequired, AskAnew, LimitReached."""
        with self._admitted("extract", _name(decision)) as admission:
            return self._officer.extract(
                admission, decision, self.service.agency_name(self.inquiry.agency), self._person(why)
            )

    def record(self, dossier: str, type_: str, subject: Subject, fields: Iterable[str]) -> Disclosed:
        """As `Disclosure.record`. Raises NotFound, LimitReached."""
        return self.service.disclosure.record(self.inquiry.about(dossier), type_, subject, fields)

    def answer(self, dossier: str, question: str, subject: Subject, other: Subject | None) -> Answered:
        """As `Disclosure.answer`. Raises NotFound, LimitReached."""
        return self.service.disclosure.answer(self.inquiry.about(dossier), question, subject, other)

    def prefill(self, dossier: str, subject: Subject, facts: Iterable[str]) -> Prefilled:
        """As `Disclosure.prefill`. Raises NotFound, LimitReached."""
        return self.service.disclosure.prefill(self.inquiry.about(dossier), subject, facts)

    def status(self, reference: str) -> tuple[DossierStatus, str]:
        """The state of a dossier, with its label.

        Needs a grant over any dataset of dossiers. Raises NotFound, LimitReached.
        """
        with (
            self._admitted("status", reference, granted=self._of_dossiers) as admission,
            admission.answering() as session,
        ):
            found = dossier_status.status(
                session.connection, reference, only=self.inquiry.dossier, known_at=session.now
            )
            records = tuple(
                replace(each, noted=doubts.said(self.service.hub.contracts, "dossier", each.noted))
                for each in found.records
            )
            found = replace(found, records=records)
            session.found(
                [(each.system, each.number, each.state, each.changed_at, each.noted) for each in records],
                datasets=("dossier",),
            )
        return found, dossier_status.status_label(self.service.hub.contracts, found.state)

    def report(self, dossier: str, finding: Finding) -> Reported:
        """Take an error report about a record that the asker may see, for the owner of its source.

        Raises NotFound, LimitReached.
        """
        hub, (dataset, system, key) = self.service.hub, finding.record
        with self._admitted("report", dossier) as admission:
            contract = next((c for c in hub.contracts.values() if any(d.name == dataset for d in c.datasets)), None)
            if contract is None or (finding.field and finding.field not in contract.dataset(dataset).by_name):
                raise NotFound("No such dataset or field")
            stands = self._stands(admission)
            with admission.answering() as session:  # whether the dossier stands or not: both take the same time
                held = error_reports.held(session.connection, contract.dataset(dataset), system, key)
                granted = self.service.rule.fields(
                    session.inquiry, dataset, session.today, contract.dataset(dataset).by_name, held
                )
                if not stands or held is None or not granted:
                    raise NotFound("No such dossier or record")
                source = hub.deployment.systems.get(system)
                term = timedelta(days=int(contract.service_level.get("case_days", CASE_DAYS)))
                owner = source.owner if source else contract.owner
                taken = error_reports.report(
                    session.connection,
                    finding,
                    hub.keys,
                    inquiry=session.inquiry,
                    owner=owner,
                    now=session.now,
                    term=term,
                )
                session.found(taken.id, datasets=(dataset,))
        return taken

    def reported(self, number: int) -> Reported:
        """One of the asker's own reports. Raises NotFound, LimitReached."""
        with self._admitted("report", f"report {number}") as admission, admission.answering() as session:
            found = error_reports.one(session.connection, number, self.inquiry)
            session.concerns(found.dossier)
            session.found(found.state, datasets=(found.dataset,))
        return found

    @contextmanager
    def _admitted(
        self,
        what: str,
        reference: str,
        *,
        granted: Callable[[], bool] | None = None,
        numbers: tuple[str, ...] = (),
    ) -> Iterator[Admission]:
        """An admitted question that a grant serves, by the grants of its answer too. Raises NotGranted."""
        inquiry, today = self.inquiry.about(reference), Moment(self.service.hub.scenario.now()).today

        def holds() -> bool:
            return self.service.grants.holds(inquiry.agency, inquiry.purpose, today, inquiry.legal_basis)

        def demand() -> None:
            if not (granted or holds)():
                raise NotGranted("No grant for this purpose under this law")

        with self.service.way_out.admitted(inquiry, what, numbers) as admission:
            demand()
            admission.demand = demand
            yield admission

    @staticmethod
    def _stands(admission: Admission) -> bool:
        """Whether the dossier is the agency's own, or known."""
        with admission.as_hub() as connection:
            return dossiers.stands(connection, admission.inquiry.agency, admission.inquiry.reference)

    def _of_dossiers(self) -> bool:
        """Whether a grant covers any dataset of dossiers: the dossiers, their papers or their results."""
        day = Moment(self.service.hub.scenario.now()).today
        return any(
            self.service.rule.fields(self.inquiry, each.name, day, each.by_name)
            for each in self.service.hub.contracts["dossier"].datasets
        )

    @property
    def _officer(self) -> Officer:
        return Officer(self.service, self.inquiry)

    def _person(self, why: str) -> Actor:
        return Actor(self.inquiry.officer, why)


def _name(decision: int) -> str:
    return f"decision {decision}"
