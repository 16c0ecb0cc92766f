"""A question of the Ministry, answered: received, located, decided, drafted, handed over with a receipt.

    register ──sealed on record──> settle ──locate, grants, conditions──> state          audit row in the same transaction
    state    ──what waits or is done is settled anew──> state                            audit row in the same transaction
    result   ──settled anew──state 4──> data, draft extract, receipt                     audit row and receipt in the same transaction

An office is known by its administrative unit (maDonVi). A commune is no agency of its own in the list: it asks under the grants of the
agency above it, and its own code stands in the audit row. The same question under the same number has the same answer while nothing changed: a state
is a claim about a moment, and is judged again before anything is said or handed over by it. What changed has another state, which stays; that a caller
may see nothing of it is said to him and changes no state. Each call counts in the office's hour and has its row, refused ones too; under a law that is
not the grant's, everything looks as if no entry were held.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from contracts.errors import Transient
from contracts.local_time import LOCAL
from hub.access import audit, in_flight, row_security
from hub.access.grants.agencies import read_agencies
from hub.access.legal_bases import duty
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.disclosure import dossiers
from hub.answers.disclosure.model import Asking
from hub.answers.extracts import drafts, extract_layout
from hub.answers.ministry import fields, questions
from hub.answers.ministry.codes import Denied, MinistryRefusal, State
from hub.answers.ministry.judged import MODULE, NEITHER, PURPOSE, Judged, judge
from hub.answers.ministry.questions import Asked
from hub.core.units import Unit
from hub.evidence.evidence import Evidence, Moment, about, of_register, row_of
from hub.evidence.registers import REGISTERS

BASIS = "extract-anywhere"
MINISTRY = "000.00.00.G15"
"""Identity code of the Ministry of Justice: whose system may ask for every office (G15 stands in the codes of its results in the national catalogue)."""
UNREADABLE = "(unreadable)"
"""Reference of a call that could not be read: what stands there instead may be anything."""


@dataclass(frozen=True)
class Caller:
    """Who is at the door: the Ministry's system, or an office of its own."""

    agency: str
    who: str
    legal_basis: str = BASIS
    """Under which law it asks, as its token says; the Ministry's system under that of the copies."""


@dataclass(frozen=True)
class Handed:
    """What is handed over. Personal data: it goes to who asked, and nowhere else."""

    number: str
    """Of the draft extract."""
    data: str
    """`<hotich><hoso>...`, of which the receipt's sha256 is."""
    draft: str
    """The draft as PDF, base64."""
    receipt: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Handed({self.number}, receipt {self.receipt['soBienNhan']})"


