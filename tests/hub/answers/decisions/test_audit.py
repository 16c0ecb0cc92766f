"""No row, no answer. All people are synthetic."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from hub.access.audit import LimitReached
from hub.access.inquiry import Inquiry
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.decisions.store import PreviewRequired
from hub.core.actions import Actor
from hub.core.errors import DatabaseRefused, NotFound
from hub.evidence.people import Subject
from tests.hub.answers.builders import QUAN_1, noted
from tests.hub.in_force import put_in_force
from tests.hub.registers import KEYS

ADOPTION = "2.001263"
MARRIED = {
    "voSoGiayToTuyThan": "079190000001",
    "voHoTen": "Trần Thị Hoà Lan",
    "voNgaySinh": "1990",
    "so": "3",
    "quyenSo": "01/2015",
    "ngayDangKy": "2015-02-03",
}


def question(
    agency: str = QUAN_1, dossier: str = "H1", number: str = "079190000001", legal_basis: str = ""
) -> Question:
    return Question(
        Inquiry(agency, "officer-1", "civil-status", dossier, legal_basis),
        ADOPTION,
        {"applicant": Subject(personal_id=number)},
    )


def test_every_question_is_noted(put, service) -> None:
    put("marriage", "1", **MARRIED)
    for each in (question(), question(), question("999.00.00.H29"), question(dossier="H2", number="079190000002")):
        service.ask(each)
    rows = noted(service)[::-1]
    assert [row["outcome"] for row in rows] == ["answered", "answered", "denied", "nothing"]
    assert rows[0]["datasets"] == ["marriage"]
    assert rows[0]["legal_bases"] == ["once-held"]
    assert rows[0]["grants"] == [f"civil-status-desks/{QUAN_1}"]
    assert rows[2]["datasets"] == rows[2]["grants"] == []


def test_a_question_under_another_law_than_the_grant_s_is_denied(put, service) -> None:
    """Asked, looked at and copied: as if nothing were held; and it is another question than the one under the grant's law."""
    put("marriage", "1", **MARRIED)
    lawful, other = (question(legal_basis=law) for law in ("once-held@2020-05-25", "marital-status"))
    [held] = [each for each in service.ask(lawful) if each.outcome == "reuse"]
    denied = [each for each in service.ask(other) if each.requirement == held.requirement]
    assert held.asked_under == "once-held"
    assert [(d.outcome, d.why[-1]["value"]) for d in denied] == [("ask", "legal basis mismatch")]
    for door in (
        lambda: service.preview(held.id, Actor("x", "y"), "marital-status"),
        lambda: service.extract(held.id, "x", Actor("x", "y"), "marital-status"),
    ):
        with pytest.raises(NotFound, match="not held any more"):
            door()
    assert [row["outcome"] for row in noted(service)] == ["nothing", "nothing", "denied", "answered"]
    assert service.preview(held.id, Actor("x", "y")).record == "marriage/moj-registry/1"


def test_the_command_line_reads_as_the_agency_and_is_noted(put, service) -> None:
    """Shown for each agency that asked; used only after a look, and what is not allowed has its row too."""
    put("marriage", "1", **MARRIED)
    for agency in (QUAN_1, "000.00.28.H29"):
        [held] = [each for each in service.ask(question(agency)) if each.outcome == "reuse"]
    assert {each.agency for each in service.shown("H1", Actor("Lan", "công dân hỏi"))} == {QUAN_1, "000.00.28.H29"}
    with pytest.raises(PreviewRequired):
        service.act(held.id, "used", Actor("officer", "x"))
    service.preview(held.id, Actor("officer", "x"))
    assert service.act(held.id, "used", Actor("officer", "x")).acts == ("previewed", "used")
    with pytest.raises(PreviewRequired):
        service.act(held.id, "refused", Actor("officer", "x"))
    with pytest.raises(NotFound):
        service.shown("H9", Actor("Lan", "công dân hỏi"))
    assert [(row["agency"], row["what"], row["outcome"]) for row in noted(service)[::-1]][2:] == [
        (QUAN_1, "decisions", "answered"),
        ("000.00.28.H29", "decisions", "answered"),
        ("000.00.28.H29", "use", "nothing"),
        ("000.00.28.H29", "preview", "answered"),
        ("000.00.28.H29", "use", "answered"),
        ("000.00.28.H29", "refuse", "nothing"),
    ]


def test_an_operator_s_look_at_decisions_has_name_and_reason(put, service) -> None:
    """Shown, previewed, copied and used by a command: each row says who and why. An agency's own question has no such
    reason."""
    put("marriage", "1", **MARRIED)
    [held] = [each for each in service.ask(question()) if each.outcome == "reuse"]
    lan = Actor("Lan", "công dân hỏi")
    service.shown("H1", lan)
    service.preview(held.id, lan)
    with pytest.raises(NotFound):
        service.extract(held.id, "UBND", lan, "marital-status")
    with service.hub.engine.connect() as connection:
        rows = connection.execute(sa.text("select what, who, because, outcome from hub.audit order by id")).all()
    assert [tuple(row) for row in rows][1:] == [
        ("decisions", "Lan", "công dân hỏi", "answered"),
        ("preview", "Lan", "công dân hỏi", "answered"),
        ("extract", "Lan", "công dân hỏi", "nothing"),
    ]
    assert rows[0].because is None


