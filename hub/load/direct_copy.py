"""New records without fault or finding go from the batch into the warehouse by one COPY, past the stage.

A record goes with all that it owns, or not at all. The others of the batch are put into tables of the merge's session
and decided there. Everything is staged instead if the role `hub_copier` is missing (`hub/access/row_security.py`), if
at least half of a batch is not new, or if the new rows are too large to wait in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl
import sqlalchemy as sa

from contracts.model import Contract, Dataset
from contracts.refused import REFUSED
from hub.access import row_security
from hub.core.errors import ConcurrentChange, KeyTaken
from hub.load.changes import Frames
from hub.load.stage import ODD, Rows, copy_into, create, rows_of
from hub.load.warehouse import SEEN, stage_columns

LEFT = ("_record", "_owner", "_broken", "_findings", REFUSED)
"""Columns of the stage that a warehouse row does not have."""
OF_CHILDREN, OF_OWNERS = ("_parent",), (SEEN,)
"""Columns that only one kind of warehouse rows has, or is given a value in."""
GIVEN: Mapping[str, str] = {"_system": "text", "_batch": "bigint"}
"""Columns of a warehouse row that the stage does not have. `_known_from` is another: only the merge knows it."""
UNTIL_KNOWN = b"\0"
"""Placeholder in a rendered row for the moment of its merge. No text in PostgreSQL can contain it."""
MOST_BYTES = 16 << 20
"""Most bytes of a batch's rendered rows in memory; if there are more, they are staged, on the database's disk."""


@dataclass(frozen=True)
class Direct:
    """A validated batch whose new rows bypass the stage; each part by dataset."""

    new: Mapping[str, Rows]
    """New rows without fault and finding, rendered for the warehouse, except for the moment of the merge."""
    counts: Mapping[str, int]
    rest: Frames
    """All others, as for a stage table."""

    @property
    def count(self) -> int:
        """Number of new rows, over all datasets."""
        return sum(self.counts.values())

    @property
    def decided(self) -> bool:
        """Whether there are no others."""
        return not any(frame.height for frame in self.rest.values())


def direct(contract: Contract, staged: Frames, new: pl.Series, *, system: str, serial: int) -> Direct | None:
    """The rows of the stage tables in two parts.

    None if at least half of the owners are not simply new, or the rows are too large. `new` is that of `Compared`, with
    keys as received: normalisation may change a key, or make two keys equal.
    """
    owner = contract.datasets[0]
    simple = _simple(contract, staged, new)
    if simple.len() and 2 * int(simple.sum()) <= simple.len():
        return None
    rows, counts, rest, size = dict[str, Rows](), dict[str, int](), dict[str, pl.DataFrame](), 0
    for dataset in contract.datasets:
        frame = staged[dataset.name]
        mine = simple if dataset is owner else simple.gather(frame["_owner"] - 1).fill_null(False)
        left = LEFT + (OF_OWNERS if dataset.parent else OF_CHILDREN)
        added = frame.drop(left).filter(mine).with_columns(_system=pl.lit(system), _batch=pl.lit(serial))
        rendered = rows_of(added, {**GIVEN, **stage_columns(dataset)}, UNTIL_KNOWN.decode() + "\n")
        lines = tuple(rendered.lines)
        size += sum(map(len, lines))
        if size > MOST_BYTES or (added[ODD].any() and sum(e.count(UNTIL_KNOWN) for e in lines) != added.height):
            return None
        rows[dataset.name], counts[dataset.name] = Rows(rendered.columns, lines), added.height
        rest[dataset.name] = frame.filter(~mine)
    return Direct(rows, counts, rest)


def write(connection: sa.Connection, dataset: Dataset, new: Rows, now: datetime) -> int:
    """Copy new rows into the warehouse. Returns the number that the database reports.

    Raises:
        ConcurrentChange: a row with the key of one of them exists by now.
    """
    moment = f"\t{now.isoformat()}".encode()
    rows = Rows([*new.columns, "_known_from"], (each.replace(UNTIL_KNOWN, moment) for each in new.lines))
    try:
        with row_security.adding(connection):
            return copy_into(connection, f"warehouse.{dataset.table}", rows)
    except KeyTaken:
        raise ConcurrentChange("Records that were new when this batch was judged are known by now") from None


def rest_table(dataset: str) -> str:
    """Name of the table of `stage_rest`."""
    return f"rest_{dataset}"


def stage_rest(connection: sa.Connection, dataset: Dataset, rest: pl.DataFrame) -> None:
    """Put the other rows of a batch into a table of this session, emptied at the end of the transaction."""
    name = rest_table(dataset.name)
    connection.execute(create("temporary table if not exists", name, stage_columns(dataset), "on commit delete rows"))
    copy_into(connection, name, rows_of(rest, stage_columns(dataset)))


def _simple(contract: Contract, staged: Frames, new: pl.Series) -> pl.Series:
    """Which owners are new, without fault or finding, and own nothing that has one or has another owner's key."""
    owner, *children = contract.datasets
    plain = pl.col("_broken").is_null() & pl.col("_findings").is_null() & pl.col("_key").is_unique()
    simple = staged[owner.name].select((plain & (pl.col("_key") == new)).fill_null(False)).to_series()
    for child in children:
        frame = staged[child.name]
        of_owner = staged[owner.name]["_key"].gather(frame["_owner"] - 1)
        other = frame.filter(~(plain & (pl.col("_parent") == of_owner)).fill_null(False))
        simple = simple.scatter(other["_owner"].drop_nulls().unique() - 1, False)
    return simple
