"""A dossier's question from persons to decisions on record."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.access.inquiry import Inquiry
from hub.answers.decisions import store
from hub.answers.decisions.conditions import Outcome
from hub.answers.decisions.decide import Question
from hub.answers.decisions.store import PreviewRequired, component
from hub.core.errors import DatabaseRefused
from hub.evidence.people import Subject
from tests.hub.answers.decisions.asking import BIRTH, FORM, LAN_ASKS, OFFICER, ask, decider
from tests.hub.registers import LAN, NOW


def test_a_held_paper_is_reused_and_a_form_is_asked_for(put, look) -> None:
    put("birth", "1", **LAN)
    birth, form = decider(look()).dossier(LAN_ASKS, (BIRTH, FORM))
    assert (birth.outcome, birth.result_code, [e.record for e in birth.evidence]) == (
        Outcome.REUSE,
        "KQ.G15.000031",
        ["birth/moj-registry/1"],
    )
    assert (form.outcome, form.result_code, form.evidence) == (Outcome.ASK, None, ())


def test_another_agency_gets_nothing(put, look) -> None:
    put("birth", "1", **LAN)
    [denied] = decider(look()).dossier(
        Question(Inquiry("774", "officer-1", "civil-status", "H1"), "1.000894", LAN_ASKS.people), (BIRTH,)
    )
    assert (denied.outcome, denied.evidence) == (Outcome.ASK, ())


def test_a_death_locks(put, look) -> None:
    put("birth", "1", **LAN)
    put(
        "death",
        "9",
        nktSoGiayToTuyThan="079190000001",
        nktHoTen="Trần Thị Hòa Lan",
        nktNgaySinh="1990-05-12",
        so="1",
        quyenSo="01/2022",
        ngayDangKy="2022",
    )
    [locked] = decider(look()).dossier(LAN_ASKS, (BIRTH,))
    assert locked.outcome is Outcome.ASK
    assert locked.conditions[-1].id == "fresh"
    assert [c.id for c in locked.conditions if c.effect == "fails"] == ["alive"]


def test_what_is_absent_is_asked_for_at_its_source_once(put, look) -> None:
    """The source has it: it comes by the ordinary path, and is found. It has it not, or is away: ask, with the reason."""
    asked = []

    def comes(requirement, type_, stale):
        asked.append((type_, stale))
        put("birth", "1", **LAN)
        return "refreshed"

    [there] = decider(look(), refresh=comes).dossier(LAN_ASKS, (BIRTH,))
    assert there.outcome is Outcome.REUSE
    assert asked == [("register:birth", None)]


def test_a_source_that_is_away_is_the_reason(look) -> None:
    [gone] = decider(look(), refresh=lambda requirement, type_, stale: "SourceUnreachable").dossier(LAN_ASKS, (BIRTH,))
    assert gone.outcome is Outcome.ASK
    assert gone.conditions[-1].value == "SourceUnreachable"


def test_no_grant_asks_no_source(look) -> None:
    asked = []
    decider(look(), refresh=lambda *a: asked.append(a) or "refreshed").dossier(
        Question(Inquiry("774", "officer-1", "civil-status", "H1"), "p", LAN_ASKS.people), (BIRTH,)
    )
    assert asked == []


def test_the_same_question_has_one_answer(put, look, engine) -> None:
    first = ask(engine, look)
    put("birth", "1", **LAN)
    assert ask(engine, look) == first
    assert [d.outcome for d in first] == ["ask", "ask"]
    other = Question(
        Inquiry("760", "officer-1", "civil-status", "H1"),
        "1.000894",
        {"applicant": Subject(personal_id="079190000001")},
    )
    assert [d.outcome for d in ask(engine, look, other)] == ["reuse", "ask"]


def test_the_record_of_a_decision_names_no_person(put, look, engine) -> None:
    put("birth", "1", **LAN)
    ask(engine, look)
    with engine.connect() as connection:
        text = str(connection.execute(sa.text("select d.* from hub.decision d")).all())
    assert not [part for part in ("079190000001", "Lan", "1990") if part in text.replace("000894", "")]


def test_used_only_after_a_look(put, look, engine) -> None:
    put("birth", "1", **LAN)
    birth, form = ask(engine, look)
    assert component(birth) == {"MaThanhPhanHoSo": "KQ.G15.000031", "DuocTaiSuDung": "0", "DuocSoHoa": "0"}
    with pytest.raises(PreviewRequired, match="not looked at"), engine.begin() as connection:
        store.act(connection, birth.id, "used", OFFICER, NOW)
    with engine.begin() as connection:
        store.act(connection, birth.id, "previewed", OFFICER, NOW)
        used = store.act(connection, birth.id, "used", OFFICER, NOW)
        assert store.act(connection, birth.id, "used", OFFICER, NOW + timedelta(hours=1)) == used
    assert component(used) == {
        "MaThanhPhanHoSo": "KQ.G15.000031",
        "DuocTaiSuDung": "2",
        "DuocSoHoa": "1",
        "MaKetQuaThayThe": "KQ.G15.000031",
    }
    with pytest.raises(PreviewRequired, match="used already"), engine.begin() as connection:
        store.act(connection, birth.id, "refused", OFFICER, NOW)
    with pytest.raises(PreviewRequired, match="asks for the paper"), engine.begin() as connection:
        store.act(connection, form.id, "previewed", OFFICER, NOW)


@pytest.mark.parametrize(
    "change", ["update hub.decision set outcome = 'ask'", "delete from hub.decision", "truncate hub.decision_act"]
)
def test_decisions_are_only_appended_to(put, look, engine, change: str) -> None:
    ask(engine, look)
    with pytest.raises(DatabaseRefused, match="only ever appended"), engine.begin() as connection:
        connection.execute(sa.text(change))
