"""The grant matrix of feeds: no column, row or receiver without a grant of the day leaves, and no canary ever does.

Feeds, grants and days are drawn by chance; what is built, opened by its receiver, fetched by each agency on another day
and handed to the sender is compared with the reference policy. All people are invented.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.feeds.choosing import Choice
from hub.feeds.declared import Feed
from hub.sending import fetching, sender
from tests.hub.registers import Put
from tests.matrix.feeds import FeedMatrix

ROUNDS_TO_FIND = 200
"""Within which a guard that was taken away must be missed."""


@pytest.fixture
def feeds(engine: sa.Engine, contracts: Any, put: Put, tmp_path: Path) -> Callable[[int], FeedMatrix]:
    def made(seed: int) -> FeedMatrix:
        matrix = FeedMatrix(engine, contracts, tmp_path, random.Random(seed))
        matrix.fill(put)
        return matrix

    return made


def test_what_leaves_is_what_the_reference_allows(feeds: Callable[[int], FeedMatrix]) -> None:
    """A share of the rounds, with the fast tests; some are built, fetched and sent, or the comparison would say nothing."""
    matrix = feeds(1)
    assert [] == list(matrix.differences(50))
    assert {"built", "not built", "records", "fetched", "sent"} == set(matrix.done)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_thousand_feeds(feeds: Callable[[int], FeedMatrix]) -> None:
    """`make grant-matrix`: no difference, and each outcome often."""
    matrix = feeds(2)
    assert [] == list(matrix.differences(2000))
    print(dict(matrix.done))
    assert all(count >= 100 for count in matrix.done.values())


def _any_place(self: Choice, *_: object) -> None:
    """Records of every place leave."""


def _any_day(feed: Feed, row: object, day: object) -> None:
    """What was granted once is granted for ever."""


def _only_ids(feed: Feed, row: Any, held: object, day: object) -> bool:
    """A grant of the same name is the same grant."""
    return True


FAULTS: dict[str, tuple[object, str, object]] = {
    "every place": (Choice, "keep_to", _any_place),
    "fetched on any day": (fetching, "require_grants", _any_day),
    "sent on any day": (sender, "require_grants", _any_day),
    "a grant that shrank": (sender, "_alike", _only_ids),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_guard_that_is_taken_away_is_missed(
    fault: str, feeds: Callable[[int], FeedMatrix], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The matrix finds each of these, so its silence means something."""
    monkeypatch.setattr(*FAULTS[fault])
    assert next(feeds(4).differences(ROUNDS_TO_FIND), None) is not None
