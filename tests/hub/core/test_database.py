"""Migrations and tables on a real PostgreSQL."""

import importlib.resources
import runpy
import socket
import threading
import time
from pathlib import Path

import alembic.command
import alembic.config
import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from contracts.errors import HubError
from contracts.load import load_contracts
from hub.access import audit as _audit  # noqa: F401 - its table joins the same metadata
from hub.access.clients import enrolment as _enrolment  # noqa: F401 - its tables join too
from hub.access.grants import granted as _granted  # noqa: F401 - its table joins the same metadata
from hub.answers import error_reports as _reports  # noqa: F401 - its tables join the same metadata
from hub.answers.decisions import store
from hub.answers.decisions import tables as _reuse  # noqa: F401 - its tables join the same metadata
from hub.answers.ministry import nonces as _nonces  # noqa: F401 - its table joins too
from hub.answers.ministry import questions as _questions  # noqa: F401 - its tables join too
from hub.cases import tables as _cases  # noqa: F401 - its tables join too
from hub.core import database
from hub.core.database import connect, migrate
from hub.core.errors import DatabaseFull, DatabaseRefused, DatabaseUnavailable
from hub.core.tables import metadata
from hub.load import case_owners as _owners  # noqa: F401 - its table joins too
from hub.load import kept_tables as _kept  # noqa: F401 - its tables join too
from hub.load import key_listings as _listings  # noqa: F401 - its table joins too
from hub.load.second_opinion import tables as _opinions  # noqa: F401 - its tables join the same metadata
from hub.load.stage import Rows, copy_into
from hub.load.warehouse import ensure_tables
from hub.operations import watch_state as _watch_state  # noqa: F401 - its table joins too
from tests.conftest import free_port


def test_migrations_make_the_tables_of_the_code(engine: sa.Engine) -> None:
    """Autogeneration finds nothing left to do."""
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == "hub",
                "version_table": "migration",
                "version_table_schema": "hub",
                "compare_type": True,
            },
        )
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_is_harmless(empty_pg_url: str) -> None:
    """Every process migrates at its start."""
    engine = connect(empty_pg_url)
    migrate(engine)
    migrate(engine)
    engine.dispose()


def test_the_newest_migration_is_alembic_s() -> None:
    """The name of the newest file is the head of the chain, which is one line: a start compares no more than this."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(importlib.resources.files("hub") / "migrations"))
    script = ScriptDirectory.from_config(config)

    assert [database.head()] == script.get_heads()
    assert len(list(script.walk_revisions())) == len(list(Path(script.versions).glob("[0-9]*.py")))


@pytest.mark.parametrize(
    "undone", ["drop schema stage cascade", "update hub.migration set version_num = '0012'", "drop table hub.migration"]
)
def test_a_database_that_lacks_something_is_migrated(pg_url: str, undone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick look at a start sees each of these, and leaves them to Alembic; a whole database it leaves alone."""
    upgraded: list[str] = []
    monkeypatch.setattr(alembic.command, "upgrade", lambda config, to: upgraded.append(to))
    engine = connect(pg_url)
    migrate(engine)
    before = list(upgraded)
    with engine.begin() as connection:
        connection.execute(sa.text(undone))
    migrate(engine)
    engine.dispose()

    assert [] == before
    assert ["head"] == upgraded


