"""Requested AND granted AND needed; denied and missing look alike; answers in place of records; each question noted. All people are synthetic."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from hub.access import audit
from hub.access.audit import LimitReached
from hub.answers.disclosure.model import Answered, Disclosed, Prefilled
from hub.core.errors import DatabaseRefused, NotFound
from hub.evidence.people import Entry, Subject

from .conftest import BORN, CHILD, DEAD, FATHER, HOSPITAL, MOTHER, SCHOOL, WIFE, asking

WHO = Subject(personal_id=CHILD)
NAME = ("nksHoTen", "nksNgaySinh", "meHoTen", "trangSo")


def noted(engine):
    with engine.connect() as connection:
        return audit.rows(connection)


def test_a_desk_gets_what_it_asks_for_with_law_and_age(put, disclosure, engine) -> None:
    put("birth", "1", **BORN)
    answer = disclosure().record(asking(), "register:birth", WHO, NAME)
    assert answer.values == {"nksHoTen": "Nguyễn Minh An", "nksNgaySinh": "2016-05-12", "meHoTen": "Trần Thị Hoà Lan"}
    assert answer.record == "birth/moj-registry/1"
    assert answer.as_of == datetime(2022, 6, 2, 0, tzinfo=UTC)
    assert answer.legal_basis == "Nghị định 47/2020/NĐ-CP Điều 9 khoản 3"
    [row] = noted(engine)
    assert row["outcome"] == "answered"
    assert row["fields"] == [
        "birth.meHoTen",
        "birth.nksHoTen",
        "birth.nksNgaySinh",
        "birth.trangSo",
    ]


def test_what_a_purpose_does_not_need_is_not_reported_though_granted(put, disclosure, folder) -> None:
    grants = (folder / "grants.yaml").read_text()
    (folder / "grants.yaml").write_text(
        grants.replace(
            "nksQuocTich, nksSoDDCN]\n    answers: [matches, parent_of]\n    purpose: school",
            "nksQuocTich, nksSoDDCN, meHoTen]\n    answers: [matches, parent_of]\n    purpose: school",
        )
    )
    put("birth", "1", **BORN)
    answer = disclosure().record(asking(SCHOOL, "school-enrolment"), "register:birth", WHO, NAME)
    assert set(answer.values) == {"nksHoTen", "nksNgaySinh"}


@pytest.mark.parametrize(
    ("agency", "purpose"),
    [("999.00.00.H29", "civil-status"), (SCHOOL, "civil-status"), (HOSPITAL, "patient-admission"), (SCHOOL, "")],
)
def test_denied_looks_like_missing(put, disclosure, engine, agency: str, purpose: str) -> None:
    put("birth", "1", **BORN)
    denied = disclosure().record(asking(agency, purpose or "unknown"), "register:birth", WHO, NAME)
    missing = disclosure().record(asking(), "register:birth", Subject(personal_id="079316000099"), NAME)
    assert denied == missing == Disclosed("register:birth")
    assert [row["outcome"] for row in noted(engine)] == ["nothing", "denied"]


@pytest.mark.parametrize("law", ["marital-status", "once-held@2026-07-01", "once-held@", "once-hel", "Once-held"])
def test_another_law_than_the_grants_looks_like_missing(put, disclosure, engine, law: str) -> None:
    """The duty is another one, or its version is not the one in force that day."""
    put("birth", "1", **BORN)
    put("marriage", "1", **WIFE)
    other, nobody = asking(legal_basis=law), Subject(personal_id="079316000099")
    way = disclosure()
    assert (
        way.record(other, "register:birth", WHO, NAME)
        == way.record(asking(), "register:birth", nobody, NAME)
        == Disclosed("register:birth")
    )
    assert (
        way.answer(other, "is_married", Subject(personal_id=MOTHER))
        == way.answer(asking(), "is_married", nobody)
        == Answered("is_married")
    )
    assert way.prefill(other, WHO) == way.prefill(asking(), nobody) == Prefilled()
    assert [(row["outcome"], row["asked_under"]) for row in noted(engine)] == [("nothing", ""), ("denied", law)] * 3


@pytest.mark.parametrize("law", ["once-held", "once-held@2020-05-25", "extract-anywhere@2016-01-01"])
def test_the_law_of_a_grant_by_its_name_or_its_version(put, disclosure, law: str) -> None:
    put("birth", "1", **BORN)
    assert disclosure().record(asking(legal_basis=law), "register:birth", WHO, NAME).found


def test_several_entries_are_not_chosen_between(put, disclosure) -> None:
    put("birth", "1", **BORN)
    put("birth", "2", **BORN | {"so": "13"})
    assert not disclosure().record(asking(), "register:birth", WHO, NAME).found


def test_an_entry_reported_by_two_systems_is_one_and_what_they_contradict_is_not_reported(put, disclosure) -> None:
    put("birth", "1", **BORN)
    put("birth", "b1", system="book-files", **BORN | {"nksNgaySinh": "2016-05-13"})
    answer = disclosure().record(asking(), "register:birth", WHO, NAME)
    assert set(answer.values) == {"nksHoTen", "meHoTen"}
    assert disclosure().answer(asking(), "matches", Subject(personal_id=CHILD, born="2016-05-12")).answer is None


def test_a_death_locks_whatever_the_asker_may_know_of_it(put, disclosure) -> None:
    put("birth", "1", **BORN)
    put("death", "1", **DEAD)
    school = asking(SCHOOL, "school-enrolment")
    assert not disclosure().record(school, "register:birth", WHO, NAME).found
    assert not disclosure().prefill(school, WHO).facts
    assert disclosure().answer(school, "matches", Subject(personal_id=CHILD, born="2016")) == Answered("matches")
    misnamed = Subject(personal_id=CHILD, name="Lê Thị Khác")
    assert disclosure().answer(asking(), "matches", misnamed) == Answered("matches"), (
        "a wrong name told beside the number opened the lock"
    )
    assert disclosure().record(asking(), "register:death", WHO, ["nktNgayChet"]).values == {"nktNgayChet": "2022-01-01"}


BY_ENTRY = Subject(entry=Entry("12", "01/2016", "26734", "2021-03-04"))


def test_a_death_locks_whom_an_entry_alone_led_to(put, disclosure) -> None:
    """The number stands on the entry and nobody told it; a book of deaths has a number 12 of its own, and that is somebody else's."""
    put("birth", "1", **BORN)
    put(
        "death",
        "8",
        **DEAD
        | {
            "nktSoGiayToTuyThan": "079316000099",
            "nktHoTen": "Lê Thị Khác",
            "so": "12",
            "quyenSo": "01/2016",
            "ngayDangKy": "2021-03-04",
            "noiDangKy": "26734",
        },
    )
    school, mother = asking(SCHOOL, "school-enrolment"), Subject(personal_id=MOTHER)
    assert disclosure().record(school, "register:birth", BY_ENTRY, NAME).found
    assert disclosure().prefill(school, BY_ENTRY).facts
    assert disclosure().answer(school, "parent_of", BY_ENTRY, mother).answer is True
    put("death", "9", **DEAD | {"noiDangKy": "26734"})
    assert disclosure().record(school, "register:birth", BY_ENTRY, NAME) == Disclosed("register:birth")
    assert disclosure().prefill(school, BY_ENTRY) == Prefilled()
    assert disclosure().answer(school, "parent_of", BY_ENTRY, mother) == Answered("parent_of")
    by_the_death = Subject(entry=Entry("9", "01/2022", "26734", "2022-01-02"))
    assert disclosure().record(asking(), "register:death", by_the_death, ["nktNgayChet"]).values == {
        "nktNgayChet": "2022-01-01"
    }


