"""Of an entry about two persons, what is handed over is about the one who was asked about; with nobody named, about neither. All people are synthetic."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.access.inquiry import Inquiry
from hub.access.row_security import READER
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.core.actions import Actor
from hub.evidence.people import Entry, Subject
from hub.requirements.catalogue import About
from tests.hub.answers.builders import QUAN_1, demanding, on_record, requirement, small_hub
from tests.hub.registers import KEYS

LAN, BINH, AN = "079190000001", "079088000002", "079316000001"
BOOK = {"so": "3", "quyenSo": "01/2021", "ngayDangKy": "2021-02-03", "noiDangKy": "26734"}
COUPLE = {
    "chongSoGiayToTuyThan": BINH,
    "chongHoTen": "Nguyễn Văn Bình",
    "chongNgaySinh": "1988",
    "voSoGiayToTuyThan": LAN,
    "voHoTen": "Trần Thị Hoà Lan",
    "voNgaySinh": "1990",
    **BOOK,
}
RECOGNISED = {
    "cmSoGiayToTuyThan": BINH,
    "cmHoTen": "Nguyễn Văn Bình",
    "cmNgaySinh": "1988",
    "ncSoGiayToTuyThan": AN,
    "ncHoTen": "Nguyễn Minh An",
    "ncNgaySinh": "2016-05-12",
    **BOOK,
}
BORN = {
    "nksSoDDCN": AN,
    "nksHoTen": "Nguyễn Minh An",
    "nksNgaySinh": "2016-05-12",
    "meSoGiayToTuyThan": LAN,
    "meHoTen": "Trần Thị Hoà Lan",
    **BOOK,
}
LAN_BORN = {
    "nksSoDDCN": LAN,
    "nksHoTen": "Trần Thị Hoà Lan",
    "nksNgaySinh": "1990",
    "meHoTen": "Lê Thị Tư",
    **BOOK,
    "so": "4",
}
NAMES = {LAN: "Trần Thị Hoà Lan", BINH: "Nguyễn Văn Bình", AN: "Nguyễn Minh An"}


REGISTERS = ("register:birth", "register:marriage", "register:recognition")
PAPERS = {
    f"{register} of {about}": (requirement(register, procedure=f"{register} of {about}", about=about),)
    for register in REGISTERS
    for about in About
}
"""Procedures that demand one paper each: an entry of a register about somebody of the dossier."""


@pytest.fixture
def service(engine, contracts) -> DecisionService:
    return demanding(small_hub(engine, contracts), PAPERS)


def question(register: str, about: str, subject: Subject) -> Question:
    inquiry = Inquiry(QUAN_1, "officer-1", "civil-status", "H1")
    return Question(inquiry, f"{register} of {about}", {about: subject})


@pytest.fixture
def city(put) -> None:
    """A couple, a child that was recognised, and two births."""
    put("marriage", "1", **COUPLE)
    put("recognition", "1", **RECOGNISED)
    put("birth", "1", **BORN)
    put("birth", "2", **LAN_BORN)


@pytest.fixture
def asked(city, service):
    """The decision of a question about a paper of a register, about a person by their part in the dossier."""

    def ask(register: str, about: str, subject: Subject):
        [decision] = service.ask(question(register, about, subject))
        return decision

    return ask


@pytest.mark.parametrize(
    ("type_", "about", "who", "role"),
    [
        ("register:marriage", "applicant", LAN, "wife"),
        ("register:marriage", "spouse", BINH, "husband"),
        ("register:recognition", "child", AN, "child"),
        ("register:recognition", "father", BINH, "parent"),
        ("register:birth", "child", AN, "child"),
        ("register:birth", "mother", LAN, "child"),
    ],
)
def test_evidence_is_about_who_was_asked_about(
    asked,
    service,
    engine,
    type_: str,
    about: str,
    who: str,
    role: str,
) -> None:
    """By either side; a mother's birth is the entry in which she is the child."""
    decision = asked(type_, about, Subject(personal_id=who))
    shown = service.preview(decision.id, Actor("officer", "tại quầy"))
    assert (decision.role, shown.role, shown.number, shown.name) == (role, role, who, NAMES[who])
    with engine.connect() as connection:
        subjects = connection.scalar(sa.text("select subjects from hub.audit where what = 'preview'"))
    assert subjects == [bytes.fromhex(KEYS.lookup(who))], "the audit row is about somebody else"


def test_found_by_the_book_it_is_the_side_that_bears_the_name(asked, service) -> None:
    entry = Entry("3", "01/2021", "26734", "2021-02-03")
    decision = asked("register:marriage", "applicant", Subject(name=NAMES[LAN], entry=entry))
    assert service.preview(decision.id, Actor("officer", "x")).number == LAN