def test_what_was_decided_and_handed_over_before_survives(engine: sa.Engine) -> None:
    """From the tables as they were before sides and laws were kept, with rows in them; and back again."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(importlib.resources.files("hub") / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        alembic.command.downgrade(config, "0012")
        for statement in (
            """insert into hub.decision (agency, dossier, requirement_set, requirement, procedure, purpose, outcome, evidence_type, dataset, system, record_key, version,
                                        legal_basis, why, known_at, decided_at)
               values ('a', 'H1', 's', 'r', 'p', 'civil-status', 'reuse', 'register:marriage', 'marriage', 'moj-registry', '1', now(), 'once-held', '[]', now(), now())""",
            """insert into hub.receipt (year, number, agency, who, pseudonym, what, purpose, reference, legal_basis, sha256, draft_sha256, handed_at)
               values (2022, 1, 'a', 'x', 'p', 'w', 'civil-status', 'H', 'extract-anywhere', 's', 'd', now())""",
            """insert into hub.granted ("grant", agency, dataset, purpose, valid_from) values ('g', 'a', 'birth', 'civil-status', '2022-01-01')""",
        ):
            connection.execute(sa.text(statement))
    migrate(engine)
    with engine.connect() as connection:
        [decision] = store.of_dossier(connection, "H1")
        assert (decision.outcome, decision.record, decision.role, decision.asked_under) == (
            "reuse",
            "marriage/moj-registry/1",
            None,
            "",
        )
        assert connection.scalar(sa.text("select hub.last_receipt(2022)")) == 1
        assert connection.scalars(sa.text("select legal_bases from hub.granted")).all() == [[]]


def test_tables_of_every_contract_stand_and_may_be_ensured_again(engine: sa.Engine) -> None:
    """Types, checks, comments and keys come from the contract; a second call changes nothing."""
    streams = ["birth", "death", "marriage", "recognition", "dossier"]
    for _ in range(2):
        with engine.begin() as connection:
            for name in streams:
                ensure_tables(connection, load_contracts()[name])
    inspector = sa.inspect(engine)
    birth = load_contracts()["birth"].datasets[0]
    columns = {c["name"]: c for c in inspector.get_columns("birth", schema="warehouse")}

    assert {f.column for f in birth.fields} <= set(columns)
    assert inspector.get_pk_constraint("birth", schema="warehouse")["constrained_columns"] == ["_key", "_system"]
    assert all(columns[f.column]["comment"] for f in birth.fields)


@pytest.mark.parametrize(
    ("received", "state", "refused_by"),
    [
        (7, "applied", "ledger_balances"),
        (8, "applied", "ledger_balances"),
        (6, "applied", "ledger_batch_fkey"),  # it adds up: only the batch that it names is missing
        (9, "held", "ledger_batch_fkey"),  # nothing of a held batch became anything
    ],
)
def test_unbalanced_row_is_refused_by_the_database(
    engine: sa.Engine, received: int, state: str, refused_by: str
) -> None:
    """The equation is a CHECK: no code can write a row that does not add up, whatever term is wrong by one."""
    terms = {"accepted": 1, "unchanged": 1, "duplicate": 1, "outdated": 1, "quarantined": 2}
    with engine.connect() as connection, pytest.raises(DatabaseRefused, match=refused_by):
        connection.execute(
            sa.insert(metadata.tables["hub.ledger"]).values(
                batch="none", dataset="paper", state=state, received=received, **terms
            )
        )


@pytest.fixture
def guarded(engine: sa.Engine) -> sa.Table:
    """A table that takes two letters, and only some."""
    table = sa.Table(
        "guarded",
        sa.MetaData(),
        sa.Column("letters", sa.Text, sa.CheckConstraint("length(letters) < 3", name="short")),
        sa.Column("number", sa.Integer),
        schema="stage",
    )
    with engine.begin() as connection:
        table.create(connection)
    return table


def whole_text(error: BaseException) -> str:
    """The error as a log would show it, with all that stands behind it."""
    behind = error.__cause__ or error.__context__
    return f"{error!r} {error}" + (whole_text(behind) if behind else "")


def test_refused_row_is_reported_without_its_values(engine: sa.Engine, guarded: sa.Table) -> None:
    """PostgreSQL quotes the failing row; neither the error nor what caused it may."""
    with (
        engine.connect() as connection,
        pytest.raises(DatabaseRefused, match="CheckViolation 23514, table guarded, constraint short") as refused,
    ):
        connection.execute(sa.insert(guarded).values(letters="Canary Hòa"))

    assert "Canary" not in whole_text(refused.value)


def test_refused_copy_is_reported_without_its_values(engine: sa.Engine, guarded: sa.Table) -> None:
    """COPY quotes the line that it could not take."""
    with engine.begin() as connection, pytest.raises(DatabaseRefused, match="InvalidTextRepresentation") as refused:
        copy_into(connection, "stage.guarded", Rows(["letters", "number"], [b"x\tCanary Ho\n"]))

    assert "Canary" not in whole_text(refused.value)


@pytest.mark.parametrize("state", ["P0001", "23505", "23514", "40001", "57P01", "22023", "XX000"])
def test_a_foreign_triggers_text_stays_with_it(engine: sa.Engine, guarded: sa.Table, state: str) -> None:
    """Whoever watches the console read what a trigger of somebody else's put into its message, and where the server names tables: a person's data."""
    said = "Canary Hòa 079000000001 \x1b]0;owned\x07"
    names = ", ".join(
        f"{part} = '{said}'"
        for part in ("message", "detail", "hint", "table", "column", "constraint", "schema", "datatype")
    )
    with engine.begin() as connection:
        connection.exec_driver_sql(f"""create function stage.says() returns trigger language plpgsql as $$
            begin raise warning '%%', '{said}'; raise exception using errcode = '{state}', {names}; end $$""")
        connection.exec_driver_sql(
            "create trigger says before insert on stage.guarded for each row execute function stage.says()"
        )
    for write in (
        lambda c: c.execute(sa.insert(guarded).values(letters="a")),
        lambda c: copy_into(c, "stage.guarded", Rows(["letters", "number"], [b"a\t1\n"])),
    ):
        with engine.connect() as connection, pytest.raises(HubError, match=state) as refused:
            write(connection)
        assert [] == [each for each in ("Canary", "079000000001", "\x1b") if each in whole_text(refused.value)]


@pytest.mark.parametrize("said", ["SFATAL\0C{state}\0MCanary Hòa\0\0", "Canary Hòa"])
def test_a_server_that_is_no_database_is_not_quoted(said: str) -> None:
    """Before anybody is let in a server may say anything, and the driver's error repeats it."""
    listener = socket.create_server(("127.0.0.1", 0))
    body = said.format(state="28000").encode()
    answer = b"E" + (len(body) + 4).to_bytes(4, "big") + body

    def serve() -> None:
        while True:
            try:
                wire, _ = listener.accept()
            except OSError:
                return
            with wire:
                wire.recv(4096)
                wire.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    port = listener.getsockname()[1]
    with pytest.raises(HubError, match=f"127.0.0.1:{port}") as refused:
        connect(f"postgresql://somebody:secret@127.0.0.1:{port}/hub?sslmode=disable&gssencmode=disable").connect()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)

    assert "Canary" not in whole_text(refused.value)


