"""What a poisoned source is: so many records, some of them bad in one of six kinds, served as its dialect serves them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from connectors import Source
from contracts.model import Contract
from hub.local.embedded import EmbeddedServer


@dataclass(frozen=True)
class Place:
    """Where a source may keep its files and tables."""

    folder: Path
    """Empty."""
    server: EmbeddedServer


@dataclass(frozen=True)
class Served:
    """A source that is being served."""

    source: Source
    mend: Callable[[int, bool], None]
    """Mends a bad record; with or without a new change time."""


class Dialect(Protocol):
    """One dialect, and how its records go bad."""

    contract: Contract
    now: datetime
    kinds: tuple[str, ...]
    """Six names."""

    def opened(self, place: Place, count: int, bad: Mapping[int, int], size: int) -> AbstractContextManager[Served]:
        """A source of the records 0 to `count`, in pages of about `size`; `bad`: number -> place of its kind.

        Behind the six stand two more: the record comes twice, with one content (6) and with two (7).
        """

    def key(self, number: int) -> str:
        """The key of a record."""

    def mark(self, number: int) -> bytes:
        """What stands in a record as received, and in no other; also in a bad one."""
