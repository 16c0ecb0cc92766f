"""Logins of the duties in a real database: each does its job and is refused the others'."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contracts.load import load_contracts
from hub.access import row_security
from hub.access.logins import duty, statements
from hub.access.logins.duty import ROLES, Duty
from hub.access.logins.ownership import DatabaseBehind
from hub.app import open_hub
from hub.core.database import connect
from hub.core.errors import DatabaseRefused
from hub.core.settings import read_settings
from hub.load.warehouse import ensure_all
from tests.databases import Databases
from tests.hub import registers

contracts, engine = registers.contracts, registers.engine
Login = Callable[[Duty], sa.Engine]


@pytest.fixture
def login(engine: sa.Engine, databases: Databases) -> Iterator[Login]:
    """An engine under a duty's login."""
    made: list[sa.Engine] = []

    def login(duty: Duty) -> sa.Engine:
        url = engine.url.render_as_string(hide_password=False)
        made.append(connect(databases.login(url, ROLES[duty]) if duty in ROLES else url))
        return made[-1]

    yield login
    for each in made:
        each.dispose()


JOBS = {
    Duty.MIGRATING: "create table hub.another (n integer)",
    Duty.LOADING: "insert into hub.stream (id, system, contract) values ('s', 'x', 'birth')",
    Duty.ANSWERING: "insert into hub.in_flight (agency) values ('a')",
    Duty.GRANTING: "delete from hub.granted",
}
"""A statement that each duty needs and none of the others may send; the owner may all."""


@pytest.mark.parametrize("who", [Duty.LOADING, Duty.ANSWERING, Duty.GRANTING])
@pytest.mark.parametrize("job", JOBS)
def test_each_does_its_job_and_no_other(login: Login, who: Duty, job: Duty) -> None:
    """The loader works at questions in flight too, where the city asks by the command line."""
    allowed = who is job or (who, job) == (Duty.LOADING, Duty.ANSWERING)
    with login(who).connect() as connection:
        if allowed:
            connection.execute(sa.text(JOBS[job]))
            return
        with pytest.raises(DatabaseRefused, match="42501"):
            connection.execute(sa.text(JOBS[job]))


@pytest.mark.parametrize(
    "statement",
    [
        "update hub.audit set outcome = 'nothing'",
        "delete from hub.audit",
        "insert into hub.grants_version (number) values (1)",
        "insert into hub.client_certificate (fingerprint) values ('a')",
        "alter table warehouse.birth disable row level security",
        "alter table hub.audit disable trigger all",
        "create table warehouse.mine (n integer)",
        "set role tester",
    ],
)
def test_the_loader_changes_no_rights_and_no_log(login: Login, statement: str) -> None:
    """A worker that reads outside systems is the likeliest to be taken over."""
    with login(Duty.LOADING).connect() as connection, pytest.raises(DatabaseRefused, match="42501"):
        connection.execute(sa.text(statement))


@pytest.mark.parametrize("table", ["hub.audit", "hub.decision", "warehouse.birth", "hub.case", "hub.stream"])
def test_an_auditor_reads_no_table(engine: sa.Engine, table: str) -> None:
    """What auditors read are views."""
    allowed = sa.text("select has_table_privilege('hub_auditing', :table, 'select')")
    with engine.connect() as connection:
        assert connection.scalar(allowed, {"table": table}) is False


def test_rights_that_were_added_by_hand_are_taken_back(engine: sa.Engine) -> None:
    """A right that somebody gave is seen (`hub doctor`), and the next migration revokes it."""
    wanted = tuple(row_security.policies(load_contracts()))
    with engine.begin() as connection:
        ensure_all(connection, load_contracts())
        whole = statements.missing(connection)
        connection.execute(sa.text("grant select on warehouse.birth to hub_answering"))
        connection.execute(sa.text("grant update on hub.granted to hub_loading"))
        seen = row_security.drift(connection, wanted)
        row_security.apply(connection, wanted)
        left = statements.missing(connection)

    assert whole == []
    assert seen == [
        'revoke SELECT on warehouse."birth" from hub_answering',
        'revoke UPDATE on hub."granted" from hub_loading',
    ]
    assert left == []


def test_the_administrator_s_statements_make_what_is_missing() -> None:
    """None of them sets a password, and none makes a role that makes roles."""
    made = duty.to_make("hub", frozenset({"hub_loading"}))

    assert "create role hub_loading login" not in made
    assert "create role hub_answering login" in made
    assert "grant hub_reader to hub_answering" in made
    assert not [each for each in made if "password" in each or "createrole" in each or "superuser" in each]


def test_only_the_owner_brings_a_database_up(empty_pg_url: str, databases: Databases, tmp_path: Path) -> None:
    """A process of another duty that finds an older database says who must act, and changes nothing."""
    settings = read_settings(
        home=tmp_path, database_url=databases.login(empty_pg_url, "hub_loading"), migrating_url=empty_pg_url
    )
    with open_hub(settings, Duty.MIGRATING) as hub, hub.engine.begin() as connection:
        connection.execute(sa.text("update hub.migration set version_num = '0070'"))
    with pytest.raises(DatabaseBehind, match="hub_loading may not change it"), open_hub(settings):
        raise AssertionError("it opened")
