"""A road into a real PostgreSQL, and empty places for sources."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.core.database import connect
from hub.local.embedded import EmbeddedServer

from .dialect import Place
from .road import Road


@pytest.fixture
def engine(pg_url: str) -> Iterator[sa.Engine]:
    engine = connect(pg_url)
    yield engine
    engine.dispose()


@pytest.fixture
def road(engine: sa.Engine, tmp_path: Path) -> Road:
    return Road(engine, tmp_path / "landing")


@pytest.fixture
def place(server: EmbeddedServer, tmp_path: Path) -> Callable[[], Place]:
    def empty() -> Place:
        folder = tmp_path / "place"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return Place(folder, server)

    return empty
