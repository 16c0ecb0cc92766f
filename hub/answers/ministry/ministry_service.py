"""A question of the Ministry, answered: received, located, decided, drafted, handed over with a receipt.

    register ──sealed on record──> settle ──locate, grants, conditions──> state          audit row in the same transaction
    state    ──what waits or is done is settled anew──> state                            audit row in the same transaction
    result   ──settled anew──state 4──> data, draft extract, receipt                     audit row and receipt in the same transaction

An office is known by its administrative unit (maDonVi, `offices.py`). A commune is no agency of its own in the list: it asks under the grants of the
agency above it, and its own code stands in the audit row. The same question under the same number has the same answer while nothing changed: a state
is a claim about a moment, and is judged again before anything is said or handed over by it. What changed has another state, which stays; that a caller
may see nothing of it is said to him and changes no state. Each call counts in the office's hour and has its row, refused ones too; under a law that is
not the grant's, everything looks as if no entry were held.
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
from hub.answers.ministry.codes import Denied, MinistryRefusal, State
from hub.answers.ministry.handed import Handed, hand_over
from hub.answers.ministry.judged import MODULE, NEITHER, PURPOSE, Judged, judge, whole
from hub.answers.ministry.offices import MINISTRY, Offices
from hub.answers.ministry.questions import Asked
from hub.evidence.evidence import Evidence, Moment, about, of_register
from hub.evidence.registers import REGISTERS

BASIS = "extract-anywhere"
UNREADABLE = "(unreadable)"
"""Reference of a call that could not be read: what stands there instead may be anything."""


def the_ministry(user: str) -> Inquiry:
    """Who asks, by a message that the Ministry's system signed: for every office, under the law of the copies."""
    return Inquiry(MINISTRY, user, PURPOSE, legal_basis=BASIS, door="ministry")


