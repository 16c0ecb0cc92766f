"""Keeps what the fetching of pages has read, until the records of these pages are asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

import polars as pl

from contracts.lazy_modules import is_loaded

Frames: TypeAlias = "Mapping[str, pl.DataFrame]"  # a text: Polars is loaded when it is used

_MOST_BYTES = 64 << 20


class ReadPages:
    """Frames of pages whose bytes are still in this process.

    A connector reads a reply before it yields the page, to know that it is complete. Its reader asks for the records
    of the same bytes a moment later, and would parse them again. Only the very same object is recognised, so the
    frames are always those of the bytes. The oldest are dropped when the bytes exceed `most`.

    Before Polars is loaded, what makes a frame is kept instead: a poll that finds nothing new asks for no record, and
    does without Polars.
    """

    def __init__(self, most: int = _MOST_BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[int, tuple[bytes, Callable[[], Frames]]] = OrderedDict()
        self._bytes = 0

    def keep(self, body: bytes, make: Callable[[], Frames]) -> None:
        """Remember the frames of a page, which `make` makes."""
        self._forget(body)
        if is_loaded("polars"):
            make = partial(_same, make())  # a frame is smaller than what it is made of
        self._kept[id(body)] = (body, make)  # it keeps the body alive, so no other object gets its id
        self._bytes += len(body)
        while self._bytes > self._most:
            _, (oldest, _) = self._kept.popitem(last=False)
            self._bytes -= len(oldest)

    def take(self, body: bytes) -> Frames | None:
        """The frames of a page, once; None if they are not here."""
        kept = self._forget(body)
        return None if kept is None else kept[1]()

    def _forget(self, body: bytes) -> tuple[bytes, Callable[[], Frames]] | None:
        kept = self._kept.pop(id(body), None)
        if kept is not None:
            self._bytes -= len(body)
        return kept


def _same(frames: Frames) -> Frames:
    return frames
