"""The suite's own proof: five planted bugs, each found within a bounded number of tries."""

from __future__ import annotations

import pytest

from tests.crash.hunts import strike_often, sweep
from tests.crash.mutants import MUTANTS
from tests.crash.scene import ACTS

SENDS = (40, 3, 220)
"""First, stride, last: from before the first merge to beyond the last."""


def by_sweep(scene) -> list[str]:
    return sweep(scene, "single", *SENDS)[0]


def by_random(scene) -> list[str]:
    return strike_often(scene, 8)[0]


def by_overtaking(scene) -> list[str]:
    scene.office.work(60)
    found = scene.recover()
    scene.office.work(ACTS)
    return found + scene.overtake("sync", "run.begun", 1, meanwhile=ACTS)


HUNTS = {
    "position before data": (by_sweep, "position: "),
    "ledger in its own transaction": (by_sweep, "applied without a ledger row"),
    "missing fence": (by_overtaking, "fence: "),
    "exclusive overlap": (by_random, "lost: "),
    "ties on time": (by_random, "lost: "),
}
"""Bug -> how it is hunted, and what the suite must say of it."""


def hunt(scene, bug: str) -> None:
    search, symptom = HUNTS[bug]
    found = search(scene(bug))
    print(f"planted {bug}: {'; '.join(found)[:300] or 'NOT FOUND'}")
    assert [v for v in found if symptom in v]
    assert not [v for v in found if "restart: " in v]  # it did its work: what was found is the bug, not a broken scene


def test_one_planted_bug_is_found(scene) -> None:
    """The short version, in every test run."""
    hunt(scene, "ties on time")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize("bug", MUTANTS)
def test_planted_bug_is_found(scene, bug: str) -> None:
    """Each of five, by name."""
    hunt(scene, bug)
