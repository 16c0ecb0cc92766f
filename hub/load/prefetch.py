"""Doing the next thing while this one is being used."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
_END = object()


def ahead(items: Iterator[T], most: int = 1) -> Iterator[T]:
    """The same items in the same order, prepared ahead on one thread: `most` of them at most.

    An error of the preparation is raised when its item is due. When the consumer stops early, the
    item in preparation is finished and dropped. What was handed over is not kept: an item may weigh megabytes.
    """
    thread = ThreadPoolExecutor(1, "ahead")
    try:
        coming = deque(thread.submit(next, items, _END) for _ in range(most))
        while (due := [coming.popleft().result()]) != [_END]:
            coming.append(thread.submit(next, items, _END))
            yield due.pop()  # type: ignore[misc]
    finally:
        thread.shutdown(cancel_futures=True)
