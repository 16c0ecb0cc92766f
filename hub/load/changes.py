"""What a batch changes: one comparison with the warehouse, before its records are validated.

    unchanged   the row of its key has the hash of the record as received: not validated, counted by the merge
    new         no row has its key: validated; if it breaks no rule and has no finding, copied into the warehouse
    other       changed; or its key is missing, occurs twice in the batch or cannot be queried: validated and staged

A nightly reading of a whole register brings millions of records, of which a few have changed; a first load brings
hardly any known record. Both cost little: an unchanged record is hashed and looked up by its key, and a new record is
written once (`hub/load/direct_copy.py`).

The hash (`_seen`: 64 bits, keyed) covers the record as received, and the set of the records that it owns. Its key is
derived from everything that could change a verdict: rules, reference lists, the releases of the hub and of Polars.
After such a change every record is validated again. A changed record passes as unchanged with a probability of 2^-64.

A record and those that it owns have one fate here: a child belongs to its owner's version. The row of an owner has a
hash only if the warehouse has every child that came with it: while one of them is quarantined, outdated or a duplicate,
the owner is validated each time it comes (`hub/load/owners.py`).

Batches that the declared suite checks are validated and staged in full, unless nothing in them has changed. A replay
validates unchanged records too.

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
from typing import TypeAlias

import polars as pl
import sqlalchemy as sa

from contracts.model import Contract, Dataset
from contracts.refused import REFUSED
from hub.core.crypto import Keys
from hub.core.errors import ConcurrentChange
from hub.load.stage import SEPARATOR, key_of
from hub.load.warehouse import SEEN
from quality.identity import rules_digest

Frames: TypeAlias = Mapping[str, "pl.DataFrame"]
"""The records of a batch, by dataset."""

UNASKED = f"^$|[\0{SEPARATOR}]"
"""Keys that cannot be part of one text of keys."""


@dataclass(frozen=True)
class Unchanged:
    """The unchanged records of a batch, as the merge compares them again."""

    keys: str
    seen: str
    counts: Mapping[str, int]
    """By dataset; those that they own are counted with them."""

    @property
    def count(self) -> int:
        """Number of the records that are compared: the owners."""
        return next(iter(self.counts.values()))


@dataclass(frozen=True)
class Compared:
    """A batch after its comparison with the warehouse."""

    judged: Frames
    """The records to validate."""
    new: pl.Series
    """For each of them that nobody owns: its key if it is new, else null."""
    unchanged: Unchanged

    @property
    def settled(self) -> bool:
        """Whether nothing is left to validate."""
        return not any(frame.height for frame in self.judged.values())


@dataclass(frozen=True)
class ChangeDetector:
    """Compares batches of one contract with the warehouse, under the contract's present rules."""

    owner: Dataset
    children: tuple[Dataset, ...]
    seed: int
    """Key of the hash, 64 bits."""

    @classmethod
    def of(cls, contract: Contract, lists: Mapping[str, frozenset[str]], keys: Keys) -> ChangeDetector | None:
        """The detector of a contract; None if a child owns records itself, or could leave its owner for another."""
        owner, *children = contract.datasets
        if any(each.parent != owner.name or not _stays(each) for each in children):
            return None
        return cls(owner, tuple(children), keys.seed(b"seen:" + context_of(contract, lists)))

    def mark(self, frames: Frames) -> Frames:
        """The frames of a batch, that of the owners with the column `_seen`."""
        owners = frames[self.owner.name]
        seen = self._hashed(owners, self.owner)
        if self.children:
            parts = pl.DataFrame({"": seen}).with_row_index("_owner", 1).cast({"_owner": pl.Int64})
            for child in self.children:
                of_owner = pl.DataFrame(
                    {"_owner": frames[child.name]["_owner"], "h": self._hashed(frames[child.name], child)}
                )
                # The sum of keyed hashes is that of the set, in whatever order it came; it wraps at 2^64.
                summed = of_owner.group_by("_owner").agg(
                    pl.col("h").sum().alias(child.name), pl.len().alias(f"{child.name} n")
                )
                parts = parts.join(summed, on="_owner", how="left", maintain_order="left")
            seen = parts.drop("_owner").hash_rows(self.seed)
        return {**frames, self.owner.name: owners.with_columns(seen.reinterpret(signed=True).alias(SEEN))}

    def look(self, connection: sa.Connection, system: str, marked: Frames, *, judge_all: bool = False) -> Compared:
        """Compare marked frames with the warehouse. With `judge_all` the unchanged records are validated too."""
        owners = marked[self.owner.name]
        parts = owners.select(pl.col(f.name).alias(f.column) for f in self.owner.key)
        key = parts.select(key_of(self.owner)).to_series()
        asked = (key.is_not_null() & key.is_unique() & ~key.str.contains(UNASKED)).fill_null(False)
        if REFUSED in owners.columns:
            asked &= owners[REFUSED].is_null()  # what was read of such a record could be all of another one
        keys, seen = key.filter(asked), owners[SEEN].filter(asked).cast(pl.String)
        fates = pl.Series(
            list(self._ask(connection, system, _text(keys, SEPARATOR), _text(seen, ","), of=keys)), dtype=pl.String
        )
        same = fates == "u" if not judge_all else pl.repeat(False, fates.len(), eager=True)
        places = asked.arg_true()
        left = pl.repeat(True, owners.height, eager=True).scatter(places.filter(same), False)
        is_new = pl.repeat(False, owners.height, eager=True).scatter(places.filter(fates == "n"), True)
        new = pl.select(pl.when(is_new).then(key)).to_series()
        judged = {self.owner.name: owners.filter(left)} | {
            child.name: _of_these(marked[child.name], left) for child in self.children
        }
        counts = {d.name: marked[d.name].height - judged[d.name].height for d in (self.owner, *self.children)}
        unchanged = Unchanged(_text(keys.filter(same), SEPARATOR), _text(seen.filter(same), ","), counts)
        return Compared(judged, new.filter(left), unchanged)

    def check(self, connection: sa.Connection, system: str, unchanged: Unchanged) -> None:
        """Compare the unchanged records again, in the merge's transaction.

        Raises:
            ConcurrentChange: a batch merged in between changed one of them.
        """
        if self._fates(connection, system, unchanged.keys, unchanged.seen).count("u") != unchanged.count:
            raise ConcurrentChange("Records that had not changed when this batch was judged have changed since")

    def _hashed(self, frame: pl.DataFrame, dataset: Dataset) -> pl.Series:
        return frame.select(f.name for f in dataset.fields).hash_rows(self.seed)

    def _ask(self, connection: sa.Connection, system: str, keys: str, seen: str, *, of: pl.Series) -> str:
        between = sa.text(
            f"select exists (select from warehouse.{self.owner.table} where _key between :least and :greatest)"
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
                select true as known, {SEEN} from warehouse.{self.owner.table} w where w._system = :system and w._key = k.key collate "C" limit 1
            ) c on true"""),
                {"system": system, "keys": keys, "seen": seen, "separator": SEPARATOR},
            )
            or ""
        )


def context_of(contract: Contract, lists: Mapping[str, frozenset[str]]) -> bytes:
    """Hash of everything that could change the verdict on a record: rules, lists, the code of the engines."""
    context = hashlib.sha256(rules_digest(contract.datasets, lists).encode())
    for package in ("motlan", "polars"):  # the engine's code; the hash is stable within one release of Polars
        context.update(f"{package} {importlib.metadata.version(package)}".encode())
    return context.digest()


def _stays(child: Dataset) -> bool:
    """Whether the owner's key is part of the child's: then no other record can ever own it."""
    return set(child.parent_key) <= {field.name for field in child.key}


def _of_these(children: pl.DataFrame, owners: pl.Series) -> pl.DataFrame:
    """The children of some owners, with `_owner` as its number among these. One that nobody owns stays."""
    numbers = pl.select(pl.when(owners).then(owners.cast(pl.Int64).cum_sum())).to_series()
    place = children["_owner"]
    return children.with_columns(numbers.gather(place - 1).alias("_owner")).filter(
        pl.col("_owner").is_not_null() | place.is_null()
    )


def _text(values: pl.Series, separator: str) -> str:
    return values.str.join(separator).item() if values.len() else ""
