"""What a batch changes: one comparison with the warehouse, before its records are judged.

    unchanged   its row stands there under the hash of the record as received: not judged, counted by the merge
    new         no row has its key: judged, and if nothing is to be decided about it copied straight into the warehouse
    other       changed; or its key is missing, stands twice in the batch or cannot be asked for: judged and staged

A nightly reading of a whole register brings millions of records of which a few changed; a first load brings hardly one
that is known. Both cost little: an unchanged record is hashed and looked up by its key, a new one is written once.
Nothing is to be decided about a new record that breaks no rule and bears no finding.

The hash (`_seen`: 64 bits, keyed) is of the record as received. Its key is made of whatever could make the verdict
another one (rules, reference lists, release of the hub and of Polars): after such a change every record is judged once
more. A changed record passes as unchanged with a chance of 2^-64, each time it changes.

Not looked at, but judged and staged in full, are batches that the declared suite sees and contracts whose records own
others: a child belongs to its owner's version. A replay judges what is unchanged too. Where the role `hub_copier` is
missing (`hub/access/row_security.py`), or most of a batch is to be decided, or its new rows would weigh too much, they
are staged.

The look may be out of date when the batch is merged: batches of one run are looked at before those before them are
merged. So the merge looks once more at the unchanged, inside its transaction, and the primary key refuses a copy of
what is known by now. Either way all is rolled back (`ConcurrentChange`), and the batch is judged and staged in full.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl
import sqlalchemy as sa

from contracts.model import Contract, Dataset
from hub.access import row_security
from hub.core.crypto import Keys
from hub.core.errors import ConcurrentChange, KeyTaken
from hub.load.stage import SEPARATOR, Rows, copy_into, create, key_of, rows_of
from hub.load.warehouse import SEEN, stage_columns

UNASKED = f"^$|[\0{SEPARATOR}]"
"""Keys that cannot be asked for in one text."""
LEFT = ("_record", "_parent", "_owner", "_broken", "_findings")
"""Columns of the stage that a warehouse row without a parent does not have."""
GIVEN: Mapping[str, str] = {"_system": "text", "_batch": "bigint"}
"""Columns of a warehouse row that the stage does not have; and `_known_from`, which only the merge knows."""
UNTIL_KNOWN = b"\0"
"""Stands in a rendered row for the moment of its merge. No text that PostgreSQL could hold has one."""
MOST_BYTES = 16 << 20
"""Rendered rows of a batch that may wait in memory; more of them wait in the stage, on the database's disk."""


@dataclass(frozen=True)
class Unchanged:
    """The unchanged records of a batch, as the merge asks for them once more."""

    keys: str
    seen: str
    count: int


@dataclass(frozen=True)
class Compared:
    """A batch after the look."""

    judged: pl.DataFrame
    """The records that have to be judged."""
    new: pl.Series
    """For each of them its key if it is new, else null."""
    unchanged: Unchanged


@dataclass(frozen=True)
class Direct:
    """A judged batch that bypasses the stage."""

    new: Rows
    """Those about which nothing is to be decided, rendered for the warehouse but for the moment of the merge."""
    count: int
    rest: pl.DataFrame
    """All others, as for a stage table."""


