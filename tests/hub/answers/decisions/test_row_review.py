"""What a jurist settled, or has not, decides how far an answer may go."""

from __future__ import annotations

import pytest

from hub.answers.decisions.conditions import Outcome
from hub.requirements.catalogue import About, Reach, ReviewState
from tests.hub.answers.builders import requirement
from tests.hub.answers.decisions.asking import LAN_ASKS, decider
from tests.hub.registers import LAN


@pytest.mark.parametrize(
    ("review", "reach", "outcome", "said"),
    [
        (ReviewState.CONFIRMED, Reach.REUSE, Outcome.REUSE, {}),
        (ReviewState.PROPOSED, Reach.REUSE, Outcome.CONFIRM, {"row-reviewed": "proposed"}),
        (ReviewState.REJECTED, Reach.REUSE, Outcome.ASK, {"row-reviewed": "rejected"}),
        (ReviewState.CONFIRMED, Reach.CONFIRM, Outcome.CONFIRM, {"row-read": "at most confirm"}),
    ],
)
def test_how_far_an_answer_goes(put, look, review, reach, outcome, said) -> None:
    """Only proposed: confirm at most, and it says so. Rejected: asked for, whatever is held."""
    put("birth", "1", **LAN)
    [decided] = decider(look()).dossier(LAN_ASKS, (requirement(review=review, reach=reach),))

    assert outcome is decided.outcome
    assert said == {c.id: c.value for c in decided.conditions if c.id.startswith("row-")}


def test_a_part_is_confirmed_and_what_is_still_to_be_handed_in_is_named(put, look) -> None:
    """A paper of a row that demands others besides is never reused by itself, also where a jurist settled it."""
    put("birth", "1", **LAN)
    asked = requirement(review=ReviewState.CONFIRMED, reach=Reach.REUSE, still="sổ tiêm chủng")
    [decided] = decider(look()).dossier(LAN_ASKS, (asked,))
    [said] = [c for c in decided.conditions if c.id == "row-part"]

    assert Outcome.CONFIRM is decided.outcome
    assert "still to hand in: sổ tiêm chủng" == said.value
    assert "vẫn phải nộp sổ tiêm chủng" in said.sentence


def test_the_applicant_stands_for_an_owner_whom_nobody_names(put, look) -> None:
    """Confirmed at most, and it says so; a representative is never taken for granted."""
    put("birth", "1", **LAN)
    owner, deputy = (requirement(id=each, about=each) for each in (About.OWNER, About.REPRESENTATIVE))
    applicant, other = decider(look()).dossier(LAN_ASKS, (owner, deputy))

    assert (Outcome.CONFIRM, Outcome.ASK) == (applicant.outcome, other.outcome)
    assert ["applicant for the owner"] == [c.value for c in applicant.conditions if c.id == "row-person"]
    assert "not stated" in {c.value for c in other.conditions}
