"""Parquet: the items as one table, all columns as text."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import polars as pl

from hub.feeds.forms.lines import Digest, json_line
from hub.feeds.items import Item

AT_ONCE = 50_000
"""Items that are gathered as objects: a column of text is far smaller."""
NAMES = ("_op", "_system", "_key", "_version")


def parquet(items: Iterable[Item], columns: Sequence[str], plain: Digest) -> Iterator[bytes]:
    """A Parquet file: `_op`, `_system`, `_key`, `_version` and the columns, all text, compressed with zstd.

    `plain` gets the items as JSON Lines: another release of Polars writes other bytes for the same content. The whole
    table is held in memory, compact: about half a gigabyte for a million births.
    """
    names, parts, waiting = sorted(columns), list[pl.DataFrame](), iter(items)
    schema = dict.fromkeys((*NAMES, *columns), pl.String)
    while some := list(islice(waiting, AT_ONCE)):
        for item in some:
            plain.update(json_line(item, names))
        parts.append(pl.DataFrame([_row(item, columns) for item in some], schema=schema, orient="row"))
    whole, file = pl.concat(parts) if parts else pl.DataFrame(schema=schema), io.BytesIO()
    whole.write_parquet(file, compression="zstd", row_group_size=100_000, statistics=False)
    yield file.getvalue()


def _row(item: Item, columns: Sequence[str]) -> tuple[str | None, ...]:
    values = (item.values.get(name) for name in columns)
    texts = (None if value is None else str(value) for value in values)
    return (item.operation, item.system, item.key, item.version, *texts)
