"""A decision is a claim about a moment: whatever is shown, used or copied by it is judged again first. All people are synthetic."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.access.inquiry import Inquiry
from hub.answers.decisions import store
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.decisions.rejudge import AskAnew, NotHeld, Superseded
from hub.answers.decisions.store import PreviewRequired
from hub.answers.extracts import drafts
from hub.answers.extracts.drafts import EntryEnded
from hub.core.actions import Actor
from hub.evidence.people import Subject
from tests.hub.answers.builders import QUAN_1, demanding, noted, on_record, requirement, small_hub
from tests.hub.registers import NOW

LAN, CLERK = "079190000001", Actor("officer-1", "hồ sơ tại quầy")
BORN = {
    "nksSoDDCN": LAN,
    "nksHoTen": "Trần Thị Hoà Lan",
    "nksNgaySinh": "1990-05-12",
    "so": "12",
    "quyenSo": "01/2021",
    "ngayDangKy": "2021-03-04",
    "noiDangKy": "26734",
}
COUPLE = {
    "voSoGiayToTuyThan": LAN,
    "voHoTen": "Trần Thị Hoà Lan",
    "voNgaySinh": "1990",
    "so": "3",
    "quyenSo": "01/2015",
    "ngayDangKy": "2015-02-03",
}
DEAD = {
    "nktSoGiayToTuyThan": LAN,
    "nktHoTen": "Trần Thị Hoà Lan",
    "nktNgaySinh": "1990-05-12",
    "so": "1",
    "quyenSo": "01/2022",
    "ngayDangKy": "2022-06-01",
}
KNOWN, UNSURE = Subject(personal_id=LAN), Subject(personal_id=LAN, name="Trần Thị Lam")
TWICE = Subject(name="Trần Thị Hoà Lan", born="1990")
"""Nobody's number: whoever bears that name and was born that year."""


PAPERS = {
    register: (requirement(register, procedure=register),) for register in ("register:birth", "register:marriage")
}
"""Procedures that demand one paper each, named as its register."""


@pytest.fixture
def service(engine, contracts) -> DecisionService:
    return demanding(small_hub(engine, contracts), PAPERS)


def question(register: str = "register:birth", subject: Subject = KNOWN, dossier: str = "H1") -> Question:
    return Question(Inquiry(QUAN_1, "officer-1", "civil-status", dossier), register, {"applicant": subject})


@pytest.fixture
def ask(service):
    """The one decision of a question about a paper of a register."""

    def ask(register: str = "register:birth", subject: Subject = KNOWN, dossier: str = "H1"):
        [decision] = service.ask(question(register, subject, dossier))
        return decision

    return ask


def change(engine: sa.Engine, table: str, what: str) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text(f"update warehouse.{table} set {what}"))


def count(engine: sa.Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(sa.text(f"select count(*) from hub.{table}")) or 0)


def acts(service, number: int):
    """Every way in which a decision shows or issues something."""
    return (
        lambda: service.preview(number, CLERK),
        lambda: service.act(number, "used", CLERK),
        lambda: service.confirm(number, CLERK),
        lambda: service.extract(number, "Ủy ban nhân dân Quận 1", CLERK),
    )


def test_a_death_after_the_decision_locks(put, service, engine, ask) -> None:
    """A decision made in life was previewed, used and copied after the death, and the same question still said *reuse*."""
    put("birth", "1", **BORN)
    first = ask()
    service.preview(first.id, CLERK)
    put("death", "9", **DEAD)
    for act in acts(service, first.id):
        with pytest.raises(Superseded, match="alive") as refused:
            act()
        assert str(first.id + 1) in refused.value.hint
        assert LAN not in str(refused.value)
    again = ask()
    assert (again.outcome, again.supersedes, again.changed, again.acts) == ("ask", first.id, ("alive",), ())
    with engine.connect() as connection:
        old = store.one(connection, first.id)
    assert (old.outcome, old.superseded_by, old.superseded_because, old.acts) == (
        "reuse",
        again.id,
        ("alive",),
        ("previewed",),
    )
    assert [(row["what"], row["outcome"]) for row in noted(service)][:5] == [
        ("decisions", "nothing"),
        ("extract", "nothing"),
        ("confirm", "nothing"),
        ("use", "nothing"),
        ("preview", "nothing"),
    ]
    assert count(engine, "issued_copy") == 0


