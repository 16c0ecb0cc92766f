"""What a jurist settled, or has not, decides how far an answer may go."""

from __future__ import annotations

import pytest

from hub.answers.decisions.conditions import Outcome
from hub.requirements.catalogue import Reach, ReviewState
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
