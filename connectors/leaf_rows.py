"""Makes rows of records whose fields are leaves, and frames of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

import polars as pl
from lxml import etree

Texts: TypeAlias = tuple[str | None, ...]

MOST_SHAPES = 10_000


class LeafRows:
    """Makes the row of a record: the texts of its fields in the order of `tags`.

    An absent or empty field is None; of a field that comes twice, the first text counts.
    Records repeat their shapes (a page of 1000 births has about 40), so the places are looked up once for each shape,
    and a row of a known shape is made in one step.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        """`tags` are as lxml writes them."""
        self._tags = tuple(tags)
        self._shapes: dict[tuple[str, ...], Callable[[Sequence[str | None]], Any]] = {}

    def __call__(self, record: etree._Element) -> Texts:
        fields = list(record)
        shape = tuple([field.tag for field in fields])
        texts = [field.text for field in fields]
        texts.append(None)
        row: Texts = (self._shapes.get(shape) or self._learn(shape))(texts)
        return row

    def _learn(self, shape: tuple[str, ...]) -> Callable[[Sequence[str | None]], Any]:
        made = self._shapes.setdefault(shape, row_maker(self._tags, shape))
        if len(self._shapes) > MOST_SHAPES:
            self._shapes.clear()
        return made


def row_maker(tags: Sequence[str], shape: Sequence[str]) -> Callable[[Sequence[str | None]], Any]:
    """Makes the row of a record whose fields have the tags `shape`, from their texts and one None behind them."""
    first = {tag: place for place, tag in reversed(list(enumerate(shape)))}
    places = [first.get(tag, len(shape)) for tag in tags]
    # itemgetter of one place gives no tuple, and of none it cannot be made.
    return itemgetter(*places) if len(places) > 1 else lambda texts: tuple(texts[place] for place in places)


def text_frame(names: Sequence[str], rows: Sequence[Texts]) -> pl.DataFrame:
    """A frame of texts, all `pl.String`."""
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    empty = pl.Series([None] * len(rows), dtype=pl.String)  # half the fields of a register are rarely filled
    return pl.DataFrame(
        [
            pl.Series(name, texts, dtype=pl.String) if any(texts) else empty.alias(name)
            for name, texts in zip(names, columns, strict=True)
        ]
    )
