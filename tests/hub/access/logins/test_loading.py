"""The main path under the loader's login, which owns no table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from hub.core.database import connect
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from tests.databases import Databases


@pytest.fixture
def loader(engine: sa.Engine, databases: Databases) -> Iterator[sa.Engine]:
    there = connect(databases.login(engine.url.render_as_string(hide_password=False), "hub_loading"))
    yield there
    there.dispose()


def test_it_loads_changes_and_keeps_what_was(exchange: Exchange, source, loader: sa.Engine, record) -> None:
    """A first version by COPY, a newer one that supersedes it, children that leave; the stage is its own."""
    exchange = replace(exchange, engine=loader, validator=replace(exchange.validator, engine=loader))
    source.served = [[record("A", "20220601080000", [("x", "1"), ("y", "2")], TrangThai="1")]]
    exchange.sync()
    source.served = [[record("A", "20220602080000", [("x", "5")], TrangThai="2")]]
    _, counts = exchange.sync()

    with loader.connect() as connection:
        kept = connection.scalars(sa.text("select trang_thai from history.paper")).all()
    assert counts == {"paper": Counts(received=1, accepted=1), "paper_part": Counts(received=1, accepted=1, removed=1)}
    assert kept == ["1"]
