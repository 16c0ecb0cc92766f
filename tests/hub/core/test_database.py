"""The database's own words: constraints that refuse, errors without values, sessions that end. A real PostgreSQL."""

import runpy
import socket
import threading
import time

import psycopg
import pytest
import sqlalchemy as sa

from contracts.errors import HubError
from hub.core import database
from hub.core.database import connect
from hub.core.errors import DatabaseFull, DatabaseRefused, DatabaseUnavailable
from hub.core.tables import metadata
from hub.load.stage import Rows, copy_into
from tests.conftest import free_port


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
