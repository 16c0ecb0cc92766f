"""Which records name a person by number, and in which fields. Values stay where they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from contracts.model import Contract, Dataset
from hub.core.crypto import Keys
from hub.core.database import identifier
from hub.load.warehouse import has_table, lookup_column


@dataclass(frozen=True)
class Holding:
    """A record that names a person."""

    subject: bytes
    """Keyed HMAC of the number; never the number."""
    dataset: str
    system: str
    key: str
    named_in: tuple[str, ...]
    """Fields that have the number."""
    fields: tuple[str, ...]
    """All fields that the record fills."""
    known_from: datetime

    @property
    def record(self) -> str:
        """Name of the record, as `hub trace` takes it."""
        return f"{self.dataset}/{self.system}/{self.key}"


def holdings(
    connection: sa.Connection, contracts: Mapping[str, Contract], keys: Keys, numbers: Sequence[str]
) -> tuple[Holding, ...]:
    """The current records that name a person by one of their numbers, by dataset."""
    return tuple(of_subjects(connection, contracts, [bytes.fromhex(keys.lookup(number)) for number in numbers]))


def of_subjects(
    connection: sa.Connection, contracts: Mapping[str, Contract], subjects: Sequence[bytes]
) -> Iterator[Holding]:
    """The current records that name the persons of look-up values."""
    for contract in contracts.values():
        for dataset in contract.datasets:
            if any(f.identity for f in dataset.fields) and has_table(connection, dataset.table):
                yield from _of(connection, dataset, subjects)


def _of(connection: sa.Connection, dataset: Dataset, subjects: Sequence[bytes]) -> Iterator[Holding]:
    named = {f.name: identifier(lookup_column(f)) for f in dataset.fields if f.identity}
    filled = ", ".join(f"{identifier(f.column)} is not null" for f in dataset.fields)
    query = f"""
        select r._system, r._key, r._known_from, array[{", ".join(named.values())}] as lookups, array[{filled}] as filled
        from warehouse.{identifier(dataset.table)} r
        where {" or ".join(f"r.{column} = any(:subjects)" for column in named.values())}
        order by r._system, r._key"""
    for row in connection.execute(sa.text(query), {"subjects": list(subjects)}):
        of = dict(zip(named, map(_plain, row.lookups), strict=True))
        there = tuple(f.name for f, has in zip(dataset.fields, row.filled, strict=True) if has)
        for subject in subjects:
            if fields := tuple(name for name, value in of.items() if value == subject):
                yield Holding(subject, dataset.name, row._system, row._key, fields, there, row._known_from)


def _plain(value: memoryview | bytes | None) -> bytes | None:
    return None if value is None else bytes(value)