def test_a_decision_from_before_sides_were_kept_is_about_neither(city, service) -> None:
    """It keeps its entry and its copy; whom it was asked about nobody knows any more, so nobody is shown."""
    decision = on_record(
        service, question("register:marriage", "applicant", Subject(personal_id=LAN)), sealed=True, role=None
    )
    shown = service.preview(decision.id, Actor("officer", "x"))
    assert (shown.record, shown.book, shown.role, shown.number, shown.name, shown.born) == (
        "marriage/moj-registry/1",
        "01/2021",
        "",
        None,
        None,
        None,
    )
    assert service.extract(decision.id, "Ủy ban nhân dân Quận 1", Actor("officer", "x")).number == "1/2022/TLKH-BS"


def test_one_sided_evidence_from_before_is_shown_as_ever(city, service) -> None:
    decision = on_record(service, question("register:birth", "child", Subject(personal_id=AN)), sealed=True, role=None)
    assert service.preview(decision.id, Actor("officer", "x")).number == AN


ENTRY = Entry("3", "01/2021", "26734", "2021-02-03")
ENTRY_ALONE = Subject(entry=ENTRY)
DEAD = {
    "nktNgaySinh": "1990",
    "nktNgayChet": "2022-01-01",
    "so": "9",
    "quyenSo": "01/2022",
    "ngayDangKy": "2022-01-02",
    "noiDangKy": "26734",
}


@pytest.mark.parametrize(("type_", "mark"), [("register:marriage", "TLKH"), ("register:recognition", "TLCMC")])
def test_asked_for_by_its_entry_alone_it_is_about_neither(asked, service, engine, type_: str, mark: str) -> None:
    """One certain registration is reused; looked at, used and copied as a whole, with neither person's name, number or birth date beside it."""
    decision, clerk = asked(type_, "applicant", ENTRY_ALONE), Actor("officer", "tại quầy")
    assert (decision.outcome, decision.role, decision.result_code is not None) == ("reuse", "", True)
    assert [why["value"] for why in decision.why if why["condition"] == "one-candidate"] == ["one, by entry"]
    shown = service.preview(decision.id, clerk)
    assert (shown.record, shown.book, shown.entry, shown.role) == (decision.record, "01/2021", "3", "")
    assert (shown.number, shown.name, shown.born, shown.parents) == (None, None, None, ())
    assert service.act(decision.id, "used", clerk).acts == ("previewed", "used")
    assert service.extract(decision.id, "Ủy ban nhân dân Quận 1", clerk).number == f"1/2022/{mark}-BS"
    with engine.connect() as connection:
        assert {row.subjects == [] for row in connection.execute(sa.text("select subjects from hub.audit"))} == {True}


def test_prefill_fills_nothing_of_a_side_that_nobody_named(asked, service) -> None:
    """The number 3 of that book is a birth, a marriage and a recognition: only of the birth it is plain whose it is."""
    asked("register:marriage", "applicant", ENTRY_ALONE)
    filled = service.disclosure.prefill(
        Inquiry(QUAN_1, "officer", "civil-status", f"{QUAN_1}-220602-0001"), ENTRY_ALONE
    )
    assert {each.record for each in filled.facts.values()} == {"birth/moj-registry/1"}
    assert filled.facts["hoTen"].value == NAMES[AN]


def test_prefill_of_a_marriage_s_entry_alone_is_empty(put, service) -> None:
    put("marriage", "1", **COUPLE)
    assert not service.disclosure.prefill(
        Inquiry(QUAN_1, "officer", "civil-status", f"{QUAN_1}-220602-0001"), ENTRY_ALONE
    ).facts


def test_of_two_sides_the_one_that_fits_is_looked_at(asked, service) -> None:
    """A birth date that the wife bears: to be confirmed, and it was the husband who was shown."""
    decision = asked("register:marriage", "applicant", Subject(born="1990-03-04", entry=ENTRY))
    assert (decision.outcome, decision.role, service.preview(decision.id, Actor("officer", "x")).number) == (
        "confirm",
        "wife",
        LAN,
    )


def test_a_name_that_neither_side_bears_is_confirmed(asked) -> None:
    decision = asked("register:marriage", "applicant", Subject(name="Ngô Thị Bảy", entry=ENTRY))
    assert (decision.outcome, [why["value"] for why in decision.why if why["effect"] == "doubt"]) == (
        "confirm",
        ["2 possible, by entry; differs: hoTen"],
    )


