"""Pages of keys, out of frames of records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from contracts.model import Contract, Dataset

if TYPE_CHECKING:
    from .interface import Page, Source


@dataclass(frozen=True)
class KeyPage:
    """Keys of records that a source has: a part of its listing."""

    keys: pl.DataFrame = field(repr=False)
    """A row for each record of the contract's first dataset: the fields of its key and, where the source tells it, its
    change time, as `Source.records` gives them. A record without a readable key is a row too."""
    place: str
    """What was listed: a day, a file, a page. No value of a record."""


def keys_of(dataset: Dataset, frame: pl.DataFrame, place: str, *, version: bool = True) -> KeyPage:
    """The keys of a frame of records, and their change times unless the source does not tell them."""
    names = [field.name for field in dataset.key]
    if version and dataset.version_field is not None and dataset.version_field not in names:
        names.append(dataset.version_field)
    return KeyPage(frame.select(names), place)


def of_ids(dataset: Dataset, ids: Iterable[str], place: str) -> KeyPage:
    """Keys of one field, where a source lists ids alone."""
    [key] = dataset.key
    return KeyPage(pl.DataFrame({key.name: list(ids)}, schema={key.name: pl.String}), place)


def of_pages(source: Source, contract: Contract, pages: Iterable[Page], *, version: bool = True) -> Iterator[KeyPage]:
    """The keys of whole pages, for a source whose only listing is to be read whole."""
    dataset = contract.datasets[0]
    for page in pages:
        yield keys_of(dataset, source.records(page.body, page.media_type)[dataset.name], page.request, version=version)
