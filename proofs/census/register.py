"""A register of births that is all held: synthetic numbers, one after another, as an insider would walk them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa

from hub.app import Hub
from hub.evidence import indexes
from hub.load.warehouse import ensure_tables, lookup_column

WALKER, NEIGHBOUR = "000.00.16.H29", "000.00.28.H29"
"""Two districts with the same grant."""
STREAM = "moj-registry.birth"
AT_ONCE = 10_000


def number_of(number: int) -> str:
    """The identity number of the person with a number in the walk."""
    return f"079190{number:06d}"


def fill(hub: Hub, population: int) -> None:
    """So many births, read a day ago."""
    described = hub.contracts["birth"].dataset("birth")
    now = hub.scenario.now()
    column = {name: described.by_name[name].column for name in ("nksSoDDCN", "nksHoTen", "nksNgaySinh", "so")}
    look_up = lookup_column(described.by_name["nksSoDDCN"])
    with hub.engine.begin() as connection:
        ensure_tables(connection, hub.contracts["birth"])
        checks = "select conname from pg_constraint where conrelid = 'warehouse.birth'\\:\\:regclass and contype = 'c'"
        for name in connection.scalars(sa.text(checks)).all():  # fields that nobody asks about stay empty
            connection.execute(sa.text(f'alter table warehouse.birth drop constraint "{name}"'))
        connection.execute(
            sa.text("insert into hub.stream (id, system, contract) values (:id, 'moj-registry', 'birth')"),
            {"id": STREAM},
        )
        connection.execute(
            sa.text(
                "insert into hub.run (id, stream, epoch, mode, started_at, ended_at)"
                " values ('census', :id, 1, 'full', :at, :at)"
            ),
            {"id": STREAM, "at": now - timedelta(hours=1)},
        )
        statement = sa.text(
            "insert into warehouse.birth (_system, _key, _version, _hash, _known_from, _batch, _landing, _row,"
            f" {', '.join(column.values())}, {look_up}) values ('moj-registry', :key, :then, '\\x00', :then, 1, 1, 1,"
            " :number, :name, '1990-05-12', :so, :look_up)"
        )
        for rows in _rows(hub, population):
            connection.execute(statement, [row | {"then": now - timedelta(days=1)} for row in rows])
    indexes.build(hub.engine, hub.contracts)
    with hub.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("vacuum (analyze) warehouse.birth"))


def _rows(hub: Hub, population: int) -> Iterator[list[dict[str, object]]]:
    for first in range(0, population, AT_ONCE):
        yield [
            {
                "key": str(number),
                "number": number_of(number),
                "name": f"Nguyễn Văn {number}",
                "so": str(number),
                "look_up": bytes.fromhex(hub.keys.lookup(number_of(number))),
            }
            for number in range(first, min(first + AT_ONCE, population))
        ]
