"""Kill -9 at any time: nothing lost, nothing double, nothing half-written, no manual step."""

from __future__ import annotations

import pytest

from hub.core import database
from tests.crash.kills import strike_often, sweep
from tests.crash.office import OVERLAP

LANES, KILLS = 5, 20


@pytest.mark.parametrize("scenery", [{}, {"lone": True}, {"staging": True}])
def test_a_few_random_kills(scene, scenery: dict[str, bool]) -> None:
    """The short version, in every test run."""
    found, killed = strike_often(scene(**scenery), 4)

    assert (found, killed) == ([], 4)


def test_a_few_kills_of_a_full_reading_that_each_try_goes_on_with(scene) -> None:
    """The office works on while a reading of everything dies again and again: what its tries skip, they have merged."""
    found, killed = strike_often(scene(), 4, ("full",))

    assert (found, killed) == ([], 4)


@pytest.mark.parametrize("order", ["sync", "full"])
def test_the_next_try_goes_on_at_the_last_batch(scene, order: str) -> None:
    """Killed behind its fourth batch of about six: the window that the next try asks for begins there, an overlap before it."""
    stage = scene()
    stage.office.work(200)
    stage.strike_after("batch.applied", 4, order)
    since, before = stage.position() - round(OVERLAP.total_seconds()), stage.received()

    assert stage.recover(order) == []

    assert stage.office.asked() == [0, since]
    assert stage.received() - before == stage.office.served(since) < 200 / 2
    assert stage.runs() == ([(1, False), (2, True)] if order == "sync" else [(2, True)])


@pytest.mark.parametrize("lone", [False, True])
def test_new_files_go_past_the_stage(scene, lone: bool) -> None:
    """So that kills meet that way too."""
    stage = scene(lone=lone)
    stage.office.work(60)

    shipped = database.FROZEN_S

    assert stage.direct() > 30
    assert stage.recover() == []

    assert shipped == database.FROZEN_S, "a session of a later test would end within two seconds"


@pytest.mark.usefixtures("strace")
def test_a_few_send_points(scene) -> None:
    """The short version, in every test run."""
    found, points = sweep(scene(), "single", 30, 40, 30 + 5 * 40)

    assert (found, points) == ([], 6)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("lane", range(LANES))
def test_random_kills(scene, lane: int) -> None:
    """A hundred kills at uniform random times, updates going on; every other lane with files that own nothing."""
    found, killed = strike_often(scene(lone=lane % 2 == 1, staging=lane % 3 == 2), KILLS)

    print(f"random kills, lane {lane + 1} of {LANES}: {killed} kills, {len(found)} violations {found}")
    assert not found


@pytest.mark.slow
@pytest.mark.timeout(1800)  # a point takes a second on a quiet machine and ten on a busy one
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize(
    ("order", "stride", "least", "lone"), [("single", 3, 60, False), ("sync", 6, 15, False), ("sync", 3, 15, True)]
)
def test_sweep_over_sends(scene, order: str, stride: int, least: int, lone: bool) -> None:
    """A kill at the n-th message to the database, from the first to the last of a three-batch run."""
    found, points = sweep(scene(lone=lone), order, 1, stride, 1000)

    print(f"sweep over the sends of {order}, lone {lone}: {points} points, {len(found)} violations {found}")
    assert not found
    assert points >= least
