"""The items of a delivery with their values, read from the warehouse and its history in the order of their lines.

A version is named by the batch that brought it. Records are never altered, so the same delivery reads the same on every
day: current rows move to history whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from contracts.errors import Permanent
from contracts.model import Dataset, Kind
from hub.core.database import identifier
from hub.feeds.items import Item

SEVERAL = 5000
"""Rows that are fetched at once."""


class VersionLost(Permanent):
    """A version that was delivered is neither in the warehouse nor in its history."""


def items(
    connection: sa.Connection, feed: str, sequence: int, dataset: Dataset, columns: Sequence[str], built_at: datetime
) -> Iterator[Item]:
    """The items of a delivery.

    Raises:
        VersionLost: the database was altered or restored from before the delivery.
    """
    fields = [dataset.by_name[name] for name in columns]
    names = [identifier(field.column) for field in fields]
    chosen = ", ".join(f"coalesce(w.{name}, h.{name})" for name in names)
    table = identifier(dataset.table)
    listed = ", ".join(f"e.{name}" for name in names)
    query = sa.text(f"""
        select i.operation, i.system, i.key, coalesce(w._known_from, h._known_from), {chosen}
        from hub.delivery_item i
        left join warehouse.{table} w
          on i.operation = 'put' and w._key = i.key and w._system = i.system and w._batch = i.batch
        left join lateral (
            select e._known_from, {listed} from history.{table} e
            where w._key is null and i.operation = 'put' and e._key = i.key and e._system = i.system
              and e._batch = i.batch and e._end <> 'outdated' limit 1) h on true
        where i.feed = :feed and i.sequence = :sequence order by i.number""")
    shown = [_SHOWN[field.kind] for field in fields]
    gone = _moment(built_at)
    place = {"feed": feed, "sequence": sequence}
    found = connection.execute(query, place, execution_options={"yield_per": SEVERAL})
    for operation, system, key, known_from, *values in found:
        if operation == "delete":
            yield Item("delete", system, key, gone)
            continue
        if known_from is None:
            raise VersionLost(
                f"Delivery {sequence} of {feed}: a version that it carried is not in the history any more",
                hint="compare the database with its backup: hub doctor",
            )
        written = {
            name: None if value is None else show(value)
            for name, value, show in zip(columns, values, shown, strict=True)
        }
        yield Item("put", system, key, _moment(known_from), written)


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()


_SHOWN: dict[Kind, Callable[..., str | int]] = {
    Kind.TEXT: str,
    Kind.PARTIAL_DATE: str,
    Kind.INTEGER: int,
    Kind.DECIMAL: str,
    Kind.TIMESTAMP: _moment,
}
"""How a value is written, by its kind: integers as numbers, the others as text."""
