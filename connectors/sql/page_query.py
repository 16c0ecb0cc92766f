"""What is asked of a page beside its statement: its order, its bounds, and which rows are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from .listing import Order, RowRefusal


@dataclass(frozen=True)
class PageQuery:
    """How the rows of a page are read."""

    order: Order
    most_bytes: int
    key: str = ""
    """Name of the key's column."""
    refusals: tuple[RowRefusal, ...] = ()
    doubled: Mapping[str, int] = field(default_factory=dict)
    """Text of a key that several rows have -> how many have it, or one that the database takes for equal."""
    chars: frozenset[str] = frozenset()
    """Columns of a fixed length: blanks at their end are no part of the value."""
    placed: Callable[[str], str] = str
    """The value in the order, of a change time's text."""

    def place_of(self, changed: str | None, key: str | None) -> tuple[Any, ...]:
        """The place of a row, by its texts."""
        if len(self.order) == 2:
            return (None if changed is None else self.placed(changed), key)
        return (key,)

    def doubled_rows(self, keys: pl.Series) -> list[int]:
        """Numbers of the rows whose key several rows have."""
        if not self.doubled:
            return []
        return [at for at, key in enumerate(keys.to_list()) if key in self.doubled]

    def doubled_key(self, key: str) -> tuple[str, str]:
        """Column and clause of such a row."""
        return self.key, f"a key that {self.doubled[key]} rows have"
