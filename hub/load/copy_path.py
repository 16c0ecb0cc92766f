"""Records that are simply new: written once, straight into the warehouse.

In a first load nearly every record is new, and nothing about it has to be decided: it breaks no rule, nothing was noted about it, its key
stands once in its batch and nowhere in the warehouse. Such records are carried past the stage and copied into the warehouse inside the
merge's transaction; the few others of their batch are decided there as always. Staged in full are batches of which half or more is known
already or faulty, batches that the declared suite looks at, contracts whose records own others, and batches whose steps are tasks apart.

The primary key has the last word: where a batch merged since brought one of the keys, the copy is refused, all is rolled back, and the
batch is judged and staged in full.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl
import sqlalchemy as sa

from contracts.model import Dataset
from hub.access import row_security
from hub.core.errors import ConcurrentChange, KeyTaken
from hub.load.stage import SEPARATOR, Rows, copy_into, create, rows_of
from hub.load.warehouse import stage_columns

LEFT = ("_record", "_parent", "_owner", "_broken", "_findings")
"""Columns of a stage row that the row of a record which nobody owns lacks in the warehouse."""
GIVEN: Mapping[str, str] = {"_system": "text", "_batch": "bigint"}
"""Columns of a warehouse row that its stage row lacks; and `_known_from`, which only the merge knows."""
UNTIL_KNOWN = b"\0"
"""Stands in a rendered row for the moment of its merge. No text that PostgreSQL could hold has one."""
MOST_BYTES = 16 << 20
"""Rendered rows of a batch that wait in memory; a batch of long texts is staged, and waits on the database's disk."""
UNASKED = f"[\0{SEPARATOR}]"
"""Keys that cannot be asked for in one text."""


@dataclass(frozen=True)
class DirectRows:
    """A batch on its way past the stage."""

    new: Rows
    """Those that are simply new, rendered for the warehouse but for the moment of the merge."""
    rest: pl.DataFrame
    """All others, as for a stage table."""
    count: int
    """How many are new."""


def split(connection: sa.Connection, dataset: Dataset, staged: pl.DataFrame, *, system: str, serial: int) -> DirectRows | None:
    """The rows of a stage table in two parts; None where at least half of them have to be decided, or they would weigh too much."""
    key = pl.col("_key")
    plain = [pl.col("_broken").is_null(), pl.col("_findings").is_null(), key.is_not_null(), key.is_unique(), ~key.str.contains(UNASKED)]
    simple = staged.select(pl.all_horizontal(plain)).to_series()
    if 2 * simple.sum() > staged.height:
        known = _known(connection, dataset, system, staged["_key"].filter(simple))
        simple &= ~staged["_key"].is_in(known.implode())
    if 2 * simple.sum() <= staged.height:
        return None
    new = staged.drop(LEFT).filter(simple).with_columns(_system=pl.lit(system), _batch=pl.lit(serial))
    rows = rows_of(new, {**GIVEN, **stage_columns(dataset)}, UNTIL_KNOWN.decode() + "\n")
    csv = tuple(rows.csv)
    if sum(map(len, csv)) > MOST_BYTES or sum(each.count(UNTIL_KNOWN) for each in csv) != new.height:
        return None
    return DirectRows(Rows(rows.columns, csv), staged.filter(~simple), new.height)


def write(connection: sa.Connection, dataset: Dataset, new: Rows, now: datetime) -> int:
    """Copy new rows into the warehouse; how many the database took.

    Raises:
        ConcurrentChange: one of them is known by now.
    """
    known_from = f",{now.isoformat()}".encode()
    rows = Rows([*new.columns, "_known_from"], (each.replace(UNTIL_KNOWN, known_from) for each in new.csv))
    try:
        with row_security.adding(connection):
            return copy_into(connection, f"warehouse.{dataset.table}", rows)
    except KeyTaken:
        raise ConcurrentChange("Records that were new when this batch was judged are known by now") from None


def stage_rest(connection: sa.Connection, dataset: Dataset, rest: pl.DataFrame) -> str:
    """The other rows of a batch in a table of this session, emptied when the transaction ends; its name as SQL."""
    name = f"rest_{dataset.name}"
    connection.execute(create("temporary table if not exists", name, stage_columns(dataset), "on commit delete rows"))
    copy_into(connection, name, rows_of(rest, stage_columns(dataset)))
    return name


def _known(connection: sa.Connection, dataset: Dataset, system: str, keys: pl.Series) -> pl.Series:
    """Those of some keys that the warehouse has."""
    table = f"warehouse.{dataset.table}"
    between = sa.text(f"select exists (select from {table} where _key between :least and :greatest)")
    if not connection.scalar(between, {"least": keys.min(), "greatest": keys.max()}):
        return keys.clear()  # sources count their records on: what comes later lies behind all that is known
    # LIMIT keeps it a look-up by key: a hash join would read the whole table for every batch. One text goes faster than a list of them.
    query = sa.text(f"""
        select k from unnest(string_to_array(:keys, :separator)) k
        cross join lateral (select from {table} c where c._system = :system and c._key = k collate "C" limit 1) c""")
    asked = {"system": system, "keys": keys.str.join(SEPARATOR).item(), "separator": SEPARATOR}
    return pl.Series(connection.scalars(query, asked).all(), dtype=pl.String)
