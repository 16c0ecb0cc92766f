"""Records that the source sends again exactly as it sent them before: known at one look, and not judged again.

A nightly reading of a whole register brings millions of records of which a few changed. Each warehouse row
keeps `_seen`, a keyed 64-bit hash of its record as received. A record that comes with the `_seen` of its own
current row is that row: same key, same version, same content, so its fate is `unchanged`. It goes into a slim table
beside the stage, is looked at once more inside the merge's transaction, and is counted there.

Whatever could make the verdict another one is part of the hash's key (rules, reference lists, release of the hub
and of Polars): after such a change every record is judged once more. Left out, and always judged in full, are batches
that the declared suite sees, replays, contracts whose records own others, and keys that a batch brings twice.
A changed record passes unseen with a chance of 2^-64, each time it changes.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from contracts.model import Contract, Dataset
from hub.core.crypto import Keys
from hub.core.errors import ConcurrentChange
from hub.load.stage import copy_to_stage, key_of
from hub.load.warehouse import SAME_COLUMNS, SEEN, same_table

SAMPLE = 200
"""Records looked up to learn whether a batch is worth the look: a first load is not."""


@dataclass(frozen=True)
class UnchangedFilter:
    """What recognises the records of one contract, under its present rules."""

    dataset: Dataset
    seed: int
    """Key of the hash, 64 bits."""

    @classmethod
    def of(cls, contract: Contract, lists: Mapping[str, frozenset[str]], keys: Keys) -> UnchangedFilter | None:
        """None where records own others: those belong to their owner's version, and are judged with it."""
        if len(contract.datasets) > 1:
            return None
        context = hashlib.sha256(repr((contract.datasets, sorted((name, sorted(values)) for name, values in lists.items()))).encode())
        for package in ("motlan", "polars"):  # the engine's code; the hash is stable within one release of Polars
            context.update(f"{package} {importlib.metadata.version(package)}".encode())
        return cls(contract.datasets[0], keys.seed(b"seen:" + context.digest()))

    def mark(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame of `Source.records` with the column `_seen`."""
        hashed = frame.select(f.name for f in self.dataset.fields).hash_rows(self.seed)
        return frame.with_columns(hashed.reinterpret(signed=True).alias(SEEN))

    def look(self, connection: sa.Connection, system: str, stage: str, frame: pl.DataFrame) -> pl.DataFrame:
        """The records of a marked frame that have to be judged; the others stand in the slim table beside the stage."""
        if not self._worthwhile(connection, system, self._keyed(frame.gather_every(max(frame.height // SAMPLE, 1)))):
            return frame
        rows = self._keyed(frame).filter(pl.col("_key").is_not_null() & pl.col("_key").is_unique())
        copy_to_stage(connection, same_table(stage), SAME_COLUMNS, rows)
        strangers = connection.execute(sa.text(f"""
            delete from {_quoted(stage)} s where ({self._current}) is distinct from s.{SEEN} returning s._record"""), {"system": system}).scalars().all()
        known = rows.filter(~pl.col("_record").is_in(pl.Series(strangers, dtype=pl.Int64).implode()))["_record"]
        return frame.filter(pl.repeat(True, frame.height, eager=True).scatter(known, False))

    def count(self, connection: sa.Connection, system: str, stage: str, noted: int) -> int:
        """Count, inside the merge's transaction, the records that are still the current ones.

        Raises:
            ConcurrentChange: a batch merged in between changed one of them; the batch has to be judged in full.
        """
        still = connection.scalar(sa.text(f"select count(*) from {_quoted(stage)} s where ({self._current}) = s.{SEEN}"), {"system": system})
        if still != noted:
            raise ConcurrentChange("Records that had not changed when this batch was judged have changed since")
        return noted

    @property
    def _current(self) -> str:
        # A look-up by key for each row: a join would read the whole table for every batch.
        return f"select c.{SEEN} from warehouse.{self.dataset.table} c where c._system = :system and c._key = s._key"

    def _keyed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Number within the frame, key and `_seen` of its records."""
        parts = frame.select(*(pl.col(f.name).alias(f.column) for f in self.dataset.key), SEEN)
        key = key_of(self.dataset)
        key = pl.when(~key.str.contains("\0", literal=True)).then(key)  # PostgreSQL cannot even be asked for it; such a record is judged
        return parts.select(pl.int_range(0, pl.len(), dtype=pl.Int64).alias("_record"), key.alias("_key"), SEEN)

    def _worthwhile(self, connection: sa.Connection, system: str, sample: pl.DataFrame) -> bool:
        asked = {"system": system, "keys": sample["_key"].to_list(), "seen": sample[SEEN].to_list()}
        met = connection.scalar(sa.text(f"""
            select count(*) from unnest(cast(:keys as text[]), cast(:seen as bigint[])) s(_key, {SEEN}) where ({self._current}) = s.{SEEN}"""), asked)
        return 2 * int(met or 0) > sample.height


def _quoted(stage: str) -> str:
    return f'stage."{same_table(stage)}"'
