"""Of an entry about two persons, what is handed over is about the one who was asked about. All people are synthetic."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.acts import Person
from hub.requirements.catalogue import About, Answer, Requirement, Territory, Validity
from hub.reuse.decide import Question
from hub.reuse.people import Entry, Subject

from .conftest import KEYS
from .test_audit import QUAN_1, desk  # noqa: F401 - a fixture

LAN, BINH, AN = "079190000001", "079088000002", "079316000001"
BOOK = {"so": "3", "quyenSo": "01/2021", "ngayDangKy": "2021-02-03", "noiDangKy": "26734"}
COUPLE = {"chongSoGiayToTuyThan": BINH, "chongHoTen": "Nguyễn Văn Bình", "chongNgaySinh": "1988", "voSoGiayToTuyThan": LAN, "voHoTen": "Trần Thị Hoà Lan",
          "voNgaySinh": "1990", **BOOK}  # fmt: skip
RECOGNISED = {"cmSoGiayToTuyThan": BINH, "cmHoTen": "Nguyễn Văn Bình", "cmNgaySinh": "1988", "ncSoGiayToTuyThan": AN, "ncHoTen": "Nguyễn Minh An",
              "ncNgaySinh": "2016-05-12", **BOOK}  # fmt: skip
BORN = {"nksSoDDCN": AN, "nksHoTen": "Nguyễn Minh An", "nksNgaySinh": "2016-05-12", "meSoGiayToTuyThan": LAN, "meHoTen": "Trần Thị Hoà Lan", **BOOK}
LAN_BORN = {"nksSoDDCN": LAN, "nksHoTen": "Trần Thị Hoà Lan", "nksNgaySinh": "1990", "meHoTen": "Lê Thị Tư", **BOOK, "so": "4"}
NAMES = {LAN: "Trần Thị Hoà Lan", BINH: "Nguyễn Văn Bình", AN: "Nguyễn Minh An"}


@pytest.fixture
def asked(put, desk, monkeypatch):  # noqa: F811
    """The decision of a question about a paper of a register, about a person by their part in the dossier."""

    def ask(type_: str, about: str, subject: Subject):
        put("marriage", "1", **COUPLE)
        put("recognition", "1", **RECOGNISED)
        put("birth", "1", **BORN)
        put("birth", "2", **LAN_BORN)
        wanted = Requirement("p", "r", "Giấy tờ", 1, Answer.REGISTER, type_, About(about), Territory.ANY, None, Validity(), "once-held", "r", True, 2)
        desk.__dict__["requirements"] = {"p": (wanted,)}
        [decision] = desk.ask(Question(QUAN_1, "H1", "p", "civil-status", {about: subject}))
        return decision

    return ask


@pytest.mark.parametrize(("type_", "about", "who", "role"), [
    ("register:marriage", "applicant", LAN, "wife"), ("register:marriage", "spouse", BINH, "husband"), ("register:recognition", "child", AN, "child"),
    ("register:recognition", "father", BINH, "parent"), ("register:birth", "child", AN, "child"), ("register:birth", "mother", LAN, "child"),
])  # fmt: skip
def test_evidence_is_about_who_was_asked_about(asked, desk, engine, type_: str, about: str, who: str, role: str) -> None:  # noqa: F811
    """By either side; a mother's birth is the entry in which she is the child."""
    decision = asked(type_, about, Subject(personal_id=who))
    shown = desk.preview(decision.id, Person("officer", "tại quầy"))
    assert (decision.role, shown.role, shown.number, shown.name) == (role, role, who, NAMES[who])
    with engine.connect() as connection:
        subjects = connection.scalar(sa.text("select subjects from hub.audit where what = 'preview'"))
    assert subjects == [bytes.fromhex(KEYS.lookup(who))], "the audit row is about somebody else"


def test_found_by_the_book_it_is_the_side_that_bears_the_name(asked, desk) -> None:  # noqa: F811
    entry = Entry("3", "01/2021", "26734", "2021-02-03")
    decision = asked("register:marriage", "applicant", Subject(name=NAMES[LAN], entry=entry))
    assert desk.preview(decision.id, Person("officer", "x")).number == LAN


def test_a_decision_from_before_sides_were_kept_is_about_neither(asked, desk, engine) -> None:  # noqa: F811
    """It keeps its entry and its copy; whom it was asked about nobody knows any more, so nobody is shown."""
    decision = asked("register:marriage", "applicant", Subject(personal_id=LAN))
    with engine.begin() as connection:
        for statement in ("alter table hub.decision disable trigger user", "update hub.decision set role = null", "alter table hub.decision enable trigger user"):
            connection.execute(sa.text(statement))
    shown = desk.preview(decision.id, Person("officer", "x"))
    assert (shown.record, shown.book, shown.role, shown.number, shown.name, shown.born) == ("marriage/moj-registry/1", "01/2021", "", None, None, None)
    assert desk.extract(decision.id, "Ủy ban nhân dân Quận 1", Person("officer", "x")).number == "1/2022/TLKH-BS"


def test_one_sided_evidence_from_before_is_shown_as_ever(asked, desk, engine) -> None:  # noqa: F811
    decision = asked("register:birth", "child", Subject(personal_id=AN))
    with engine.begin() as connection:
        for statement in ("alter table hub.decision disable trigger user", "update hub.decision set role = null", "alter table hub.decision enable trigger user"):
            connection.execute(sa.text(statement))
    assert desk.preview(decision.id, Person("officer", "x")).number == AN