@dataclass(frozen=True)
class MinistryService:
    """The hub's answers to the Ministry's system, and to offices that ask with a token of their own."""

    desk: DecisionService

    def register(self, caller: Inquiry, unit: str, module: str, reference: str, data: str) -> None:
        """dangKyHoTich: take a question and settle it. The same again is judged again; while nothing changed it changes nothing.

        Raises:
            MinistryRefusal: 106 no such office, or not the caller's; 201 a dossier that is neither the office's nor known; 302, 500 fields at fault, or
                another question under a number that is settled.
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
        """traTrangThaiHoSo: the state with its reasons; what waits or is done is judged again. Each poll has its row.

        Raises:
            MinistryRefusal: 106; 201 no such question.
            LimitReached: the office used up its hour.
        """
        with self._admitted(caller, "status", unit, reference) as admission, admission.answering() as session:
            asked = self._known(session, unit, reference)
            wanted = self._wanted(asked)
            session.concerns(numbers=_numbers(wanted))
            granted = self.desk.grants.holds(asked.agency, PURPOSE, session.today, caller.legal_basis)
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
        """ketQuaDangKyHS: data, draft and receipt of a question in state 4; again it is the same, while the entry is.

        The question is judged again first: of what was corrected the new version is handed over, of what was ended or locked since nothing.

        Raises:
            MinistryRefusal: 106; 201 no such question; 200 not in state 4 (any more), or not permitted (any more).
            LimitReached: the office used up its hour.
        """
        handed = None
        with self._admitted(caller, "extract", unit, reference) as admission, admission.answering() as session:
            refused = self._still_done(session, unit, reference)
            if refused is None:
                handed = self._hand_over(session, unit, reference)
            else:  # with the new state
                if isinstance(refused, Denied):
                    session.deny(refused.code, missed=False)
                else:
                    session.nothing(refused.code, missed=False)
                session.refuse(refused)
        assert handed is not None
        return handed

    def unreadable(self, caller: Inquiry, what: str) -> MinistryRefusal:
        """The refusal of a call that nobody could read, noted with nothing of what it says; it counts in the caller's own hour.

        Raises:
            LimitReached: the caller used up that hour.
        """
        refusal = MinistryRefusal("302")
        with self.desk.way_out.answering(caller.about(UNREADABLE), what) as session:
            session.nothing(refusal.code)
        return refusal

    def _received(self, session: Session, unit: str, reference: str, data: str) -> Asked:
        """The question on record: the same that was asked before, or a new one in state 1. Raises MinistryRefusal 500."""
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

    def _settle(self, session: Session, asked: Asked, wanted: fields.Wanted) -> tuple[State, tuple[str, ...]]:
        """Decide a question and note it. The state with its reasons, as this caller may hear them."""
        judged = judge(self.desk, session, wanted)
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
        """Put the state on record where it is another one, or of another version; number the copy of what is done.

        That a caller is told of neither entry nor right takes no state away that holds for others under their law.
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

    def _still_done(self, session: Session, unit: str, reference: str) -> MinistryRefusal | None:
        """Judge a settled question again: 200 unless it is in state 4 and still is, for this caller. Its new state is entered."""
        asked = self._known(session, unit, reference)
        if asked.state is not State.DONE:
            return MinistryRefusal("200")
        judged = judge(self.desk, session, self._wanted(asked))
        self._enter(session, asked, judged)
        return None if judged.state is State.DONE else Denied("200") if judged.denied else MinistryRefusal("200")

    def _hand_over(self, session: Session, unit: str, reference: str) -> Handed:
        """Data, draft and receipt of a question in state 4. Raises Denied 200."""
        asked = self._known(session, unit, reference)
        found = self._evidence(session, asked)
        if not whole(self.desk, session, found):
            raise Denied("200")
        return hand_over(self.desk, session, asked, found, self._copy(session, asked, found))

    def _copy(self, session: Session, asked: Asked, found: Evidence) -> drafts.Copy:
        return drafts.issue(
            session.connection,
            found,
            self.desk.hub.contracts,
            self.desk.units,
            agency=(asked.agency, self._offices.name(asked.unit)),
            reference=f"{asked.unit}/{asked.reference}",
            legal_basis=duty(session.inquiry.legal_basis),
            now=session.now,
        )

    def _evidence(self, session: Session, asked: Asked) -> Evidence:
        """The entry as it was when the question was settled, about the person it was asked about. Raises Denied 200: it may not be seen any more."""
        assert asked.at is not None
        condition = "r._system = :system and r._key = :key and r._version = :version"
        values = {"system": asked.system, "key": asked.record_key, "version": asked.version}
        register = REGISTERS[asked.type or ""]
        found = about(
            of_register(session.connection, register, self.desk.hub.contracts, condition, values, Moment(asked.at)),
            asked.role,
        )
        if found is None:
            raise Denied("200")
        return found

    def _wanted(self, asked: Asked) -> fields.Wanted:
        """What a question on record asks for."""
        return fields.read(
            self.desk.hub.keys.open(asked.content, questions.place(asked.unit, asked.reference)).decode()
        )

    @staticmethod
    def _known(session: Session, unit: str, reference: str) -> Asked:
        asked = questions.latest(session.connection, unit, reference)
        if asked is None:
            raise MinistryRefusal("201")
        return asked

    def _agency(self, caller: Inquiry, unit: str) -> str:
        """Whose grants count for an office. Raises Denied 106: unknown, or the caller may not ask for it."""
        return self._offices.agency(unit, asked_by=caller.agency)

    @property
    def _offices(self) -> Offices:
        """Read anew, for a desk outlives a reform."""
        return Offices.on(self.desk.hub.deployment.folder, self.desk.units, Moment(self.desk.hub.scenario.now()).today)

    @contextmanager
    def _admitted(self, caller: Inquiry, what: str, unit: str, reference: str) -> Iterator[Admission]:
        """A question of an office that was let in, under the agency whose grants count. Raises Denied 106, in the caller's own hour."""
        agency, unknown = caller.agency, None
        try:
            agency = self._agency(caller, unit)
        except Denied as error:
            unknown = error
        inquiry = replace(
            caller, agency=agency, officer=f"{caller.officer}, maDonVi {unit}", purpose=PURPOSE, reference=reference
        )
        with self.desk.way_out.admitted(inquiry, what) as admission:
            if unknown is not None:
                raise unknown
            yield admission

    @staticmethod
    def _demand_dossier(admission: Admission) -> None:
        """Raises MinistryRefusal: 201, the dossier is neither the office's own nor known."""
        with admission.as_hub() as connection:
            if not dossiers.stands(connection, admission.inquiry.agency, admission.inquiry.reference):
                raise MinistryRefusal("201")


def _numbers(wanted: fields.Wanted) -> tuple[str, ...]:
    return tuple(n for n in (wanted.subject.personal_id, wanted.subject.old_id) if n)
