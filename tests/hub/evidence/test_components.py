"""Papers handed in before and digitised at receipt. All people are synthetic."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from contracts.load import load_contracts
from hub.access.grants.permission import Permission
from hub.access.inquiry import Inquiry
from hub.answers.decisions.conditions import Outcome
from hub.answers.decisions.decide import Question
from hub.answers.decisions.store import component
from hub.evidence import components
from hub.evidence.evidence import Moment
from hub.evidence.people import Subject
from hub.evidence.registers import COMPONENT
from tests.hub.answers.decisions.asking import BIRTH, LAN_ASKS, OFFICER, ask, decider
from tests.hub.registers import LAN, NOW

LAN_ID = "079190000001"
GIVER = Subject(personal_id=LAN_ID, name="Trần Thị Hoà Lan")


@pytest.fixture
def hand_in(put):
    """A dossier of Lan with one paper."""

    def hand_in(dossier: str = "H0", *, code: str = "KQ.G15.000031", state: str = "10", **paper: object) -> None:
        put(
            "dossier",
            dossier,
            system="one-stop-760",
            MaHoSo=dossier,
            DinhDanhCHS_CCCD=LAN_ID,
            ChuHoSo="Trần Thị Hoà Lan",
            TrangThaiHoSo=state,
        )
        given = {"MaThanhPhanHoSo": code, "DuocSoHoa": "1", "DuocTaiSuDung": "0"} | paper
        put("dossier", f"{dossier}|1", COMPONENT, system="one-stop-760", _parent=dossier, **given)

    return hand_in


def test_given_once_is_confirmed_never_reused_unseen(put, hand_in, look) -> None:
    hand_in()
    [decided] = decider(look()).dossier(LAN_ASKS, (BIRTH,))
    assert (decided.outcome, [e.record for e in decided.evidence]) == (
        Outcome.CONFIRM,
        ["dossier_component/one-stop-760/H0|1"],
    )
    assert [c.id for c in decided.conditions if c.effect == "doubt"] == ["one-candidate", "handed-in"]


def test_the_register_comes_first(put, hand_in, look) -> None:
    hand_in()
    put("birth", "1", **LAN)
    [decided] = decider(look()).dossier(LAN_ASKS, (BIRTH,))
    assert (decided.outcome, decided.evidence[0].dataset) == (Outcome.REUSE, "birth")


def test_a_child_s_paper_is_found_by_the_parent_who_gave_it(hand_in, look) -> None:
    hand_in()
    of_child = replace(BIRTH, about="child")
    people = LAN_ASKS.people | {"child": Subject(name="Trần Bé", born="2020")}
    [decided] = decider(look()).dossier(
        Question(Inquiry("760", "officer-1", "civil-status", "H1"), "1.000894", people), (of_child,)
    )
    assert decided.outcome is Outcome.CONFIRM


@pytest.mark.parametrize(
    "what",
    [
        {"IsDeleted": "True"},
        {"DuocSoHoa": "0"},
        {"DuocTaiSuDung": "1"},
        {"code": "KQ.G15.000032"},
        {"DuocTaiSuDung": "2", "DuocSoHoa": "0"},
    ],
)
def test_is_no_evidence(hand_in, look, what) -> None:
    """Withdrawn; not digitised; reused without saying by what (twice); another paper."""
    hand_in(**what)
    assert look().handed_in("register:birth", GIVER) == ()


@pytest.mark.parametrize(
    ("state", "given"),
    [
        ("1", False),
        ("2", True),
        ("3", False),
        ("4", True),
        ("5", False),
        ("6", True),
        ("7", False),
        ("8", False),
        ("9", True),
        ("10", True),
    ],
)
def test_given_successfully(hand_in, look, state, given) -> None:
    hand_in(state=state)
    [found] = look().handed_in("register:birth", GIVER)
    assert found.evidence.given is given
    assert not found.certain


def test_a_refused_dossier_does_not_hide_one_taken_in(hand_in, look) -> None:
    hand_in("H0", state="3")
    hand_in("H00")
    assert [each.evidence.key for each in look().handed_in("register:birth", GIVER)] == ["H00|1"]


def test_both_writings_of_a_code(hand_in, look) -> None:
    hand_in(code="000.00.00.G15-KQ000031")
    assert len(look().handed_in("register:birth", GIVER)) == 1


def test_what_replaced_it_lends_term_and_scope(put, hand_in, look) -> None:
    hand_in(DuocTaiSuDung="2", MaKetQuaThayThe="KQ.G15.000031")
    [found] = look().handed_in("register:birth", GIVER)
    assert (found.evidence.result, found.evidence.valid_until) == ("KQ.G15.000031", None)
    put(
        "dossier",
        "R",
        "dossier_result",
        system="one-stop-760",
        _parent="H0",
        MaGiayToKetQua="KQ.G15.000031",
        ThoiHanHieuLuc=NOW - timedelta(days=3),
        PhamViHieuLuc="Toàn quốc",
    )
    [decided] = decider(look()).dossier(LAN_ASKS, (BIRTH,))
    assert decided.outcome is Outcome.ASK
    assert [c.id for c in decided.conditions if c.effect == "fails"] == ["not-expired"]


def test_a_correction_ends_it_for_questions_from_then_on(put, hand_in, engine, look) -> None:
    """The dossier's new version withdrew the paper: before that moment it was evidence, after it is not."""
    hand_in(IsDeleted="1")
    put(
        "dossier",
        "H0|1",
        COMPONENT,
        system="one-stop-760",
        _parent="H0",
        MaThanhPhanHoSo="KQ.G15.000031",
        DuocSoHoa="1",
        _known_from=NOW - timedelta(days=9),
        _known_to=NOW - timedelta(days=1),
        _version=NOW - timedelta(days=31),
    )
    with engine.begin() as connection:
        connection.execute(
            sa.text("update warehouse.dossier set _known_from = :then"), {"then": NOW - timedelta(days=9)}
        )
    assert len(look(NOW - timedelta(days=2)).handed_in("register:birth", GIVER)) == 1
    assert look().handed_in("register:birth", GIVER) == ()