@dataclass(frozen=True)
class ChangeDetector:
    """Compares batches of one contract with the warehouse, under the contract's present rules."""

    dataset: Dataset
    seed: int
    """Key of the hash, 64 bits."""

    @classmethod
    def of(cls, contract: Contract, lists: Mapping[str, frozenset[str]], keys: Keys) -> ChangeDetector | None:
        """None where records own others."""
        if len(contract.datasets) > 1:
            return None
        context = hashlib.sha256(
            repr((contract.datasets, sorted((name, sorted(values)) for name, values in lists.items()))).encode()
        )
        for package in ("motlan", "polars"):  # the engine's code; the hash is stable within one release of Polars
            context.update(f"{package} {importlib.metadata.version(package)}".encode())
        return cls(contract.datasets[0], keys.seed(b"seen:" + context.digest()))

    def mark(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame of `Source.records` with the column `_seen`."""
        hashed = frame.select(f.name for f in self.dataset.fields).hash_rows(self.seed)
        return frame.with_columns(hashed.reinterpret(signed=True).alias(SEEN))

    def look(
        self, connection: sa.Connection, system: str, marked: pl.DataFrame, *, judge_all: bool = False
    ) -> Compared:
        """Compare a marked frame with the warehouse; with `judge_all` the unchanged records stay in."""
        parts = marked.select(pl.col(f.name).alias(f.column) for f in self.dataset.key)
        key = parts.select(key_of(self.dataset)).to_series()
        asked = (key.is_not_null() & key.is_unique() & ~key.str.contains(UNASKED)).fill_null(False)
        keys, seen = key.filter(asked), marked[SEEN].filter(asked).cast(pl.String)
        fates = pl.Series(
            list(self._ask(connection, system, _text(keys, SEPARATOR), _text(seen, ","), of=keys)), dtype=pl.String
        )
        same = fates == "u" if not judge_all else pl.repeat(False, fates.len(), eager=True)
        places = asked.arg_true()
        left = pl.repeat(True, marked.height, eager=True).scatter(places.filter(same), False)
        is_new = pl.repeat(False, marked.height, eager=True).scatter(places.filter(fates == "n"), True)
        new = pl.select(pl.when(is_new).then(key)).to_series()
        unchanged = Unchanged(_text(keys.filter(same), SEPARATOR), _text(seen.filter(same), ","), int(same.sum()))
        return Compared(marked.filter(left), new.filter(left), unchanged)

    def count(self, connection: sa.Connection, system: str, unchanged: Unchanged) -> int:
        """Count, inside the merge's transaction, the records that are still the current ones.

        Raises:
            ConcurrentChange: a batch merged in between changed one of them.
        """
        still = self._fates(connection, system, unchanged.keys, unchanged.seen).count("u")
        if still != unchanged.count:
            raise ConcurrentChange("Records that had not changed when this batch was judged have changed since")
        return still

    def _ask(self, connection: sa.Connection, system: str, keys: str, seen: str, *, of: pl.Series) -> str:
        between = sa.text(
            f"select exists (select from warehouse.{self.dataset.table} where _key between :least and :greatest)"
        )
        if not of.len() or not connection.scalar(between, {"least": of.min(), "greatest": of.max()}):
            return "n" * of.len()  # sources count their records on: what comes later lies behind all that is known
        return self._fates(connection, system, keys, seen)

    def _fates(self, connection: sa.Connection, system: str, keys: str, seen: str) -> str:
        """A letter for each key: (n)ew, (u)nchanged, (o)ther. Texts go faster than lists, in both directions."""
        # LIMIT keeps it a look-up by key: a hash join would read the whole table for every batch.
        return (
            connection.scalar(
                sa.text(f"""
            select string_agg(case when c.known is null then 'n' when c.{SEEN} = cast(k.seen as bigint) then 'u' else 'o' end, '' order by k.n)
            from unnest(string_to_array(:keys, :separator), string_to_array(:seen, ',')) with ordinality k(key, seen, n)
            left join lateral (
                select true as known, {SEEN} from warehouse.{self.dataset.table} w where w._system = :system and w._key = k.key collate "C" limit 1
            ) c on true"""),
                {"system": system, "keys": keys, "seen": seen, "separator": SEPARATOR},
            )
            or ""
        )


def direct(dataset: Dataset, staged: pl.DataFrame, new: pl.Series, *, system: str, serial: int) -> Direct | None:
    """The rows of a stage table in two parts; None where at least half of them have to be decided, or they would weigh
    too much.

    `new` is that of `Compared`: the key as received. Judged, two keys may have become one, or another.
    """
    plain = (
        pl.col("_broken").is_null()
        & pl.col("_findings").is_null()
        & pl.col("_key").is_unique()
        & (pl.col("_key") == new)
    )
    simple = staged.select(plain.fill_null(False)).to_series()
    count = int(simple.sum())
    if staged.height and 2 * count <= staged.height:
        return None
    added = staged.drop(LEFT).filter(simple).with_columns(_system=pl.lit(system), _batch=pl.lit(serial))
    rows = rows_of(added, {**GIVEN, **stage_columns(dataset)}, UNTIL_KNOWN.decode() + "\n")
    csv = tuple(rows.csv)
    if sum(map(len, csv)) > MOST_BYTES or sum(each.count(UNTIL_KNOWN) for each in csv) != count:
        return None
    return Direct(Rows(rows.columns, csv), count, staged.filter(~simple))


def write(connection: sa.Connection, dataset: Dataset, new: Rows, now: datetime) -> int:
    """Copy new rows into the warehouse; how many the database took.

    Raises:
        ConcurrentChange: one of them is known by now.
    """
    moment = f",{now.isoformat()}".encode()
    rows = Rows([*new.columns, "_known_from"], (each.replace(UNTIL_KNOWN, moment) for each in new.csv))
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


def _text(values: pl.Series, separator: str) -> str:
    return values.str.join(separator).item() if values.len() else ""
