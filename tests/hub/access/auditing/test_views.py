"""Views for auditors in a real database: what a login sees, and what no view shows."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

from hub.access.auditing import auditors
from hub.access.auditing.views import missing_statements, views
from hub.core.actions import Actor
from hub.core.database import connect, migrate
from hub.core.errors import DatabaseRefused, NotFound
from hub.load.warehouse import ensure_all
from tests.databases import Databases
from tests.hub import registers

contracts, engine = registers.contracts, registers.engine
PERSON = Actor("an", "plan 12/2022")
LOGIN = "auditor_of_tests"


@pytest.fixture
def auditor(engine: sa.Engine, databases: Databases) -> Iterator[sa.Engine]:
    """The login of one auditor, a member of hub_auditing."""
    with psycopg.connect(databases.server.url(), autocommit=True) as admin:
        if admin.execute("select from pg_roles where rolname = %s", [LOGIN]).fetchone() is None:
            admin.execute(f"create role {LOGIN} login password '{LOGIN}' in role hub_auditing")
    there = connect(databases.login(engine.url.render_as_string(hide_password=False), LOGIN))
    yield there
    there.dispose()


REGISTERS = [f"moj-registry.{name}" for name in ("birth", "death", "marriage", "recognition")]
DOSSIERS = ["one-stop-760.dossier"]


def seen_by(engine: sa.Engine) -> list[str]:
    """Streams of the runs that a login sees."""
    with engine.connect() as connection:
        return sorted(connection.scalars(sa.text("select stream from audit.runs")))


def test_who_is_not_admitted_sees_no_row(engine: sa.Engine, auditor: sa.Engine) -> None:
    """Every view can be read, and is empty."""
    with auditor.connect() as connection:
        counts = {view.name: connection.scalar(sa.text(f"select count(*) from audit.{view.name}")) for view in views()}
    assert counts == dict.fromkeys(counts, 0)
    assert seen_by(engine) == REGISTERS + DOSSIERS


@pytest.mark.parametrize(
    ("scope", "seen"),
    [("one-stop-760", DOSSIERS), ("*", REGISTERS + DOSSIERS), ("000.00.16.H29", [])],
)
def test_rows_by_scope(engine: sa.Engine, auditor: sa.Engine, scope: str, seen: list[str]) -> None:
    """A system, the whole city, or an agency that no run belongs to; dismissed, nothing at once."""
    with engine.begin() as connection:
        auditors.admit(connection, LOGIN, scope, PERSON)
        auditors.admit(connection, LOGIN, scope, PERSON)
    during = seen_by(auditor)
    with engine.begin() as connection:
        auditors.dismiss(connection, LOGIN, scope, PERSON)
        listed = auditors.listed(connection)
    assert during == seen
    assert seen_by(auditor) == []
    assert [(each.scope, each.ended_by) for each in listed] == [(scope, "an: plan 12/2022")]


@pytest.mark.parametrize(
    "statement",
    [
        'select * from hub."case"',
        "select * from hub.auditor",
        "select * from warehouse.birth",
        "delete from audit.cases",
        "update audit.streams set paused = true",
        "create view audit.mine as select 1",
        "set role tester",
        "set role hub_reader",
    ],
)
def test_nothing_else_is_allowed(auditor: sa.Engine, statement: str) -> None:
    """Views only, and those only read."""
    with pytest.raises(DatabaseRefused), auditor.connect() as connection:
        connection.execute(sa.text(statement))


def test_every_view_and_column_is_commented_in_both_languages(engine: sa.Engine) -> None:
    """As the database itself says it, to whoever asks with psql."""
    query = sa.text("""
        select c.relname, a.attname, col_description(c.oid, a.attnum) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid where n.nspname = 'audit' and a.attnum > 0""")
    with engine.connect() as connection:
        found = {(view, column): said for view, column, said in connection.execute(query)}
    assert {(view.name, column.name) for view in views() for column in view.columns} == set(found)
    assert all(" · " in said for said in found.values())


def test_no_view_shows_what_could_be_somebody_s(engine: sa.Engine) -> None:
    """No sealed or look-up value, no key of a record, no words of a reporter, no record of a person."""
    never = ("subject", "pseudonym", "said", "content", "record_key", "detail", "lookup", "warehouse.", "history.")
    for view in views():
        text = " ".join([view.source, *(column.source for column in view.columns)])
        assert not [word for word in never if word in text], view.name


def test_a_migration_makes_them_anew(engine: sa.Engine, auditor: sa.Engine, contracts: dict[str, object]) -> None:
    """No change of a table fails because a view reads it, and the auditors' rights come back."""
    with engine.begin() as connection:
        connection.execute(sa.text("drop schema stage cascade"))  # something is missing: it migrates
    migrate(engine)
    with engine.begin() as connection:
        ensure_all(connection, contracts)  # type: ignore[arg-type]
        left = missing_statements(connection)
    assert left == []
    assert seen_by(auditor) == []


def test_only_a_member_is_admitted(engine: sa.Engine) -> None:
    """A login that the server does not have, or that may read tables, is not an auditor's."""
    with engine.begin() as connection, pytest.raises(NotFound, match="nobody"):
        auditors.admit(connection, "nobody", "*", PERSON)
    with engine.begin() as connection, pytest.raises(NotFound, match="hub_loading"):
        auditors.admit(connection, "hub_loading", "*", PERSON)