@pytest.mark.parametrize(
    ("subject", "dead", "outcome", "alive"),
    [
        (ENTRY_ALONE, {"nktSoGiayToTuyThan": AN}, "ask", "death registered"),
        (Subject(name=NAMES[AN], entry=ENTRY), {"nktSoGiayToTuyThan": AN}, "ask", "death registered"),
        (
            ENTRY_ALONE,
            {"nktSoGiayToTuyThan": AN, "nktNgayGhiChuHuyTuyenBoViecChet": "2022-03-01"},
            "reuse",
            "death declaration annulled",
        ),
        (ENTRY_ALONE, {"nktSoGiayToTuyThan": "079316000009"}, "reuse", "no death entry"),
        (ENTRY_ALONE, {"so": "3", "quyenSo": "01/2021", "ngayDangKy": "2021-02-03"}, "reuse", "no death entry"),
    ],
)
def test_a_death_locks_whom_an_entry_leads_to(
    put, asked, subject: Subject, dead: dict[str, str], outcome: str, alive: str
) -> None:
    """Nobody told the number: it stands on the birth entry, and the death is registered under it. Number 3 of the book of deaths is somebody else's."""
    put("death", "9", **DEAD | dead)
    decision = asked("register:birth", "child", subject)
    assert (decision.outcome, [why["value"] for why in decision.why if why["condition"] == "alive"]) == (
        outcome,
        [alive],
    )


@pytest.mark.parametrize(("stands", "outcome"), [("021234567", "confirm"), ("0212345", "reuse")])
def test_a_death_under_an_old_number_is_a_doubt(put, asked, stands: str, outcome: str) -> None:
    """Nine digits were given twice; what is no number of a person finds nobody."""
    put("birth", "5", nksSoDDCN=stands, nksHoTen="Phan Văn Tám", **BOOK | {"so": "5"})
    put("death", "9", nktSoGiayToTuyThan=stands, **DEAD)
    assert (
        asked("register:birth", "child", Subject(entry=Entry("5", "01/2021", "26734", "2021-02-03"))).outcome == outcome
    )


def test_the_number_that_another_system_says_counts_too(put, asked) -> None:
    put("birth", "7", system="book-files", **BORN | {"so": "7", "nksSoDDCN": None})
    put("birth", "7", **BORN | {"so": "7"})
    put("death", "9", nktSoGiayToTuyThan=AN, **DEAD)
    decision = asked("register:birth", "child", Subject(entry=Entry("7", "01/2021", "26734", "2021-02-03")))
    assert "alive" in [why["condition"] for why in decision.why if why["effect"] == "fails"]


@pytest.mark.parametrize(
    ("subject", "outcome"),
    [(ENTRY_ALONE, "reuse"), (Subject(name=NAMES[LAN], entry=ENTRY), "ask"), (Subject(personal_id=BINH), "reuse")],
)
def test_a_death_locks_the_person_a_paper_is_about_not_the_marriage(put, asked, subject: Subject, outcome: str) -> None:
    """The wife died. A widower's copy of the marriage is as lawful as ever (Luật Hộ tịch Art. 63), so with nobody named there is nobody to lock."""
    put("death", "9", nktSoGiayToTuyThan=LAN, **DEAD)
    decision = asked("register:marriage", "applicant", subject)
    assert decision.outcome == outcome
    if subject is ENTRY_ALONE:
        assert [why["value"] for why in decision.why if why["condition"] == "alive"] == ["nobody named"]


def test_deaths_are_asked_as_the_hub_itself_and_the_rest_as_the_agency(put, service, engine) -> None:
    """Once for a number that is told; once more, and only then, for one that stands on an entry. Whoever decides afterwards is the agency again."""
    put("birth", "1", **BORN)
    service.disclosure  # noqa: B018 - grants as rows
    wanted = requirement("register:birth", about=About.CHILD)
    read = list[str]()

    def listen(connection, cursor, statement, parameters, *_):
        return "set_config('hub.own'" in statement and read.append(parameters["own"] or parameters["agency"])

    sa.event.listen(engine, "before_cursor_execute", listen)
    try:
        for subject, expected in (
            (Subject(personal_id=AN), [QUAN_1, "death", QUAN_1]),
            (ENTRY_ALONE, [QUAN_1, *["death", QUAN_1] * 2]),
        ):
            question = Question(Inquiry(QUAN_1, "officer-1", "civil-status", "H1"), "p", {"child": subject})
            with service.way_out.answering(question.inquiry, "decisions") as session:
                [decided] = service.decided(session, question, (wanted,))
                settings = session.connection.execute(
                    sa.text("select current_setting('role'), current_setting('hub.agency'), current_setting('hub.own')")
                ).one()
                session.nothing()
            assert (decided.outcome, read, tuple(settings)) == ("reuse", expected, (READER, QUAN_1, ""))
            read.clear()
    finally:
        sa.event.remove(engine, "before_cursor_execute", listen)
