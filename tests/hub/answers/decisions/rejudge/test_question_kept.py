"""A decision is judged again by its question, which rests sealed beside it. All people are synthetic."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.answers.decisions.rejudge import AskAnew
from tests.hub.answers.builders import on_record
from tests.hub.answers.decisions.lan import BORN, CLERK, LAN

from .papers import acts, question


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