def test_database_that_is_away_may_come_back() -> None:
    """Nothing listens: waiting may heal it, and the command line says so (75)."""
    with pytest.raises(DatabaseUnavailable, match="refused") as away:
        connect(f"postgresql://somebody:not-the-secret@127.0.0.1:{free_port()}/hub").connect()

    assert away.value.exit_code == 75
    assert "not-the-secret" not in whole_text(away.value)


def test_wrong_password_heals_by_no_waiting(pg_url: str) -> None:
    """Somebody must act."""
    with pytest.raises(DatabaseRefused, match="authentication failed"):
        connect(sa.make_url(pg_url).set(password="another").render_as_string(hide_password=False)).connect()


def test_session_that_freezes_in_a_transaction_lets_go(pg_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that stands still holds a lock for `FROZEN_S`, less than others wait for it; it is told so when it wakes."""
    shipped = runpy.run_path(database.__file__)  # the tests themselves wait longer
    assert shipped["FROZEN_S"] < shipped["LOCK_S"]
    monkeypatch.setattr(database, "FROZEN_S", 1)
    with connect(pg_url).connect() as connection:
        connection.execute(sa.text("select 1"))
        time.sleep(2)
        with pytest.raises(DatabaseUnavailable, match="IdleInTransactionSessionTimeout"):
            connection.execute(sa.text("select 1"))


def test_pool_replaces_a_session_that_was_cut(engine: sa.Engine) -> None:
    """After a restart of the server the next statement runs."""
    with engine.begin() as connection:
        session = connection.scalar(sa.text("select pg_backend_pid()"))
    with psycopg.connect(
        engine.url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    ) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", [session])

    with engine.begin() as connection:
        assert connection.scalar(sa.text("select 1")) == 1


def test_a_full_disk_of_the_database_is_named(engine: sa.Engine) -> None:
    """It was one of many reasons not to answer, and the next step was to ask the doctor."""
    with pytest.raises(DatabaseFull, match="make room") as full, engine.begin() as connection:
        connection.execute(sa.text("do $$ begin raise exception 'x' using errcode = 'disk_full'; end $$"))

    assert isinstance(full.value, DatabaseUnavailable)
