"""The embedded server's folder: what root opens there cannot be led elsewhere, and older folders go on working."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from contracts.errors import Permanent
from hub.local.embedded import EmbeddedServer
from hub.local.private_files import FileUnsafe, read_private, write_private
from hub.local.server_account import ACCOUNT, FORMER, known, own_account
from tests.conftest import free_port

LIGHT = {"fsync": "off", "shared_buffers": "16MB"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server under another account")
with_former = pytest.mark.skipif(known(FORMER) is None, reason=f"this machine has no account {FORMER}")


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that the account can reach."""
    made = Path(tempfile.mkdtemp(prefix="motlan-embedded-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file of root's that nobody else may read or write."""
    file = tmp_path / "victim"
    file.write_text("root's own")
    file.chmod(0o600)
    return file


@pytest.fixture
def started(folder: Path) -> Iterator[EmbeddedServer]:
    """A server that runs, with one row in it."""
    server = EmbeddedServer(folder, free_port(), LIGHT)
    server.start()
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("create table kept as select 1 as n")
    yield server
    server.stop()


def state(file: Path) -> tuple[str, int, int]:
    info = file.stat()
    return file.read_text(), info.st_mode, info.st_uid


def as_account(command: str, name: str = ACCOUNT) -> int:
    account = pwd.getpwnam(name)
    words = ["sh", "-c", command]
    return subprocess.run(
        words, user=account.pw_uid, group=account.pw_gid, extra_groups=[], cwd="/", capture_output=True
    ).returncode


def left_by(server: EmbeddedServer, name: str) -> None:
    """Make a stopped server's folder what earlier versions left: the account's from the top down."""
    account = pwd.getpwnam(name)
    subprocess.run(["chown", "-hR", f"{account.pw_uid}:{account.pw_gid}", str(server.place)], check=True)
    os.chown(server.place / "superuser.password", 0, 0)


@as_root
def test_links_in_a_folder_of_the_accounts_lead_root_nowhere(folder: Path, tmp_path: Path) -> None:
    """The database's account could have a file of root's overwritten: root wrote its notes under names that could be foreseen, through links."""
    account, victims = own_account(), list[Path]()
    os.chown(folder, account.pw_uid, account.pw_gid)
    names = [f".{program}.{os.getpid()}.txt" for program in ("pg_ctl", "initdb")]
    for name in (*names, "initdb.password", "postgres.log", "superuser.password"):
        file = tmp_path / f"victim of {name}"
        file.write_text("root's own")
        file.chmod(0o600)
        (folder / name).symlink_to(file)
        victims.append(file)
    before = [state(each) for each in victims]
    server = EmbeddedServer(folder, free_port(), LIGHT)
    try:
        server.start()
    finally:
        server.stop()

    assert before == [state(each) for each in victims]


@as_root
def test_the_account_can_put_no_name_where_root_opens_files(started: EmbeddedServer) -> None:
    """It owns its data and appends to its log; the folder, the log's name and the password are root's."""
    place = started.place

    assert as_account(f"touch {place}/x") != 0
    assert as_account(f"mv {place}/data {place}/away") != 0
    assert as_account(f"ln -sf /etc/passwd {place}/postgres.log") != 0
    assert as_account(f"cat {place}/superuser.password") != 0
    assert as_account(f"test -w {place}/data -a -w {place}/postgres.log") == 0


@as_root
def test_the_account_is_nobody_elses(started: EmbeddedServer) -> None:
    """It was the machine's `postgres`, where there is one: every other server there could write into the hub's database."""
    account = pwd.getpwnam(ACCOUNT)

    assert started.data.stat().st_uid == account.pw_uid != 0
    assert Path(account.pw_shell).name in ("nologin", "false")
    assert all(other.pw_uid != account.pw_uid for other in pwd.getpwall() if other.pw_name != ACCOUNT)


@as_root
@with_former
def test_an_older_folder_is_handed_over(started: EmbeddedServer) -> None:
    """A folder that an earlier version left to the machine's `postgres` is ours at the next start, with all that was in it."""
    started.stop()
    left_by(started, FORMER)

    started.start()

    with psycopg.connect(started.url()) as look:
        assert look.execute("select n from kept").fetchone() == (1,)
    owners = {path.lstat().st_uid for path in (started.data, *started.data.rglob("*"))}
    assert owners == {pwd.getpwnam(ACCOUNT).pw_uid}
    assert started.place.stat().st_uid == 0


@as_root
@with_former
def test_an_older_server_that_still_runs_is_left_as_it_is(started: EmbeddedServer) -> None:
    """Whoever starts another command meanwhile uses it, and it can be stopped; it is handed over at the start after that."""
    started.stop()
    left_by(started, FORMER)
    former, log = pwd.getpwnam(FORMER), started.log
    words = [
        str(started.programs.folder / "pg_ctl"),
        "-D",
        str(started.data),
        "-l",
        str(log),
        "-w",
        "-o",
        f"-c port={started.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off",
        "start",
    ]
    subprocess.run(
        words, user=former.pw_uid, group=former.pw_gid, extra_groups=[], cwd="/", check=True, stdout=subprocess.DEVNULL
    )

    again = EmbeddedServer(started.folder, started.port, LIGHT)

    assert again.running()
    assert again.start() == started.url()
    assert again.data.stat().st_uid == former.pw_uid
    again.stop()
    again.start()
    assert again.data.stat().st_uid == pwd.getpwnam(ACCOUNT).pw_uid


@as_root
@with_former
@pytest.mark.parametrize("plant", ["link", "second name"])
def test_what_was_planted_below_the_data_is_not_given_away(
    started: EmbeddedServer, victim: Path, folder: Path, plant: str
) -> None:
    """Handing a folder over by name would hand over what a link in it leads to."""
    started.stop()
    beside = Path(
        shutil.move(victim, folder.parent / f"{folder.name}-victim")
    )  # a second name needs the same file system
    before = state(beside)
    left_by(started, FORMER)
    name = started.data / "base" / "planted"
    name.symlink_to(beside) if plant == "link" else name.hardlink_to(beside)

    with pytest.raises(FileUnsafe, match="planted"):
        started.start()

    assert before == state(beside)
    beside.unlink()


@as_root
@pytest.mark.parametrize("name", ["data", "superuser.password"])
def test_a_link_in_place_of_what_root_reads_stops_the_start(started: EmbeddedServer, victim: Path, name: str) -> None:
    """Root read its password through a link, and sent it to the server that the link's maker ran."""
    started.stop()
    there = started.place / name
    kept = there.rename(started.place / "kept")
    there.symlink_to(victim.parent if name == "data" else victim)
    before = state(victim)
    try:
        with pytest.raises(FileUnsafe, match=r"link|plain|own"):
            started.start()
    finally:
        there.unlink()
        kept.rename(there)

    assert before == state(victim)


@as_root
def test_a_folder_below_one_that_the_account_can_write_is_refused(folder: Path) -> None:
    """There the account could put a folder of its own in the place of root's."""
    account = own_account()
    os.chown(folder, account.pw_uid, account.pw_gid)

    with pytest.raises(FileUnsafe, match="can be written by the account"):
        EmbeddedServer(folder / "postgres", free_port(), LIGHT).start()


@as_root
def test_an_account_that_people_use_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever logs in as it would own the database."""
    monkeypatch.setattr("hub.local.server_account.ACCOUNT", "root")

    with pytest.raises(Permanent, match="log in"):
        own_account()


def test_a_private_file_is_its_owners_and_no_link(tmp_path: Path, victim: Path) -> None:
    """Written over a link it takes the link's place; through a link, a second name or of another kind it is not read."""
    private, linked, pipe = tmp_path / "private", tmp_path / "linked", tmp_path / "pipe"
    private.symlink_to(victim)
    before = state(victim)

    write_private(private, "secret")

    assert before == state(victim)
    assert (private.lstat().st_mode & 0o777, read_private(private)) == (0o600, "secret")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["private", "victim"]
    linked.symlink_to(private)
    os.mkfifo(pipe)
    for each in (linked, pipe):
        with pytest.raises(FileUnsafe):
            read_private(each)
    linked.unlink()
    linked.hardlink_to(private)
    with pytest.raises(FileUnsafe):
        read_private(private)


def test_no_role_that_logs_in_makes_roles(started: EmbeddedServer) -> None:
    """The store's owner could, to let its reader in; the right is taken away in state folders of earlier versions too."""
    url = started.ensure("store", "store", "x", readers={"reader": "y"})
    with psycopg.connect(started.url(), autocommit=True) as admin:
        admin.execute("alter role store createrole")

    assert started.ensure("store", "store", "x", readers={"reader": "y"}) == url
    with psycopg.connect(started.url()) as admin:
        able = admin.execute(
            "select rolname from pg_roles where rolcanlogin and (rolcreaterole or rolsuper)"
        ).fetchall()
    assert able == [("postgres",)]
    with psycopg.connect(started.url("store", user="reader", password="y")) as reader:
        assert reader.execute("select current_user").fetchone() == ("reader",)