def test_no_grant_on_papers_no_paper(hand_in, look) -> None:
    hand_in()
    narrow = replace(
        decider(look()), permits=lambda agency, dataset, purpose: Permission(dataset != COMPONENT, True, "g")
    )
    [decided] = narrow.dossier(LAN_ASKS, (BIRTH,))
    assert decided.outcome is Outcome.ASK
    assert decided.conditions[-1].id == "held"


def test_the_source_is_asked_before_an_old_copy_is_looked_for(put, hand_in, look) -> None:
    hand_in()

    def comes(requirement, type_, stale):
        put("birth", "1", **LAN)
        return "refreshed"

    [decided] = decider(look(), refresh=comes).dossier(LAN_ASKS, (BIRTH,))
    assert decided.evidence[0].dataset == "birth"
    with_nobody = decider(look(), refresh=lambda requirement, type_, stale: "SourceUnreachable")
    other = Question(
        Inquiry("760", "officer-1", "civil-status", "H2"),
        "1.000894",
        {"applicant": Subject(personal_id=LAN_ID), "child": Subject(personal_id="079219000002")},
    )
    [decided] = with_nobody.dossier(other, (replace(BIRTH, about="child"),))
    assert (decided.outcome, decided.evidence[0].dataset) == (Outcome.CONFIRM, COMPONENT)


def test_used_it_goes_to_the_portal_without_a_result_code(hand_in, look, engine) -> None:
    from hub.answers.decisions import store

    hand_in()
    [confirm] = ask(engine, look, requirements=(BIRTH,))
    assert (confirm.outcome, confirm.dataset, confirm.result_code) == ("confirm", COMPONENT, None)
    with engine.begin() as connection:
        code = components.code_of(load_contracts(), confirm.evidence_type)
        [seen] = components.of_key(
            connection, confirm.evidence_type, code, confirm.system, confirm.record_key, Moment(NOW)
        )
        assert seen.name == "Trần Thị Hoà Lan"
        store.act(connection, confirm.id, "previewed", OFFICER, NOW)
        used = store.act(connection, confirm.id, "used", OFFICER, NOW)
    assert component(used)["DuocTaiSuDung"] == "1"
