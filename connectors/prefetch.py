"""Takes the next item while the one before is used: the next request of a source is on its way meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

T = TypeVar("T")
_END = object()


def one_ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """The items, each taken on a thread of its own while the caller uses the one before.

    One item at most waits, and one is taken at a time: a source that gets one request at a time still does. An error
    of taking an item is raised when the item is due. Nothing is taken before the first item is asked for. Closing the
    generator waits for the item that is being taken.
    """
    thread = ThreadPoolExecutor(1, "asking")
    try:
        due = thread.submit(next, items, _END)
        while (item := due.result()) is not _END:
            due = thread.submit(next, items, _END)
            yield cast(T, item)
    finally:
        # The collector may end a generator that nobody holds on any thread, also on this one, which cannot wait for itself.
        thread.shutdown(wait=threading.current_thread() not in thread._threads)
