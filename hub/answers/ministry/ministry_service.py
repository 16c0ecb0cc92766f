"""Answers questions of the Ministry: receives, locates, decides, drafts, hands over with a receipt.

    register ──sealed on record──> settle ──locate, grants, conditions──> state
    state    ──what waits or is done is settled anew──> state
    result   ──settled anew──state 4──> data, draft extract, receipt

The audit row, and with a result the receipt, is written in the transaction of the answer.

An administrative unit identifies an office (maDonVi, `offices.py`). A commune is no agency in the list: it asks under
the grants of the agency above it, and the audit row has its own code.

A repeated question has the same answer while nothing has changed. A state is a claim about a moment, so it is judged
again before each answer and hand-over. A changed state is recorded. A caller who may see nothing gets a refusal, which
changes no recorded state.

Each call counts towards the office's hourly limit and has an audit row, even if it is refused. Under a law other than
the grant's, every entry looks missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from hub.access.answering import Admission
from hub.access.inquiry import Inquiry
from hub.access.legal_bases import duty
from hub.access.session import Session
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.disclosure import dossiers
from hub.answers.extracts import drafts
from hub.answers.ministry import fields, questions
from hub.answers.ministry.codes import MINISTRY, Denied, MinistryRefusal, State
from hub.answers.ministry.handed import Handed, hand_over
from hub.answers.ministry.judged import MODULE, NEITHER, PURPOSE, Judged, judge, whole
from hub.answers.ministry.offices import Offices
from hub.answers.ministry.questions import Asked
from hub.evidence.evidence import Evidence, Moment, about, of_register
from hub.evidence.registers import register_of

BASIS = "extract-anywhere"
UNREADABLE = "(unreadable)"
"""Reference of an unreadable call: its own could hold anything."""


def the_ministry(user: str) -> Inquiry:
    """The inquiry of a message signed by the Ministry's system: for every office, under the law of the copies."""
    return Inquiry(MINISTRY, user, PURPOSE, legal_basis=BASIS, door="ministry")


