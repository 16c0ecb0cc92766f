"""Two days of one dataset, side by side: what came, what left, what changed, and in which fields. Counts, no value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from contracts.model import Dataset
from hub.core.database import identifier
from hub.load.warehouse import has_table


@dataclass(frozen=True)
class TwoDays:
    """What a dataset of one system was at the end of two days."""

    dataset: str
    system: str
    one: int
    """Records at the end of the first day."""
    other: int
    added: int
    left: int
    changed: int
    same: int
    fields: Mapping[str, int]
    """Field -> records whose value changed; fields that rest encrypted are not compared."""


def compare(connection: sa.Connection, dataset: Dataset, first: date, second: date, zone: ZoneInfo) -> list[TwoDays]:
    """A dataset at the end of two days, by system."""
    if not (has_table(connection, dataset.table) and has_table(connection, dataset.table, "history")):
        return []
    plain = [field for field in dataset.fields if not field.classification.encrypted]
    differing = ", ".join(
        f"count(*) filter (where a._key is not null and b._key is not null and a._hash <> b._hash"
        f" and a.{identifier(field.column)} is distinct from b.{identifier(field.column)}) as f{number}"
        for number, field in enumerate(plain)
    )
    query = f"""
        with a as ({_at(dataset, "first")}), b as ({_at(dataset, "second")})
        select coalesce(a._system, b._system) as system, count(a._key) as one, count(b._key) as other,
               count(*) filter (where a._key is null) as added, count(*) filter (where b._key is null) as gone,
               count(*) filter (where a._hash <> b._hash) as changed, count(*) filter (where a._hash = b._hash) as same,
               {differing}
        from a full join b on b._system = a._system and b._key = a._key group by 1 order by 1"""
    values = {name: datetime.combine(day + timedelta(days=1), time(), zone) for name, day in
              (("first", first), ("second", second))}  # fmt: skip
    return [
        TwoDays(
            dataset.name, row["system"], row["one"], row["other"], row["added"], row["gone"], row["changed"], row["same"],
            {field.name: row[f"f{number}"] for number, field in enumerate(plain) if row[f"f{number}"]},
        )
        for row in connection.execute(sa.text(query), values).mappings()
    ]  # fmt: skip


def _at(dataset: Dataset, moment: str) -> str:
    """SQL: the rows that were current just before a moment."""
    columns = ", ".join(
        ["_system", "_key", "_hash"]
        + [identifier(field.column) for field in dataset.fields if not field.classification.encrypted]
    )
    table = identifier(dataset.table)
    return (
        f"select {columns} from warehouse.{table} where _known_from < :{moment} union all"
        f" select {columns} from history.{table}"
        f" where _known_from < :{moment} and _known_to >= :{moment} and _end <> 'outdated'"
    )