@dataclass(frozen=True)
class MinistryService:
    """The hub's answers to the Ministry's system."""

    desk: DecisionService

    def register(self, caller: Caller, unit: str, module: str, reference: str, data: str) -> None:
        """dangKyHoTich: take a question and settle it. The same again is judged again; while nothing changed it changes nothing.

        Raises:
            MinistryRefusal: 106 no such office, or not the caller's; 201 a dossier that is neither the office's nor known; 302, 500 fields at fault, or
                another question under a number that is settled.
            LimitReached: the office used up its hour.
        """
        hub, now = self.desk.hub, self.desk.hub.scenario.now()
        with self._noted(caller, "extract", unit, reference, new=True) as agency, self._reading(agency, caller) as connection:
            if module != MODULE:
                raise MinistryRefusal("302", (("module", f"module phải là {MODULE}"),))
            wanted = fields.read(data)
            known = questions.latest(connection, unit, reference)
            if known is not None and known.content_lookup == bytes.fromhex(hub.keys.lookup(data)):
                self._settle(connection, known, wanted, caller, "extract")
                return
            if known is not None and known.state is not State.SUPPLEMENT:
                raise MinistryRefusal("500", (("maHoSo", "maHoSo đã dùng cho một yêu cầu khác"),))
            questions.receive(connection, hub.keys, unit=unit, reference=reference, agency=agency, who=caller.who, data=data, now=now)
            asked = questions.latest(connection, unit, reference)
            assert asked is not None
            questions.enter(connection, asked, State.RECEIVED, (), None, now)
            self._settle(connection, asked, wanted, caller, "extract")

    def state(self, caller: Caller, unit: str, reference: str) -> tuple[State, tuple[str, ...]]:
        """traTrangThaiHoSo: the state with its reasons; what waits or is done is judged again. Each poll has its row.

        Raises:
            MinistryRefusal: 106; 201 no such question.
            LimitReached: the office used up its hour.
        """
        hub = self.desk.hub
        with self._noted(caller, "status", unit, reference) as agency, self._reading(agency, caller) as connection:
            asked = self._known(connection, unit, reference)
            wanted = self._wanted(asked)
            granted = self.desk.grants.holds(asked.agency, PURPOSE, Moment(hub.scenario.now()).today, caller.legal_basis)
            if granted and asked.state in (State.RECEIVED, State.DONE):
                return self._settle(connection, asked, wanted, caller, "status")
            self._note(connection, asked, wanted, caller, "status", outcome=None if granted else "denied")
        assert asked.state is not None
        return (asked.state, asked.reasons) if granted else (State.REFUSED, (NEITHER,))

    def result(self, caller: Caller, unit: str, reference: str) -> Handed:
        """ketQuaDangKyHS: data, draft and receipt of a question in state 4; again it is the same, while the entry is.

        The question is judged again first: of what was corrected the new version is handed over, of what was ended or locked since nothing.

        Raises:
            MinistryRefusal: 106; 201 no such question; 200 not in state 4 (any more), or not permitted (any more).
            LimitReached: the office used up its hour.
        """
        with self._noted(caller, "extract", unit, reference) as agency:
            with self._reading(agency, caller) as connection:
                refused = self._still_done(connection, caller, unit, reference)
                if refused is None:
                    return self._hand_over(connection, caller, unit, reference)
            raise refused  # the new state is committed

    def _still_done(self, connection: sa.Connection, caller: Caller, unit: str, reference: str) -> MinistryRefusal | None:
        """Judge a settled question again: 200 unless it is in state 4 and still is, for this caller. Its new state is entered."""
        asked = self._known(connection, unit, reference)
        if asked.state is not State.DONE:
            return MinistryRefusal("200")
        judged = self._judge(connection, asked, self._wanted(asked), caller)
        self._enter(connection, asked, judged, caller)
        return None if judged.state is State.DONE else Denied("200") if judged.denied else MinistryRefusal("200")

    def _hand_over(self, connection: sa.Connection, caller: Caller, unit: str, reference: str) -> Handed:
        """Data, draft and receipt of a question in state 4."""
        hub, now = self.desk.hub, self.desk.hub.scenario.now()
        asked = self._known(connection, unit, reference)
        found = self._evidence(connection, asked)
        told = extract_layout.fields(found.type)
        if not self._whole(asked, caller, found):
            raise Denied("200")
        copy = self._copy(connection, asked, found, caller)
        data = fields.written(row_of(connection, REGISTERS[found.type].in_contract(hub.contracts), found, told))
        draft = copy.pdf()
        given = {
            "agency": asked.agency, "who": self._who(caller.who, unit), "what": f"{found.record} · {copy.number}", "purpose": PURPOSE,
            "reference": reference, "legal_basis": duty(caller.legal_basis), "sha256": hashlib.sha256(data.encode()).hexdigest(),
            "draft_sha256": hashlib.sha256(draft).hexdigest(),
        }  # fmt: skip
        receipt = questions.hand_over(connection, hub.keys, given, found.number, now)
        grants = self.desk.rule.grants_of(self._asking(asked, caller), found.dataset, Moment(now).today, told, found)
        audit.write(connection, self._asked(asked.agency, caller, "extract", unit, reference, found.number), hub.keys, now, outcome="answered",
                    answer=given, datasets=(found.dataset,), fields=(f"{found.dataset}.{name}" for name in told), grants=(g.id for g in grants),
                    legal_bases=(duty(caller.legal_basis),))
        return Handed(copy.number, data, base64.b64encode(draft).decode(), _shown(receipt))

    def unreadable(self, caller: Caller, what: str) -> MinistryRefusal:
        """The refusal of a call that nobody could read, noted with nothing of what it says; it counts in the caller's own hour.

        Raises:
            LimitReached: the caller used up that hour.
        """
        hub, now, refusal = self.desk.hub, self.desk.hub.scenario.now(), MinistryRefusal("302")
        asked = audit.AuditEntry(caller.agency, caller.who, what, PURPOSE, UNREADABLE, (), caller.legal_basis)
        self.desk.within_limit(asked, now)
        with hub.engine.begin() as connection:
            audit.write(connection, asked, hub.keys, now, outcome="nothing", answer=refusal.code)
        return refusal

    def _settle(self, connection: sa.Connection, asked: Asked, wanted: fields.Wanted, caller: Caller, what: str) -> tuple[State, tuple[str, ...]]:
        """Decide a question and note it. The state with its reasons, as this caller may hear them."""
        judged = self._judge(connection, asked, wanted, caller)
        self._enter(connection, asked, judged, caller)
        answered = judged.state in (State.DONE, State.SUPPLEMENT)
        audit.write(
            connection, self._asked(asked.agency, caller, what, asked.unit, asked.reference, *_numbers(wanted)), self.desk.hub.keys,
            self.desk.hub.scenario.now(), outcome="answered" if answered else "denied" if judged.denied else "nothing",
            answer=(judged.state.value, judged.reasons), datasets=(judged.found.dataset,) if judged.found and answered else (),
            legal_bases=(duty(caller.legal_basis),) if answered else (), missed=not answered and not judged.denied,
        )  # fmt: skip
        return judged.state, judged.reasons

    def _judge(self, connection: sa.Connection, asked: Asked, wanted: fields.Wanted, caller: Caller) -> Judged:
        """What a question comes to now, under the caller's law."""
        return judge(self.desk, connection, asked, wanted, caller.legal_basis, lambda found: self._whole(asked, caller, found))

    def _enter(self, connection: sa.Connection, asked: Asked, judged: Judged, caller: Caller) -> None:
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
            self._copy(connection, asked, done, caller)
        questions.enter(connection, asked, judged.state, judged.reasons, done, self.desk.hub.scenario.now())

    def _note(self, connection: sa.Connection, asked: Asked, wanted: fields.Wanted, caller: Caller, what: str, outcome: str | None = None) -> None:
        """Note that somebody asked about a question that stands settled; `outcome` when it is not the state's."""
        outcome_ = "answered" if asked.state in (State.DONE, State.SUPPLEMENT) else "nothing"
        audit.write(connection, self._asked(asked.agency, caller, what, asked.unit, asked.reference, *_numbers(wanted)), self.desk.hub.keys,
                    self.desk.hub.scenario.now(), outcome=outcome or outcome_, answer=(asked.state, asked.reasons))

    def _whole(self, asked: Asked, caller: Caller, found: Evidence) -> bool:
        """Whether all that a copy shows may be told: a copy is whole or not at all."""
        needed = extract_layout.fields(found.type)
        return needed <= self.desk.rule.fields(self._asking(asked, caller), found.dataset, Moment(self.desk.hub.scenario.now()).today, needed, found)

    def _copy(self, connection: sa.Connection, asked: Asked, found: Evidence, caller: Caller) -> drafts.Copy:
        office = self._offices.get(asked.unit) or (asked.agency, self._unit(asked.unit).name)
        return drafts.issue(
            connection, found, self.desk.hub.contracts, self.desk.units, agency=(asked.agency, office[1]), reference=f"{asked.unit}/{asked.reference}",
            legal_basis=duty(caller.legal_basis), now=self.desk.hub.scenario.now(),
        )  # fmt: skip

    def _evidence(self, connection: sa.Connection, asked: Asked) -> Evidence:
        """The entry as it was when the question was settled, about the person it was asked about. Raises Denied 200: it may not be seen any more."""
        assert asked.at is not None
        condition = "r._system = :system and r._key = :key and r._version = :version"
        values = {"system": asked.system, "key": asked.record_key, "version": asked.version}
        register = REGISTERS[asked.type or ""]
        found = about(of_register(connection, register, self.desk.hub.contracts, condition, values, Moment(asked.at)), asked.role)
        if found is None:
            raise Denied("200")
        return found

    def _wanted(self, asked: Asked) -> fields.Wanted:
        """What a question on record asks for."""
        return fields.read(self.desk.hub.keys.open(asked.content, questions.place(asked.unit, asked.reference)).decode())

    def _known(self, connection: sa.Connection, unit: str, reference: str) -> Asked:
        asked = questions.latest(connection, unit, reference)
        if asked is None:
            raise MinistryRefusal("201")
        return asked

    def _agency(self, caller: Caller, unit: str) -> str:
        """Whose grants count for an office. Raises Denied 106: unknown, or the caller may not ask for it."""
        place: Unit | None = self._unit(unit)
        offices = self._offices
        while place is not None and place.code not in offices:
            place = self._unit(place.parent_code) if place.parent_code else None
        if place is None or caller.agency not in (MINISTRY, offices[place.code][0]):
            raise Denied("106")
        return offices[place.code][0]

    def _unit(self, code: str) -> Unit:
        found = self.desk.units.at(code, self.desk.hub.scenario.now().astimezone(LOCAL).date())
        if not isinstance(found, Unit):
            raise Denied("106")
        return found

    @property
    def _offices(self) -> dict[str, tuple[str, str]]:
        """Administrative unit -> (identity code, name) of the agency that answers for its civil status today: read anew, for a desk outlives a reform."""
        day = self.desk.hub.scenario.now().astimezone(LOCAL).date()
        found: dict[str, tuple[str, str]] = {}
        for agency in sorted(read_agencies(self.desk.hub.deployment.folder).values(), key=lambda each: each.code):
            if agency.registers and agency.on(day):
                found.setdefault(agency.unit, (agency.code, agency.name))
        return found

    @contextmanager
    def _noted(self, caller: Caller, what: str, unit: str, reference: str, *, new: bool = False) -> Iterator[str]:
        """The agency whose grants count, within its limits; what is refused has its row before it is. `new`: the dossier is named for the first time."""
        hub, now, agency = self.desk.hub, self.desk.hub.scenario.now(), None
        with in_flight.released(hub.engine):
            try:
                agency = self._agency(caller, unit)
                self.desk.within_limit(self._asked(agency, caller, what, unit, reference), now)
                if new and not self._may_name(agency, reference):
                    raise MinistryRefusal("201")
                yield agency
            except (Transient, sa.exc.TimeoutError):  # past the limit it is noted already; without the database nothing can be
                raise
            except Exception as refusal:  # a fault of ours too: whoever asked was asking
                asked = self._asked(agency or caller.agency, caller, what, unit, reference)
                if agency is None:
                    self.desk.within_limit(asked, now)
                outcome, code = "denied" if isinstance(refusal, Denied) else "nothing", getattr(refusal, "code", "500")
                with hub.engine.begin() as connection:
                    audit.write(connection, asked, hub.keys, now, outcome=outcome, answer=code, missed=code == "201")
                raise

    def _may_name(self, agency: str, reference: str) -> bool:
        with self.desk.hub.engine.connect() as connection:
            return dossiers.stands(connection, agency, reference)

    @contextmanager
    def _reading(self, agency: str, caller: Caller) -> Iterator[sa.Connection]:
        """One transaction behind the second wall: the office's own questions, and what its grants show."""
        hub = self.desk.hub
        with hub.engine.begin() as connection:
            row_security.read_as(connection, agency=agency, purpose=PURPOSE, day=Moment(hub.scenario.now()).today, legal_basis=caller.legal_basis)
            yield connection

    def _asking(self, asked: Asked, caller: Caller) -> Asking:
        return Asking(asked.agency, caller.who, PURPOSE, asked.reference, caller.legal_basis)

    def _asked(self, agency: str, caller: Caller, what: str, unit: str, reference: str, *numbers: str | None) -> audit.AuditEntry:
        return audit.AuditEntry(agency, self._who(caller.who, unit), what, PURPOSE, reference, tuple(n for n in numbers if n), caller.legal_basis)

    @staticmethod
    def _who(who: str, unit: str) -> str:
        return f"{who}, maDonVi {unit}"


def _numbers(wanted: fields.Wanted) -> tuple[str | None, ...]:
    return wanted.subject.personal_id, wanted.subject.old_id


def _shown(receipt: Mapping[str, Any]) -> dict[str, str]:
    """A receipt in the receiver's words."""
    return {
        "soBienNhan": f"{receipt['number']}/{receipt['year']}/BN", "thoiDiem": receipt["handed_at"].astimezone(LOCAL).isoformat(timespec="seconds"),
        "coQuan": receipt["agency"], "nguoiHoi": receipt["who"], "biDanh": receipt["pseudonym"], "noiDung": receipt["what"],
        "mucDich": f"{receipt['purpose']}: {receipt['reference']}", "canCu": receipt["legal_basis"], "sha256": receipt["sha256"],
        "sha256BanNhap": receipt["draft_sha256"],
    }  # fmt: skip