@dataclass(frozen=True)
class MinistryService:
    """The operations for the Ministry's system, and for offices with a token of their own."""

    service: DecisionService

    def register(self, caller: Inquiry, unit: str, module: str, reference: str, data: str) -> None:
        """dangKyHoTich: take a question and decide it. A repeated question is judged again.

        Raises:
            MinistryRefusal: 106 no such office, or not the caller's; 201 the dossier is neither the office's nor known;
                302 or 500 faults of fields, or a settled number is used for another question.
            LimitReached: the office used up its hour.
        """
        with self._admitted(caller, "extract", unit, reference) as admission:
            self._demand_dossier(admission)
            with admission.answering() as session:
                if module != MODULE:
                    raise MinistryRefusal("302", (("module", f"module phải là {MODULE}"),))
                wanted = fields.read(data)
                self._settle(session, self._received(session, unit, reference, data), wanted)

    def state(self, caller: Inquiry, unit: str, reference: str) -> tuple[State, tuple[str, ...]]:
        """traTrangThaiHoSo: the state with its reasons.

        A waiting or done question is judged again. Each poll has an audit row.

        Raises:
            MinistryRefusal: 106; 201 no such question.
            LimitReached: the office used up its hour.
        """
        with self._admitted(caller, "status", unit, reference) as admission, admission.answering() as session:
            asked = self._known(session, unit, reference)
            wanted = self._wanted(asked)
            session.concerns(numbers=_numbers(wanted))
            granted = self.service.grants.holds(asked.agency, PURPOSE, session.today, caller.legal_basis)
            if not granted:
                session.deny((asked.state, asked.reasons), missed=False)
                return State.REFUSED, (NEITHER,)
            if asked.state in (State.RECEIVED, State.DONE):
                return self._settle(session, asked, wanted)
            assert asked.state is not None
            if asked.state is State.SUPPLEMENT:
                session.found((asked.state, asked.reasons))
            else:
                session.nothing((asked.state, asked.reasons))
        return asked.state, asked.reasons

    def result(self, caller: Inquiry, unit: str, reference: str) -> Handed:
        """ketQuaDangKyHS: data, draft and receipt of a question in state 4. Unchanged entries give the same hand-over.

        The question is judged again first. A corrected entry is handed over in its new version, an ended or locked one
        not.

        Raises:
            MinistryRefusal: 106; 201 no such question; 200 not in state 4 or not permitted, or no longer so.
            LimitReached: the office used up its hour.
        """
        handed = None
        with self._admitted(caller, "extract", unit, reference) as admission, admission.answering() as session:
            refused = self._not_done(session, unit, reference)
            if refused is None:
                handed = self._hand_over(session, unit, reference)
            else:  # commits the new state
                if isinstance(refused, Denied):
                    session.deny(refused.code, missed=False)
                else:
                    session.nothing(refused.code, missed=False)
                session.refuse(refused)
        assert handed is not None
        return handed

    def unreadable(self, caller: Inquiry, what: str) -> MinistryRefusal:
        """The refusal of an unreadable call.

        Its audit row has none of its content; it counts towards the caller's hourly limit.

        Raises:
            LimitReached: the caller used up that hour.
        """
        refusal = MinistryRefusal("302")
        with self.service.way_out.answering(caller.about(UNREADABLE), what) as session:
            session.nothing(refusal.code)
        return refusal

    def _received(self, session: Session, unit: str, reference: str, data: str) -> Asked:
        """The recorded question: the earlier one if it is repeated, or a new one in state 1.

        Raises MinistryRefusal 500.
        """
        known = questions.latest(session.connection, unit, reference)
        if known is not None and known.content_lookup == bytes.fromhex(session.keys.lookup(data)):
            return known
        if known is not None and known.state is not State.SUPPLEMENT:
            raise MinistryRefusal("500", (("maHoSo", "maHoSo đã dùng cho một yêu cầu khác"),))
        inquiry = session.inquiry
        questions.receive(
            session.connection,
            session.keys,
            unit=unit,
            reference=reference,
            agency=inquiry.agency,
            who=inquiry.officer,
            data=data,
            now=session.now,
        )
        asked = questions.latest(session.connection, unit, reference)
        assert asked is not None
        questions.enter(session.connection, asked, State.RECEIVED, (), None, session.now)
        return asked

    def _settle(self, session: Session, asked: Asked, wanted: fields.WantedRecord) -> tuple[State, tuple[str, ...]]:
        """Decide a question and record its state. Returns the state and reasons that this caller may see."""
        judged = judge(self.service, session, wanted)
        self._enter(session, asked, judged)
        session.concerns(numbers=_numbers(wanted))
        answer = (judged.state.value, judged.reasons)
        if judged.state in (State.DONE, State.SUPPLEMENT):
            datasets = (judged.found.dataset,) if judged.found else ()
            session.found(answer, datasets=datasets, legal_bases=(duty(session.inquiry.legal_basis),))
        elif judged.denied:
            session.deny(answer, missed=False)
        else:
            session.nothing(answer, missed=True)
        return judged.state, judged.reasons

    def _enter(self, session: Session, asked: Asked, judged: Judged) -> None:
        """Record the state if it or its version has changed; number the copy of a done question.

        A refusal for one caller does not replace a state that holds for others under their law.
        """
        if judged.state is State.REFUSED and asked.state in (State.DONE, State.SUPPLEMENT):
            return
        done = judged.found if judged.state is State.DONE else None
        same = done is None or (done.system, done.key, done.version) == (asked.system, asked.record_key, asked.version)
        if same and (judged.state, judged.reasons) == (asked.state, asked.reasons):
            return
        if done is not None:
            self._copy(session, asked, done)
        questions.enter(session.connection, asked, judged.state, judged.reasons, done, session.now)

    def _not_done(self, session: Session, unit: str, reference: str) -> MinistryRefusal | None:
        """Judge a question that waits or is done again, and record its state.

        Returns refusal 200 unless it is then in state 4.
        """
        asked = self._known(session, unit, reference)
        if asked.state not in (State.RECEIVED, State.DONE):
            return MinistryRefusal("200")
        judged = judge(self.service, session, self._wanted(asked))
        if not judged.denied:  # what one caller may not see goes on waiting for others
            self._enter(session, asked, judged)
        return None if judged.state is State.DONE else Denied("200") if judged.denied else MinistryRefusal("200")

    def _hand_over(self, session: Session, unit: str, reference: str) -> Handed:
        """Data, draft and receipt of a question in state 4. Raises Denied 200."""
        asked = self._known(session, unit, reference)
        found = self._evidence(session, asked)
        if not whole(self.service, session, found):
            raise Denied("200")
        return hand_over(self.service, session, asked, found, self._copy(session, asked, found))

    def _copy(self, session: Session, asked: Asked, found: Evidence) -> drafts.Copy:
        return drafts.issue(
            session.connection,
            found,
            self.service.hub.contracts,
            self.service.units,
            agency=(asked.agency, self._offices.name(asked.unit)),
            reference=f"{asked.unit}/{asked.reference}",
            legal_basis=duty(session.inquiry.legal_basis),
            now=session.now,
        )

    def _evidence(self, session: Session, asked: Asked) -> Evidence:
        """The entry at the time of the decision, on the side that was asked about.

        Raises Denied 200: it may not be seen any more.
        """
        assert asked.at is not None
        condition = "r._system = :system and r._key = :key and r._version = :version"
        values = {"system": asked.system, "key": asked.record_key, "version": asked.version}
        register = register_of(self.service.hub.contracts, asked.type or "")
        found = about(
            of_register(session.connection, register, self.service.hub.contracts, condition, values, Moment(asked.at)),
            asked.role,
        )
        if found is None:
            raise Denied("200")
        return found

    def _wanted(self, asked: Asked) -> fields.WantedRecord:
        """The content of a recorded question."""
        return fields.read(
            self.service.hub.keys.open(asked.content, questions.place(asked.unit, asked.reference)).decode()
        )

    @staticmethod
    def _known(session: Session, unit: str, reference: str) -> Asked:
        asked = questions.latest(session.connection, unit, reference)
        if asked is None:
            raise MinistryRefusal("201")
        return asked

    def _agency(self, caller: Inquiry, unit: str) -> str:
        """The agency whose grants count for an office. Raises Denied 106: unknown, or the caller may not ask for it."""
        return self._offices.agency(unit, asked_by=caller.agency)

    @property
    def _offices(self) -> Offices:
        """Read for each call, because a service runs longer than a list of offices is valid."""
        return Offices.on(
            self.service.hub.deployment.folder, self.service.units, Moment(self.service.hub.scenario.now()).today
        )

    @contextmanager
    def _admitted(self, caller: Inquiry, what: str, unit: str, reference: str) -> Iterator[Admission]:
        """An admitted question of an office, under the agency whose grants count.

        Raises Denied 106, which counts for the caller.
        """
        agency, unknown = caller.agency, None
        try:
            agency = self._agency(caller, unit)
        except Denied as error:
            unknown = error
        inquiry = replace(
            caller, agency=agency, officer=f"{caller.officer}, maDonVi {unit}", purpose=PURPOSE, reference=reference
        )
        with self.service.way_out.admitted(inquiry, what) as admission:
            if unknown is not None:
                raise unknown
            yield admission

    @staticmethod
    def _demand_dossier(admission: Admission) -> None:
        """Raises MinistryRefusal: 201, the dossier is neither the office's own nor known."""
        with admission.as_hub() as connection:
            if not dossiers.stands(connection, admission.inquiry.agency, admission.inquiry.reference):
                raise MinistryRefusal("201")


def _numbers(wanted: fields.WantedRecord) -> tuple[str, ...]:
    return tuple(n for n in (wanted.subject.personal_id, wanted.subject.old_id) if n)
