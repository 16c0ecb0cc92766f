"""Items prepared ahead: in their order, a bounded number of them, and whole or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from hub.load.prefetch import prepared


def numbers(until: int, *, broken: bool = False) -> Iterator[int]:
    yield from range(until)
    if broken:
        raise ConnectionError("the line broke")


@pytest.mark.parametrize("most", [0, 1, 3])
def test_the_order_is_that_of_the_items(most: int) -> None:
    """However long each takes: the first waits for the third to be done."""
    third = threading.Event()

    def step(number: int) -> int:
        if number == 2:
            third.set()
        if number == 0 and most == 3:
            assert third.wait(10)
        return number * number

    assert list(prepared(step, numbers(20), most)) == [number * number for number in range(20)]


@pytest.mark.parametrize("most", [0, 3])
def test_an_error_comes_when_its_item_is_due(most: int) -> None:
    """What was fetched whole before the line broke is merged."""
    seen: list[int] = []
    with (
        pytest.raises(ConnectionError),
        closing(prepared(lambda number: number, numbers(5, broken=True), most)) as items,
    ):
        seen.extend(items)
    assert seen == list(range(5))

    seen.clear()
    with (
        pytest.raises(ZeroDivisionError),
        closing(prepared(lambda number: 6 // (3 - number), numbers(9), most)) as items,
    ):
        seen.extend(items)
    assert seen == [2, 3, 6]


def test_no_more_are_taken_than_are_due() -> None:
    """A source that is faster than the merge fills no memory."""
    taken: list[int] = []
    with closing(
        prepared(lambda number: number, (taken.append(number) or number for number in range(100)), 2)
    ) as items:  # type: ignore[func-returns-value]
        assert next(items) == 0
        assert len(taken) <= 3


def test_who_stops_early_leaves_nothing_running() -> None:
    """When the fence stops a run, nothing of it may go on beside its successor."""
    before = set(threading.enumerate())
    with closing(prepared(lambda number: number, numbers(100), 3)) as items:
        assert next(items) == 0

    assert set(threading.enumerate()) == before