@pytest.mark.parametrize(
    "ended",
    [
        "tinh_trang_ket_hon = 'đã ly hôn'",
        "tinh_trang_ket_hon = 'đã hủy việc kết hôn'",
        "huy_ket_hon_ngay_ghi_chu = '2022-06-01'",
    ],
)
def test_a_marriage_that_ended_is_not_copied(put, service, engine, ask, ended: str) -> None:
    """A copy of a divorced couple's marriage was drafted, and said nowhere that it had ended."""
    put("marriage", "1", **COUPLE)
    first = ask("register:marriage")
    service.preview(first.id, CLERK)
    change(engine, "marriage", ended)
    with pytest.raises(Superseded, match="in-force"):
        service.extract(first.id, "Ủy ban nhân dân Quận 1", CLERK)
    assert ask("register:marriage").outcome == "ask"
    assert count(engine, "issued_copy") == 0


def test_an_entry_that_ended_is_never_drafted(put, look, engine, contracts, units) -> None:
    """Whoever asks for it: the form's words for an ended entry are not known, and without them the sheet would look as if it were in force."""
    put("marriage", "1", **COUPLE, tinhTrangKetHon="đã ly hôn")
    [found] = look().find("register:marriage", KNOWN)
    with pytest.raises(EntryEnded, match="tinhTrangKetHon"), engine.begin() as connection:
        drafts.issue(
            connection, found.evidence, contracts, units, agency=(QUAN_1, "x"), reference="H", legal_basis="x", now=NOW
        )


def test_a_correction_has_a_decision_of_its_own(put, service, engine, ask) -> None:
    """The new version is another claim: it is looked at anew."""
    put("birth", "1", **BORN)
    first = ask()
    service.preview(first.id, CLERK)
    service.act(first.id, "used", CLERK)
    with engine.begin() as connection:
        connection.execute(
            sa.text("update warehouse.birth set nks_que_quan = 'Bến Tre', _version = :v, _known_from = :v"),
            {"v": NOW - timedelta(hours=1)},
        )
    with pytest.raises(Superseded, match="version"):
        service.extract(first.id, "x", CLERK)
    second = ask()
    assert (second.outcome, second.record, second.changed, second.acts) == ("reuse", first.record, ("version",), ())
    with pytest.raises(PreviewRequired):
        service.act(second.id, "used", CLERK)
    service.preview(second.id, CLERK)
    assert service.extract(second.id, "x", CLERK).number == "1/2022/TLKS-BS"


@pytest.mark.parametrize(
    ("change_", "because"),
    [
        ("update hub.run set ended_at = ended_at - interval '30 days' where stream = 'moj-registry.birth'", "fresh"),
        ("update warehouse.birth set _disputed = true", "undisputed"),
    ],
)
def test_stale_or_disputed_since(put, service, engine, ask, change_: str, because: str) -> None:
    put("birth", "1", **BORN)
    first = ask()
    with engine.begin() as connection:
        connection.execute(sa.text(change_))
    with pytest.raises(Superseded, match=because):
        service.preview(first.id, CLERK)


def test_what_comes_back_is_decided_once_more(put, service, engine, ask) -> None:
    """A dispute that was settled: the decision that stood before stays superseded, and nothing of what was done to it carries over."""
    put("birth", "1", **BORN)
    first = ask()
    service.preview(first.id, CLERK)
    change(engine, "birth", "_disputed = true")
    assert ask().outcome == "ask"
    change(engine, "birth", "_disputed = false")
    third = ask()
    assert (third.outcome, third.generation, third.acts) == ("reuse", 3, ())
    with pytest.raises(Superseded):
        service.preview(first.id, CLERK)


def test_unchanged_it_is_the_same_decision(put, service, engine, ask) -> None:
    """Asked again and acted on: the same numbers, and no row more of decisions or questions."""
    put("birth", "1", **BORN)
    first = ask()
    before = [count(engine, t) for t in ("decision", "decision_question")]
    assert ask() == first
    service.preview(first.id, CLERK)
    assert service.act(first.id, "used", CLERK).acts == ("previewed", "used")
    assert ask().id == first.id
    assert [count(engine, t) for t in ("decision", "decision_question")] == before == [1, 1]


def test_two_askers_at_once_have_one_successor(put, service, engine, ask) -> None:
    put("birth", "1", **BORN)
    ask()
    put("death", "9", **DEAD)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ask(), range(8)))
    assert len({each.id for each in answers}) == 1
    assert {each.outcome for each in answers} == {"ask"}
    assert count(engine, "decision") == 2


def test_a_grant_withdrawn_looks_like_nothing_held(put, service, engine, ask) -> None:
    """Denied and missing are one answer, for a decision of one's own too."""
    put("birth", "1", **BORN)
    first = ask()
    without = replace(service.grants, all=tuple(g for g in service.grants.all if g.dataset != "birth"))
    service = replace(service, grants=without)
    for act in acts(service, first.id):
        with pytest.raises(NotHeld):
            act()
    [again] = service.ask(question())
    assert again.outcome == "ask"