def test_of_a_marriage_s_entry_alone_nobody_is_reported(put, disclosure) -> None:
    """It is about neither of the two for certain; with one of them named it is."""
    put("marriage", "1", **WIFE | {"ngayDangKy": "2021-02-03"})
    entry, fields = Entry("3", "01/2015", "26734", "2021-02-03"), ("voHoTen", "chongHoTen", "ngayDangKy")
    assert disclosure().record(asking(), "register:marriage", Subject(entry=entry), fields) == Disclosed(
        "register:marriage"
    )
    assert disclosure().prefill(asking(), Subject(entry=entry)) == Prefilled()
    assert set(
        disclosure().record(asking(), "register:marriage", Subject(entry=entry, name="Trần Thị Hoà Lan"), fields).values
    ) == set(fields)
    assert disclosure().answer(asking(), "is_married", Subject(entry=entry)).answer is True


def test_territory_is_the_place_of_registration(put, disclosure, folder) -> None:
    text = (folder / "grants.yaml").read_text()
    head, tail = text.split("  - id: school-enrolment")
    (folder / "grants.yaml").write_text(
        head + "  - id: school-enrolment" + tail.replace("territory: city ", 'territory: "760" # ', 1)
    )
    put("birth", "1", **BORN)
    put("birth", "2", **BORN | {"nksSoDDCN": "079316000002", "noiDangKy": "27154"})
    school = asking(SCHOOL, "school-enrolment")
    assert disclosure().record(school, "register:birth", WHO, NAME).found
    assert not disclosure().record(school, "register:birth", Subject(personal_id="079316000002"), NAME).found
    assert disclosure().answer(school, "matches", Subject(personal_id="079316000002", born="2016")).answer is None


