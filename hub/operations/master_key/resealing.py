"""Sealing again, with the current key, what older keys have sealed: in batches, while everything goes on.

Every place is walked in the order of its key, a batch a transaction; where it stands is kept with each batch, so that a
killed walk goes on there. Rows that somebody else holds are left for the next walk. Landed pages are replaced one by
one. A value that the current key opens already is left alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contracts.identifiers import LONGEST_STAGED, shortened
from contracts.model import Contract
from hub.answers import error_reports
from hub.answers.decisions import rejudge
from hub.answers.ministry import questions
from hub.app import Hub
from hub.core.crypto import Keys
from hub.core.database import identifier
from hub.core.state_files import new_part, sync_folder
from hub.feeds.building import sealed_place
from hub.feeds.manifest import delivery_id
from hub.load.landing import PARTS
from hub.load.warehouse import current_table, history_table
from hub.operations.master_key import sealing_keys

BATCH = 500
TYPES = {
    "ctid": "tid",
    "id": "bigint",
    "decision": "bigint",
    "sequence": "bigint",
    "_version": "timestamptz",
    "_hash": "bytea",
}
"""Types of columns of keys; the others are texts."""
LANDING = "landing"
STAGED = re.compile("^e[0-9]+_[0-9a-f]{16}_")
"""How the name of a table of the stage begins: epoch and batch."""
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class SealedPlace:
    """One table with sealed columns."""

    table: str
    """With its schema, quoted."""
    key: Sequence[str]
    columns: Sequence[str]
    seal_of: Callable[[str, Sequence[Any]], bytes]
    """The context of a value's seal, by its column and the values of `needs`."""
    needs: Sequence[str] = ()
    """What the context needs: SQL expressions over the table `t`."""


def places(connection: sa.Connection, contracts: Iterator[Contract]) -> Iterator[SealedPlace]:
    """Every table that holds sealed values now: of the stage too, whose batches may wait for days."""
    staged = connection.execute(sa.text("select tablename from pg_tables where schemaname = 'stage'")).scalars().all()
    for contract in contracts:
        for dataset in contract.datasets:
            columns = [f.column for f in dataset.fields if f.classification.encrypted]
            if not columns:
                continue
            for table in (current_table(dataset), history_table(dataset)):
                if sa.inspect(connection).has_table(table.name, schema=table.schema):
                    key = [c.name for c in table.primary_key.columns]
                    yield _of_dataset(f"{table.schema}.{identifier(table.name)}", key, columns, dataset.table)
            for name in staged:
                if STAGED.sub("", name) == shortened(dataset.name, LONGEST_STAGED):
                    yield _of_dataset(f"stage.{identifier(name)}", ["ctid"], columns, dataset.table)
    yield SealedPlace("hub.error_report", ["id"], ["said"], lambda *_: error_reports.PLACE)
    yield SealedPlace(
        "hub.ministry_question",
        ["id"],
        ["content"],
        lambda _, given: questions.place(str(given[0]), str(given[1])),
        ["t.unit", "t.reference"],
    )
    yield SealedPlace(
        "hub.delivery",
        ["feed", "sequence"],
        ["once"],
        lambda _, given: sealed_place(delivery_id(str(given[0]), int(given[1]))),
        ["t.feed", "t.sequence"],
    )
    decided = "(select d.{} from hub.decision d where d.id = t.decision)"
    yield SealedPlace(
        "hub.decision_question",
        ["decision"],
        ["content"],
        lambda _, given: rejudge.place(str(given[0]), str(given[1]), str(given[2])),
        [decided.format(name) for name in ("agency", "dossier", "requirement_set")],
    )


def _of_dataset(table: str, key: Sequence[str], columns: Sequence[str], name: str) -> SealedPlace:
    return SealedPlace(table, key, columns, lambda column, _: f"{name}.{column}".encode())


def reseal(hub: Hub, progress: Progress = lambda place, done: None, *, patient: bool = False) -> int:
    """One walk through all that is sealed, from where the last one of this key stopped; returns how many values were
    sealed again.

    `patient`: rows that somebody else holds are waited for.

    Raises:
        SealBroken: a value opens with no key; the walk stops there.
    """
    hub.keys.look()
    name = hub.keys.name
    with hub.engine.connect() as connection:
        walked = list(places(connection, iter(hub.contracts.values())))
    total = 0
    for place in walked:
        total += _table(hub, name, place, progress, patient=patient)
    return total + _landing(hub, name, progress)


