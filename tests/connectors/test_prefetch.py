"""The next request while a reply is read, and what was read once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial

import polars as pl
import pytest

from connectors.errors import Incomplete
from connectors.prefetch import one_ahead
from connectors.read_pages import ReadPages


def test_the_next_item_is_taken_while_one_is_used() -> None:
    """The caller of the first item sees the second one being taken."""
    second = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        second.set()
        yield 2

    with closing(one_ahead(items())) as found:
        assert 1 == next(found)
        assert second.wait(5)


def test_no_more_than_one_waits() -> None:
    """While the first is used, the second is taken and the third is not: the source is not asked for more."""
    taken: list[int] = []
    second = threading.Event()

    def items() -> Iterator[int]:
        for number in (1, 2, 3):
            taken.append(number)
            if number == 2:
                second.set()
            yield number

    with closing(one_ahead(items())) as found:
        next(found)
        second.wait(5)
        assert not any(number == 3 for number in taken)
    assert [1, 2] == taken


def test_an_error_comes_when_its_item_is_due() -> None:
    """What came before the error is used; nothing comes after it."""

    def items() -> Iterator[int]:
        yield 1
        raise Incomplete("cut")

    found = one_ahead(items())

    assert 1 == next(found)
    with pytest.raises(Incomplete):
        next(found)
    assert [] == list(found)


def test_nothing_is_taken_before_it_is_asked_for() -> None:
    """Opening a reading asks a source nothing."""
    taken: list[int] = []

    one_ahead(taken.append(number) for number in (1, 2))

    assert [] == taken


def frames(number: int) -> dict[str, pl.DataFrame]:
    return {"birth": pl.DataFrame({"id": [str(number)]})}


def test_frames_of_the_same_bytes_only() -> None:
    """Equal bytes of another origin are read again: only the object that was read is known."""
    pages, body = ReadPages(), b"a page of some length"
    kept = frames(1)
    pages.keep(body, lambda: kept)

    assert pages.take(bytes(bytearray(body))) is None
    assert pages.take(body) is kept
    assert pages.take(body) is None


def test_the_oldest_pages_are_forgotten() -> None:
    """What nobody asks for does not pile up."""
    pages, bodies = ReadPages(most=20), [bytes([number]) * 8 for number in range(4)]

    for number, body in enumerate(bodies):
        pages.keep(body, partial(frames, number))

    assert [False, False, True, True] == [pages.take(body) is not None for body in bodies]


def test_a_generator_that_ends_on_its_own_thread_does_not_wait_for_itself() -> None:
    """The collector ended one there after a restart of the database: 'cannot join current thread', a traceback."""
    ended: list[BaseException | None] = []
    waiting, over = threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        yield 1
        waiting.wait(10)
        try:
            taken.close()  # on the thread that takes
            ended.append(None)
        except BaseException as error:
            ended.append(error)
        over.set()

    taken = one_ahead(items())
    next(taken)
    waiting.set()
    over.wait(10)

    assert ended == [None]
