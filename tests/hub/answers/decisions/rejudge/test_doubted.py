"""While the two rule engines disagree, what a batch brought is confirmed by an officer, never reused unseen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.answers.decisions.rejudge import Superseded
from tests.hub.answers.decisions.doubt import give_opinion
from tests.hub.answers.decisions.lan import BORN, CLERK
from tests.hub.registers import NOW

from .papers import acts


def test_records_of_a_batch_in_doubt_are_confirmed(put, service, engine, ask) -> None:
    """One engine accepted what the other calls faulty, and the decision still said *reuse*."""
    put("birth", "1", **BORN)
    give_opinion(engine, NOW - timedelta(hours=1), agree=False)

    decision = ask()

    assert decision.outcome == "confirm"
    [why] = [why for why in decision.why if why["condition"] == "undisputed"]
    assert (why["effect"], why["value"]) == ("doubt", "findings: record.engines-disagree")


def test_a_decision_made_before_the_doubt_locks(put, service, engine, ask) -> None:
    """Like a death or a dispute: each act judges again, in its own transaction."""
    put("birth", "1", **BORN)
    first = ask()
    service.preview(first.id, CLERK)
    give_opinion(engine, NOW - timedelta(hours=1), agree=False)

    for act in acts(service, first.id):
        with pytest.raises(Superseded, match="undisputed"):
            act()

    assert (first.outcome, ask().outcome) == ("reuse", "confirm")


def test_a_later_agreement_ends_the_doubt(put, service, engine, ask) -> None:
    """The same records are reused again; what was asked before the doubt is known as it was then."""
    put("birth", "1", **BORN)
    give_opinion(engine, NOW - timedelta(hours=2), agree=False)
    give_opinion(engine, NOW - timedelta(hours=1), agree=True)

    assert ask().outcome == "reuse"


def test_other_batches_are_not_in_doubt(put, service, engine, ask) -> None:
    """Only what was merged since the last agreement."""
    put("birth", "1", **BORN, _batch=2)
    give_opinion(engine, NOW - timedelta(hours=1), agree=False)

    assert ask().outcome == "reuse"
