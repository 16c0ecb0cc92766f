"""The store of digitised books cannot be written to, by either engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from connectors import System
from connectors.errors import Refused
from contracts.errors import DeploymentInvalid
from tests.connectors import digitised_books
from tests.connectors.digitised_books import ALL, opened

owner = digitised_books.owner
store = digitised_books.store
sqlite = digitised_books.sqlite


def test_nothing_can_be_written(store: System, owner: str) -> None:
    """Not by the reader, whose role has SELECT alone; and not by a role that may write, because the session is read only."""
    as_owner = replace(store, credentials={"username": "store-owner", "password": "owner"})
    for each in (store, as_owner):
        source: Any = opened(each)
        for statement in (
            'update "HT_KHAISINH" set "so" = \'1\'',
            'create table "x" ("y" integer)',
            'delete from "DM_NOIDANGKY"',
        ):
            with pytest.raises(Refused), source._database.reading("a test") as connection:
                connection.execute(sa.text(statement))
        source.close()
    failed = [probe.step for probe in opened(as_owner).check() if probe.ok is False]
    assert ["reads only"] == failed
    assert not [probe.step for probe in opened(store).check() if probe.ok is False]
    with psycopg.connect(owner) as connection:
        assert (len(ALL),) == connection.execute('select count(*) from "HT_KHAISINH"').fetchone()


def test_nothing_can_be_written_to_a_file(sqlite: System) -> None:
    """A SQLite file is opened read only; one that is not there is not made."""
    source: Any = opened(sqlite)
    with pytest.raises(Exception, match="digitised-store"), source._database.reading("a test") as connection:
        connection.execute(sa.text('delete from "DM_NOIDANGKY"'))
    with pytest.raises(DeploymentInvalid, match="not there"):
        opened(replace(sqlite, address="sqlite:////nowhere/store.db"))