def test_answers_are_yes_no_or_nothing(put, disclosure, engine) -> None:
    put("birth", "1", **BORN)
    put("marriage", "1", **WIFE)
    ask = lambda name, who, other=None, by=asking(): disclosure().answer(by, name, who, other).answer  # noqa: E731
    assert ask("is_married", Subject(personal_id=MOTHER)) is True
    assert ask("is_married", WHO) is None
    assert ask("parent_of", WHO, Subject(personal_id=MOTHER)) is True
    assert ask("parent_of", WHO, Subject(personal_id=FATHER)) is True
    assert ask("parent_of", WHO, Subject(personal_id="079190000009")) is False
    assert ask("is_deceased", WHO) is None
    assert ask("matches", Subject(personal_id=CHILD, name="Nguyễn Minh An", born="2016")) is True
    assert ask("matches", Subject(personal_id=CHILD, name="Nguyễn Minh Anh")) is False
    assert ask("matches", WHO) is None
    hospital = asking(HOSPITAL, "patient-admission")
    assert ask("matches", Subject(personal_id=CHILD, born="2016-05-12"), by=hospital) is True
    assert ask("is_married", Subject(personal_id=MOTHER), by=hospital) is None
    put("death", "1", **DEAD)
    assert ask("is_deceased", WHO, by=hospital) is True
    assert noted(engine)[0]["fields"] == ["death?is_deceased"]


def test_a_divorce_is_a_no(put, disclosure) -> None:
    put("marriage", "1", **WIFE, tinhTrangKetHon="đã ly hôn")
    answer = disclosure().answer(asking(), "is_married", Subject(personal_id=MOTHER))
    assert answer.answer is False
    assert answer.reasons == ("every entry held is ended",)
    assert answer.as_of


def test_prefill_says_where_each_fact_comes_from(put, disclosure) -> None:
    put("birth", "1", **BORN)
    put("marriage", "1", **WIFE)
    child = disclosure().prefill(
        asking(SCHOOL, "school-enrolment"), WHO, ["hoTen", "ngaySinh", "soDinhDanh", "queQuan", "danToc"]
    )
    assert {fact: each.value for fact, each in child.facts.items()} == {
        "hoTen": "Nguyễn Minh An",
        "ngaySinh": "2016-05-12",
        "soDinhDanh": CHILD,
        "queQuan": "Bến Tre",
    }
    assert {each.record for each in child.facts.values()} == {"birth/moj-registry/1"}
    assert child.facts["queQuan"].field == "nksQueQuan"
    mother = disclosure().prefill(asking(), Subject(personal_id=MOTHER))
    assert mother.facts["hoTen"].value == "Trần Thị Hoà Lan"
    assert mother.facts["hoTen"].record == "marriage/moj-registry/1"
    assert "queQuan" not in mother.facts
    assert not disclosure().prefill(asking(HOSPITAL, "patient-admission"), WHO).facts


def test_no_row_no_answer(put, disclosure, engine) -> None:
    put("birth", "1", **BORN)
    with engine.begin() as connection:
        connection.execute(sa.text("alter table hub.audit add constraint broken check (what <> 'record') not valid"))
    with pytest.raises(DatabaseRefused):
        disclosure().record(asking(), "register:birth", WHO, NAME)


def test_the_hour_ends_every_way_out(put, disclosure, folder, engine) -> None:
    grants = (folder / "grants.yaml").read_text()
    (folder / "grants.yaml").write_text(grants.replace("hourly_limit: 5000", "hourly_limit: 2"))
    way = disclosure()
    way.record(asking(), "register:birth", WHO, NAME)
    way.answer(asking(), "is_married", WHO)
    for late in (
        lambda: way.record(asking(), "register:birth", WHO, NAME),
        lambda: way.answer(asking(), "matches", WHO),
        lambda: way.prefill(asking(), WHO),
    ):
        with pytest.raises(LimitReached, match="2 are allowed"):
            late()
    assert [row["outcome"] for row in noted(engine)] == ["limit", "limit", "limit", "nothing", "nothing"]


def test_what_does_not_exist_is_named(disclosure) -> None:
    with pytest.raises(NotFound, match="no field tuoi"):
        disclosure().record(asking(), "register:birth", WHO, ["tuoi"])
    with pytest.raises(NotFound, match="No answer is_rich"):
        disclosure().answer(asking(), "is_rich", WHO)


def test_nothing_of_a_person_is_printed_or_noted(put, disclosure, engine) -> None:
    put("birth", "1", **BORN)
    answer = disclosure().record(asking(), "register:birth", WHO, NAME)
    filled = disclosure().prefill(asking(), WHO)
    with engine.connect() as connection:
        text = str(connection.execute(sa.text("select * from hub.audit")).all()) + repr(answer) + repr(filled)
    assert "Minh An" not in text
    assert CHILD not in text