def _table(hub: Hub, name: str, place: SealedPlace, progress: Progress, *, patient: bool) -> int:
    total = 0
    with hub.engine.begin() as connection:
        position, more = sealing_keys.position(connection, name, place.table), True
    while more:
        with hub.engine.begin() as connection:
            if not connection.scalar(sa.text("select to_regclass(:table) is not null"), {"table": place.table}):
                break  # a table of the stage whose batch is merged by now
            connection.execute(sa.text("set local hub.resealing = 'on'"))
            rows = connection.execute(*_next(place, position, patient=patient)).all()
            done = sum(_row(connection, hub.keys, place, row) for row in rows)
            position, more = [str(value) for value in rows[-1][1 : len(place.key) + 1]] if rows else None, bool(rows)
            sealing_keys.keep(connection, name, place.table, position, done, hub.scenario.now())
        total += done
        progress(place.table, total)
    return total


def _next(place: SealedPlace, position: Sequence[str] | None, *, patient: bool) -> tuple[sa.TextClause, dict[str, Any]]:
    """The next rows after a position, locked: where each is, its key, its sealed columns, what their contexts need."""
    key = [f"t.{name if name == 'ctid' else identifier(name)}" for name in place.key]
    columns = [f"t.{identifier(name)}" for name in place.columns]
    wanted = ["t.ctid", *(f"cast({name} as text)" for name in key), *columns, *place.needs]
    after, given = "", dict[str, Any]()
    if position is not None:
        given = {f"k{number}": value for number, value in enumerate(position)}
        known = ", ".join(f"cast(:k{n} as {TYPES.get(name, 'text')})" for n, name in enumerate(place.key))
        after = f"and ({', '.join(key)}) > ({known})"
    some = " or ".join(f"{column} is not null" for column in columns)
    query = (
        f"select {', '.join(wanted)} from {place.table} t where ({some}) {after} "
        f"order by {', '.join(key)} limit {BATCH} for update of t{'' if patient else ' skip locked'}"
    )
    return sa.text(query), given


def _row(connection: sa.Connection, keys: Keys, place: SealedPlace, row: sa.Row[Any]) -> int:
    """Seal what older keys have sealed in one row; how many values it was."""
    begin = 1 + len(place.key)
    given = row[begin + len(place.columns) :]
    again: dict[str, bytes] = {}
    for column, value in zip(place.columns, row[begin:], strict=False):
        if value is None:
            continue
        context = place.seal_of(column, given)
        plain, by = keys.opened(bytes(value), context)
        if by != keys.name:
            again[column] = keys.seal(plain, context)
    if again:
        sets = ", ".join(f"{identifier(column)} = :v{n}" for n, column in enumerate(again))
        values = {f"v{n}": value for n, value in enumerate(again.values())}
        update = sa.text(f"update {place.table} set {sets} where ctid = cast(:at as tid)")
        connection.execute(update, {**values, "at": str(row[0])})
    return len(again)


def _landing(hub: Hub, name: str, progress: Progress) -> int:
    total, folder = 0, hub.landing.folder
    with hub.engine.begin() as connection:
        position = sealing_keys.position(connection, name, LANDING)
    for below in sorted(each for each in folder.glob("??") if position is None or each.name > position[0]):
        done = sum(_page(hub.keys, page, folder) for page in below.glob("*.page"))
        sync_folder(below)
        total += done
        with hub.engine.begin() as connection:
            sealing_keys.keep(connection, name, LANDING, [below.name], done, hub.scenario.now())
        progress(LANDING, total)
    with hub.engine.begin() as connection:
        sealing_keys.keep(connection, name, LANDING, None, 0, hub.scenario.now())
    return total


def _page(keys: Keys, page: Path, folder: Path) -> bool:
    """Replace a landed page by itself, sealed with the current key; whether it was sealed with an older one."""
    digest = page.stem.encode()
    plain, by = keys.opened(page.read_bytes(), digest)
    if by == keys.name:
        return False
    (folder / PARTS).mkdir(exist_ok=True)
    descriptor, part = new_part(folder / PARTS)
    with os.fdopen(descriptor, "wb") as file:
        try:
            file.writelines(keys.sealed(plain, digest))
            file.flush()
            os.fsync(file.fileno())
            part.rename(page)
        finally:
            part.unlink(missing_ok=True)
    return True
