"""Databases of tests: empty unless a filling is named, and each a copy of its own."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from hub.core.database import head
from hub.local.embedded import EmbeddedServer
from tests.fillings import Databases

SCHEMAS = "select count(*) from pg_namespace where nspname in ('hub', 'stage', 'warehouse', 'history')"
REVISION = "select version_num from hub.migration"
STREAMS = "select count(*) from hub.stream"


@pytest.fixture
def two(server: EmbeddedServer, databases: Databases) -> Iterator[list[str]]:
    """The URLs of two databases with the tables of the registers."""
    names = ["copy_one", "copy_two"]
    yield [databases.fresh(name, "register_tables") for name in names]
    for name in names:
        server.drop(name)


def asked(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        [value] = connection.execute(query).fetchone() or [None]  # type: ignore[arg-type]
        return value


def test_nothing_is_there_unless_it_is_named(pg_url: str) -> None:
    """So that the migrations are tried on an empty database."""
    assert 0 == asked(pg_url, SCHEMAS)


def test_the_hubs_tables_are_of_the_newest_migration(pg_url: str, hub_tables: None) -> None:
    """A copy is as good as a migration."""
    assert head() == asked(pg_url, REVISION)


def test_what_one_test_changes_no_other_sees(two: list[str]) -> None:
    """A copy that is emptied leaves the other as it was, and the next one too."""
    one, other = two
    before = asked(other, STREAMS)
    with psycopg.connect(one) as connection:
        connection.execute("truncate hub.stream cascade")
    assert 0 == asked(one, STREAMS)
    assert before == asked(other, STREAMS) == 5
