"""Registrations that two systems hold, and the fields in which they differ: the whole warehouse, for the keepers of the
books.

Two records are compared here if book, number, code of place and day of registration are equal letter by letter
(`12` equals `12/2015`). On one day a code names one place, so nothing is joined across a reform. Single decisions
search more widely (`linkage.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from contracts.model import Contract, Dataset
from hub.core.database import identifier
from hub.evidence.linkage import alike, compared, natural_key
from hub.evidence.registers import Register, registers_of
from hub.load.warehouse import has_table


@dataclass(frozen=True)
class Differing:
    """An entry in which two systems differ."""

    one: str
    other: str
    """Names of the two records, for `hub trace`."""
    fields: tuple[str, ...]
    """Names of the fields that differ; never a value."""


@dataclass(frozen=True)
class Both:
    """The entries of one register that two systems both hold."""

    dataset: str
    systems: tuple[str, str]
    entries: int
    """Number of entries that both hold."""
    differing: tuple[Differing, ...]


def look_through(connection: sa.Connection, contracts: Mapping[str, Contract]) -> Iterator[Both]:
    """Each register and pair of systems that have entries in common."""
    for register in registers_of(contracts).values():
        dataset = register.in_contract(contracts)
        joined = _join(register, contracts)
        if not joined or not has_table(connection, dataset.table):
            continue
        counts = {
            (a, b): n
            for a, b, n in connection.execute(
                sa.text(f"select a._system, b._system, count(*) {joined} group by 1, 2 order by 1, 2")
            )
        }
        differing: dict[tuple[str, str], list[Differing]] = {pair: [] for pair in counts}
        for pair, each in _differing(connection, register, dataset, joined):
            differing[pair].append(each)
        yield from (Both(dataset.name, pair, entries, tuple(differing[pair])) for pair, entries in counts.items())


def _differing(
    connection: sa.Connection, register: Register, dataset: Dataset, joined: str
) -> Iterator[tuple[tuple[str, str], Differing]]:
    fields = compared(register, dataset)
    columns = ", ".join(
        f"a.{identifier(f.column)} as a{n}, b.{identifier(f.column)} as b{n}" for n, f in enumerate(fields)
    )
    unequal = " or ".join(f"a.{identifier(f.column)} <> b.{identifier(f.column)}" for f in fields)
    # The database drops values that are equal letter by letter; `alike` decides about the rest, as everywhere.
    names = "a._system as one, a._key as one_key, b._system as other, b._key as other_key"
    query = f"select {names}, {columns} {joined} and ({unequal}) order by 1, 2, 3, 4"
    for row in connection.execute(sa.text(query)).mappings():
        conflicts = tuple(
            f.name
            for n, f in enumerate(fields)
            if not alike(f, [v for v in (row[f"a{n}"], row[f"b{n}"]) if v is not None])
        )
        if conflicts:
            records = (
                f"{dataset.name}/{row['one']}/{row['one_key']}",
                f"{dataset.name}/{row['other']}/{row['other_key']}",
            )
            yield (row["one"], row["other"]), Differing(*records, conflicts)


def _join(register: Register, contracts: Mapping[str, Contract]) -> str:
    """Equal entries of two systems; empty: the register has no books."""
    table = register.in_contract(contracts).table
    same = """b.{book} = a.{book} and split_part(b.{entry}, '/', 1) = split_part(a.{entry}, '/', 1)
         and b.{place} = a.{place} and b.{day} = a.{day} and a._system < b._system"""
    condition = natural_key(register, contracts, same)
    return condition and f"from warehouse.{table} a join warehouse.{table} b on {condition} where true"
