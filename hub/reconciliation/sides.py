"""Where the rows of a party come from, as queries with the columns of `held_rows.NAMES`.

of_warehouse   what the hub holds of a system, up to a batch
of_reading     what a system answered, read whole: its digests come from here, since it has no question for them
of_listing     the keys that a system listed, and their change times; of_keys: the same of what the hub holds
of_deliveries  what a receiver was given, from the newest snapshot up to a delivery
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from connectors.interface import Source, Window
from contracts.model import Contract, Dataset, Field, Kind
from hub.core.crypto import Keys
from hub.core.database import identifier
from hub.feeds.reading import moment_text
from hub.load.prefetch import ended
from hub.load.stage import copy_into, escaped_rows, staged_frame
from hub.reconciliation.held_rows import said
from quality.rows import judge

_READ = 'register text, unit text, year text, parent text, key text collate "C", version timestamptz, hash text'


def of_warehouse(contract: Contract) -> str:
    """SQL: the current rows of `:system` up to the batch `:through`."""
    return " union all ".join(_warehouse(dataset) for dataset in contract.datasets)


def _warehouse(dataset: Dataset) -> str:
    units = [f"w.{identifier(field.column)}" for field in _plain(dataset, dataset.unit_fields)]
    days = [f"w.{identifier(field.column)}" for field in _plain(dataset, [dataset.unit_day])]
    return f"""
        select '{dataset.name}' as register, {f"coalesce({', '.join(units)})" if units else "''"} as unit,
               {f"left({days[0]}::text, 4)" if days else "''"} as year, w._system as system, w._key as key,
               {said(["w._key", "w._version::text", "encode(w._hash, 'hex')"])} as said
        from warehouse.{identifier(dataset.table)} w where w._system = :system and w._batch <= :through"""


OF_READING = f"""
    select register, unit, year, system, key, said from (
        select distinct on (register, key) register, unit, year, cast(:system as text) as system, key,
               {said(["key", "version::text", "hash"])} as said
        from read_rows order by register, key, version desc) newest"""
"""SQL: what was read, each record in its newest version."""


def of_keys(dataset: Dataset, *, versions: bool) -> str:
    """SQL: keys of the current rows of `:system` up to the batch `:through`, with change times where a listing has them."""
    return f"""
        select '{dataset.name}' as register, '' as unit, '' as year, w._system as system, w._key as key,
               {said(["w._key", "w._version::text" if versions else "null"])} as said
        from warehouse.{identifier(dataset.table)} w where w._system = :system and w._batch <= :through"""


def of_listing(dataset: Dataset) -> str:
    """SQL: the keys that a source listed (`hub/cases/listed_keys.py`), each with its newest change time."""
    return f"""
        select '{dataset.name}' as register, '' as unit, '' as year, cast(:system as text) as system, key,
               {said(["key", "max(version)::text"])} as said
        from listed where key is not null group by key"""


@dataclass(frozen=True)
class SourceReading:
    """A system read whole, into a temporary table. Nothing is landed, judged into cases, or merged."""

    source: Source
    contract: Contract
    keys: Keys
    lists: dict[str, frozenset[str]]

    def read(self, connection: sa.Connection) -> tuple[int, int, int]:
        """Read all pages; returns records, records without a readable key or change time, and bytes that travelled.

        Raises:
            Transient, Permanent: the source did not answer to the end.
        """
        connection.execute(sa.text("drop table if exists pg_temp.read_rows"))
        connection.execute(sa.text(f"create temporary table read_rows ({_READ})"))
        records = unreadable = travelled = 0
        with ended(self.source.pages(Window())) as pages:
            for page in pages:
                travelled += len(page.body)
                frames = self.source.records(page.body, page.media_type)
                for dataset in self.contract.datasets:
                    rows = self._rows(dataset, frames[dataset.name])
                    known = rows.drop_nulls(["key", "version"])
                    copy_into(connection, "read_rows", escaped_rows(known))
                    records += rows.height
                    unreadable += rows.height - known.height
        connection.execute(sa.text("analyze read_rows"))
        return records, unreadable, travelled

    def _rows(self, dataset: Dataset, frame: pl.DataFrame) -> pl.DataFrame:
        numbered = frame.with_columns(
            pl.lit(0, pl.Int64).alias("_landing"), pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("_row")
        )
        if "_owner" not in numbered.columns:
            numbered = numbered.with_columns(pl.lit(None, pl.Int64).alias("_owner"))
        rows = staged_frame(dataset, judge(dataset, numbered, self.lists).frame, self.keys)
        units = [pl.col(field.column) for field in _plain(dataset, dataset.unit_fields)]
        days = [pl.col(field.column).str.slice(0, 4) for field in _plain(dataset, [dataset.unit_day])]
        return rows.select(
            pl.lit(dataset.name).alias("register"),
            (pl.coalesce(units) if units else pl.lit(None, pl.String)).alias("unit"),
            (days[0] if days else pl.lit(None, pl.String)).alias("year"),
            pl.col("_parent").alias("parent"),
            pl.col("_key").alias("key"),
            pl.col("_version").alias("version"),
            pl.col("_hash").alias("hash"),
        )


def unit_and_day(dataset: Dataset, columns: Sequence[str]) -> tuple[str, str]:
    """The columns of a delivery that say where a record belongs; empty where it has none."""
    unit, day = dataset.place_field, dataset.day_field
    return unit if unit in columns else "", day if day in columns else ""


def of_deliveries(dataset: Dataset, columns: Sequence[str]) -> str:
    """SQL: what the receiver of `:feed` holds after the delivery `:sequence`, since the snapshot `:base`."""
    fields = [dataset.by_name[name] for name in columns]
    table = identifier(dataset.table)
    names = {field.name: f"coalesce(w.{identifier(field.column)}, h.{identifier(field.column)})" for field in fields}
    listed = ", ".join(f"e.{identifier(field.column)}" for field in fields)
    unit, day = unit_and_day(dataset, columns)
    parts = ["i.system", "i.key", moment_text("coalesce(w._known_from, h._known_from)")]
    parts += [_shown(field, names[field.name]) for field in fields]
    return f"""
        select '{dataset.name}' as register, {names[unit] if unit else "''"} as unit,
               {f"left({names[day]}::text, 4)" if day else "''"} as year, i.system, i.key, {said(parts)} as said
        from (select d.key, d.system, d.operation, d.batch from hub.delivery_item d
              where d.feed = :feed and d.sequence between :base and :sequence and not exists (
                select from hub.delivery_item n  -- few came since the snapshot: no sort of all
                where n.feed = :feed and n.sequence > :base and n.sequence <= :sequence and n.sequence > d.sequence
                  and n.key = d.key and n.system = d.system)) i
        left join warehouse.{table} w on w._key = i.key and w._system = i.system and w._batch = i.batch
        left join lateral (
            select e._known_from, {listed} from history.{table} e
            where w._key is null and e._key = i.key and e._system = i.system and e._batch = i.batch
              and e._end <> 'outdated' limit 1) h on true
        where i.operation = 'put'"""


def _shown(field: Field, value: str) -> str:
    """SQL: a value as a delivery writes it (`hub/feeds/reading.py`)."""
    return moment_text(value) if field.kind is Kind.TIMESTAMP else f"{value}::text"


def _plain(dataset: Dataset, names: Sequence[str]) -> list[Field]:
    """Fields by name that are no secret at rest."""
    return [dataset.by_name[name] for name in names if name and not dataset.by_name[name].classification.encrypted]
