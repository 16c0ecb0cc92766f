"""What a batch changes: one comparison with the warehouse, before its records are validated.

    unchanged   the row of its key has the hash of the record as received: not validated, counted by the merge
    new         no row has its key: validated; if it breaks no rule and has no finding, copied into the warehouse
    other       changed; or its key is missing, occurs twice in the batch or cannot be queried: validated and staged

A nightly reading of a whole register brings millions of records, of which a few have changed; a first load brings
hardly any known record. Both cost little: an unchanged record is hashed and looked up by its key, and a new record is
written once.

The hash (`_seen`: 64 bits, keyed) covers the record as received. Its key is derived from everything that could change a
verdict: rules, reference lists, the releases of the hub and of Polars. After such a change every record is validated
again. A changed record passes as unchanged with a probability of 2^-64.

Some batches are not compared but validated and staged in full: those that the declared suite checks, and those of
contracts whose records own others, because a child belongs to its owner's version. A replay validates unchanged
records too. New rows are staged like the others if the role `hub_copier` is missing (`hub/access/row_security.py`), if
at least half of a batch is not new, or if the new rows are too large.

The comparison may be out of date when the batch is merged, because the batches before it were not merged yet.
Therefore the merge compares the unchanged records again in its transaction, and the primary key refuses a copy of a
known key. In both cases the transaction is rolled back (`ConcurrentChange`), and the batch is validated and staged in
full.
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
"""Keys that cannot be part of one text of keys."""
LEFT = ("_record", "_parent", "_owner", "_broken", "_findings")
"""Columns of the stage that a warehouse row without a parent does not have."""
GIVEN: Mapping[str, str] = {"_system": "text", "_batch": "bigint"}
"""Columns of a warehouse row that the stage does not have. `_known_from` is another: only the merge knows it."""
UNTIL_KNOWN = b"\0"
"""Placeholder in a rendered row for the moment of its merge. No text in PostgreSQL can contain it."""
MOST_BYTES = 16 << 20
"""Most bytes of a batch's rendered rows in memory; if there are more, they are staged, on the database's disk."""


@dataclass(frozen=True)
class Unchanged:
    """The unchanged records of a batch, as the merge compares them again."""

    keys: str
    seen: str
    count: int


@dataclass(frozen=True)
class Compared:
    """A batch after its comparison with the warehouse."""

    judged: pl.DataFrame
    """The records to validate."""
    new: pl.Series
    """For each of them: its key if it is new, else null."""
    unchanged: Unchanged


@dataclass(frozen=True)
class Direct:
    """A validated batch whose new rows bypass the stage."""

    new: Rows
    """New rows without fault and finding, rendered for the warehouse, except for the moment of the merge."""
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
        """The detector of a contract; None if its records own others."""
        if len(contract.datasets) > 1:
            return None
        return cls(contract.datasets[0], keys.seed(b"seen:" + context_of(contract, lists)))

    def mark(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame of `Source.records` with the column `_seen`."""
        hashed = frame.select(f.name for f in self.dataset.fields).hash_rows(self.seed)
        return frame.with_columns(hashed.reinterpret(signed=True).alias(SEEN))

    def look(
        self, connection: sa.Connection, system: str, marked: pl.DataFrame, *, judge_all: bool = False
    ) -> Compared:
        """Compare a marked frame with the warehouse. With `judge_all` the unchanged records are validated too."""
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
        """Count, in the merge's transaction, the unchanged records that are still current.

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
            return "n" * of.len()  # sources number their records upwards: later keys lie behind all known ones
        return self._fates(connection, system, keys, seen)

    def _fates(self, connection: sa.Connection, system: str, keys: str, seen: str) -> str:
        """A letter for each key: (n)ew, (u)nchanged, (o)ther. Texts travel faster than lists, in both directions."""
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


def context_of(contract: Contract, lists: Mapping[str, frozenset[str]]) -> bytes:
    """Hash of everything that could change the verdict on a record: rules, lists, the code of the engines."""
    context = hashlib.sha256(
        repr((contract.datasets, sorted((name, sorted(values)) for name, values in lists.items()))).encode()
    )
    for package in ("motlan", "polars"):  # the engine's code; the hash is stable within one release of Polars
        context.update(f"{package} {importlib.metadata.version(package)}".encode())
    return context.digest()


def direct(dataset: Dataset, staged: pl.DataFrame, new: pl.Series, *, system: str, serial: int) -> Direct | None:
    """The rows of a stage table in two parts; None if at least half of them are not simply new, or they are too large.

    `new` is that of `Compared`, with keys as received: normalisation may change a key, or make two keys equal.
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
    """Copy new rows into the warehouse. Returns the number that the database reports.

    Raises:
        ConcurrentChange: a row with the key of one of them exists by now.
    """
    moment = f",{now.isoformat()}".encode()
    rows = Rows([*new.columns, "_known_from"], (each.replace(UNTIL_KNOWN, moment) for each in new.csv))
    try:
        with row_security.adding(connection):
            return copy_into(connection, f"warehouse.{dataset.table}", rows)
    except KeyTaken:
        raise ConcurrentChange("Records that were new when this batch was judged are known by now") from None


def stage_rest(connection: sa.Connection, dataset: Dataset, rest: pl.DataFrame) -> str:
    """Put the other rows of a batch into a table of this session, emptied at the end of the transaction.

    Returns its name as SQL.
    """
    name = f"rest_{dataset.name}"
    connection.execute(create("temporary table if not exists", name, stage_columns(dataset), "on commit delete rows"))
    copy_into(connection, name, rows_of(rest, stage_columns(dataset)))
    return name


def _text(values: pl.Series, separator: str) -> str:
    return values.str.join(separator).item() if values.len() else ""