def test_a_decision_without_its_question_is_asked_anew(put, service, engine, ask) -> None:
    """Made before questions were kept: nothing is shown by it; asked again unchanged it is the same decision, and may be acted on."""
    put("birth", "1", **BORN)
    first = on_record(service, question())
    for act in acts(service, first.id):
        with pytest.raises(AskAnew, match="before questions were kept"):
            act()
    assert ask().id == first.id
    assert service.preview(first.id, CLERK).record == "birth/moj-registry/1"


def test_a_question_rests_sealed_and_bound_to_its_decision(put, service, engine, ask) -> None:
    put("birth", "1", **BORN)
    ask()
    with engine.connect() as connection:
        content = bytes(connection.scalar(sa.text("select content from hub.decision_question")))
    assert LAN.encode() not in content
    assert b"personal_id" not in content


def test_a_copy_wants_a_look_first(put, service, engine, ask) -> None:
    """A numbered draft with all of an entry was had without a preview, and after a refusal."""
    put("birth", "1", **BORN)
    first = ask()
    with pytest.raises(PreviewRequired, match="not looked at"):
        service.extract(first.id, "x", CLERK)
    service.preview(first.id, CLERK)
    service.act(first.id, "refused", CLERK)
    with pytest.raises(PreviewRequired, match="was refused"):
        service.extract(first.id, "x", CLERK)
    assert count(engine, "issued_copy") == 0
    assert noted(service)[0]["outcome"] == "nothing"


def test_a_confirm_is_copied_when_an_officer_answers_for_it(put, service, engine, ask) -> None:
    """A *confirm* by a name that differed gave a numbered draft, and nobody had compared anything."""
    put("birth", "1", **BORN)
    first = ask(subject=UNSURE)
    assert first.outcome == "confirm"
    with pytest.raises(PreviewRequired, match="not looked at"):
        service.confirm(first.id, CLERK)
    service.preview(first.id, CLERK)
    with pytest.raises(PreviewRequired, match="to be confirmed by an officer"):
        service.extract(first.id, "x", CLERK)
    assert service.confirm(first.id, CLERK).acts == ("previewed", "confirmed")
    assert service.extract(first.id, "x", CLERK).number == "1/2022/TLKS-BS"
    with engine.connect() as connection:
        assert connection.execute(sa.text("select who, why from hub.decision_act where what = 'confirmed'")).one() == (
            CLERK.who,
            CLERK.why,
        )
    service.act(first.id, "refused", CLERK)
    with pytest.raises(PreviewRequired, match="was refused"):
        service.extract(first.id, "x", CLERK)


def test_of_several_the_one_that_was_confirmed_is_copied(put, service, engine, ask) -> None:
    """By name and year of birth two are found: the officer names which, and only one that was looked at; a third that appears makes it another question."""
    put("birth", "1", **BORN)
    put("birth", "2", **BORN | {"nksSoDDCN": "079190000002", "nksNgaySinh": "1990-08-01", "so": "13"})
    first = ask(subject=TWICE)
    one, other = first.candidate_records
    assert (first.outcome, first.record, {one, other}) == (
        "confirm",
        one,
        {"birth/moj-registry/1", "birth/moj-registry/2"},
    )
    service.preview(first.id, CLERK)
    with pytest.raises(PreviewRequired, match="2 candidates"):
        service.confirm(first.id, CLERK)
    with pytest.raises(PreviewRequired, match="not looked at"):
        service.confirm(first.id, CLERK, record=other)
    with pytest.raises(NotHeld):
        service.preview(first.id, CLERK, record="birth/moj-registry/7")
    assert service.preview(first.id, CLERK, record=other).record == other
    assert service.confirm(first.id, CLERK, record=other).confirmed == other
    with pytest.raises(PreviewRequired, match="Another candidate"):
        service.confirm(first.id, CLERK, record=one)
    assert other in service.extract(first.id, "x", CLERK).sheet.source
    change(engine, "birth", f"_version = _version + interval '1 day' where _key = '{other[-1]}'")
    with pytest.raises(Superseded, match="candidates"):
        service.extract(first.id, "x", CLERK)


def test_a_reuse_leaves_nothing_to_confirm(put, service, ask) -> None:
    put("birth", "1", **BORN)
    first = ask()
    service.preview(first.id, CLERK)
    with pytest.raises(PreviewRequired, match="nothing to confirm"):
        service.confirm(first.id, CLERK)
