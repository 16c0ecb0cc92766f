"""An officer looks at an entry, and confirms it where there is doubt, before a copy is drafted. All people are synthetic."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.answers.decisions.rejudge import NotHeld, Superseded
from hub.answers.decisions.store import PreviewRequired
from tests.hub.answers.builders import noted
from tests.hub.answers.decisions.lan import BORN, CLERK, NAMESAKE, TWICE, UNSURE

from .papers import change, count


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
    put("birth", "2", **NAMESAKE)
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
