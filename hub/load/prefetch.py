"""Prepares the next items while the current one is being used."""

from __future__ import annotations

import inspect
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar, cast

T = TypeVar("T")
U = TypeVar("U")
_END = object()


def prepared(step: Callable[[T], U], items: Iterator[T], most: int) -> Generator[U, None, None]:
    """What a step makes of each item, in their order, prepared while the one before is used: `most` of them at most.

    One thread takes the items, which may wait for a network; each is then worked on by one of `most` others. With 0
    everything happens in the caller's thread, when it is due.

    An error of taking or preparing is raised when its item is due. When the consumer stops early
    (`contextlib.closing`), what is being prepared is finished and dropped. What was handed over is not kept: an item
    may weigh megabytes.
    """
    if not most:
        yield from map(step, items)
        return
    taking, working = ThreadPoolExecutor(1, "taking"), ThreadPoolExecutor(most, "working")

    def begin() -> Future[U | object]:
        taken = [taking.submit(next, items, _END)]
        return working.submit(lambda: _END if (item := taken.pop().result()) is _END else step(cast(T, item)))

    try:
        coming = deque(begin() for _ in range(most))
        while (due := [coming.popleft().result()]) != [_END]:
            coming.append(begin())
            yield cast(U, due.pop())
    finally:
        taking.shutdown(wait=False, cancel_futures=True)  # first: who works on what is not taken yet would wait for it
        working.shutdown(wait=_outside(working), cancel_futures=True)
        taking.shutdown(wait=_outside(taking))


def _outside(pool: ThreadPoolExecutor) -> bool:
    """Whether this thread is none of the pool's: one that drops the last reference to a generator ends it, too."""
    return threading.current_thread() not in pool._threads


@contextmanager
def ended(items: Iterator[T]) -> Iterator[Iterator[T]]:
    """Close a generator at the end of the block: whoever else drops it last may be any thread."""
    try:
        yield items
    finally:
        if inspect.isgenerator(items) and not items.gi_running:
            items.close()