def test_an_agency_without_any_grant_has_an_hour_too(put, service) -> None:
    """All of its questions are denied; they count, and end."""
    stranger = "999.00.00.H29"
    put_in_force(service.hub, replace(service.grants, without_grant=3))
    for number in range(3):
        service.ask(question(stranger, f"H{number}"))
    with pytest.raises(LimitReached, match="3 are allowed"):
        service.ask(question(stranger, "H9"))
    assert [row["outcome"] for row in noted(service, agency=stranger)] == ["limit", "denied", "denied", "denied"]
    service.ask(question(QUAN_1, "H0"))


def test_looking_and_copying_are_noted_too(put, service) -> None:
    put("marriage", "1", **MARRIED)
    [held] = [each for each in service.ask(question()) if each.outcome == "reuse"]
    service.preview(held.id, Actor("officer", "tại quầy"))
    copy = service.extract(held.id, "Ủy ban nhân dân Quận 1", Actor("officer", "tại quầy"))
    assert copy.number == "1/2022/TLKH-BS"
    assert [row["what"] for row in noted(service)] == [
        "extract",
        "preview",
        "decisions",
    ]


def test_a_person_is_found_by_number_only(put, service) -> None:
    put("marriage", "1", **MARRIED)
    service.ask(question())
    service.ask(question(dossier="H2", number="079190000002"))
    assert [row["reference"] for row in noted(service, subject=bytes.fromhex(KEYS.lookup("079190000001")))] == ["H1"]
    with service.hub.engine.connect() as connection:
        text = str(connection.execute(sa.text("select * from hub.audit")).all())
    assert "079190000001" not in text
    assert "Lan" not in text


def test_no_row_no_answer(put, service, engine) -> None:
    """When the row cannot be written, nothing is answered, and no decision stays."""
    put("marriage", "1", **MARRIED)
    with engine.begin() as connection:
        connection.execute(sa.text("alter table hub.audit add constraint broken check (what <> 'decisions') not valid"))
    with pytest.raises(DatabaseRefused):
        service.ask(question())
    with engine.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from hub.decision")) == 0


def test_the_hourly_limit(put, service, engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            sa.text("""
            insert into hub.audit (asked_at, agency, who, what, purpose, reference, subjects, datasets, grants, legal_bases, outcome, answer_sha256)
            select now(), :agency, 'x', 'decisions', 'civil-status', 'H', '{}', '{}', '{}', '{}', 'nothing', '' from generate_series(1, 5000)"""),
            {"agency": QUAN_1},
        )
    with pytest.raises(LimitReached, match="5000"):
        service.ask(question())
    assert noted(service)[0]["outcome"] == "limit"
    service.ask(question("000.00.28.H29"))  # another agency's hour is its own


def test_the_hour_ends_at_every_door_before_the_evidence_is_looked_for(put, service, engine, monkeypatch) -> None:
    """Looking, using and copying count like asking; of what is refused nothing is told, and it stands on record as nothing but a refusal."""
    put("marriage", "1", **MARRIED)
    [held] = [each for each in service.ask(question()) if each.outcome == "reuse"]
    service.preview(held.id, Actor("officer", "x"))
    twice = tuple(replace(each, hourly_limit=2) for each in service.grants.all)
    put_in_force(service.hub, replace(service.grants, all=twice))
    clerk = Actor("officer", "x")
    monkeypatch.setattr(DecisionService, "evidence", lambda *_: pytest.fail("the evidence was looked for"))
    for door in (
        lambda: service.preview(held.id, clerk),
        lambda: service.act(held.id, "used", clerk),
        lambda: service.extract(held.id, "x", clerk),
    ):
        with pytest.raises(LimitReached, match="2 are allowed"):
            door()
    assert [(row["what"], row["outcome"]) for row in noted(service)[::-1]][2:] == [
        ("preview", "limit"),
        ("use", "limit"),
        ("extract", "limit"),
    ]
    with pytest.raises(NotFound):
        service.preview(10**9, clerk)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from hub.decision_act")) == 1


@pytest.mark.parametrize(
    "change", ["update hub.audit set who = 'y'", "delete from hub.audit", "truncate hub.audit cascade"]
)
def test_rows_stay(service, engine, change: str) -> None:
    service.ask(question())
    with pytest.raises(DatabaseRefused, match="only ever appended"), engine.begin() as connection:
        connection.execute(sa.text(change))
