"""A decision is a claim about a moment: when it no longer holds, it locks, and has a successor. All people are synthetic."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.answers.decisions import store
from hub.answers.decisions.rejudge import NotHeld, Superseded
from hub.answers.decisions.store import PreviewRequired
from hub.answers.extracts import drafts
from hub.answers.extracts.drafts import EntryEnded
from tests.hub.answers.builders import QUAN_1, noted
from tests.hub.answers.decisions.lan import BORN, CLERK, COUPLE, DEAD, KNOWN, LAN
from tests.hub.in_force import put_in_force
from tests.hub.registers import NOW

from .papers import acts, change, count, question


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
    put_in_force(service.hub, without)
    for act in acts(service, first.id):
        with pytest.raises(NotHeld):
            act()
    [again] = service.ask(question())
    assert again.outcome == "ask"
