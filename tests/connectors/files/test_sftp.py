"""Files over SFTP: a real server on a real socket, by other people (asyncssh) than the client (paramiko)."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import asyncssh
import pytest
import yaml

from connectors import System, Window, open_source
from connectors.errors import AuthenticationFailed, Incomplete, Refused, TimedOut, Unreachable, Untrusted
from connectors.interface import Source
from connectors.testing.conformance import PLAIN, Target
from contracts.errors import DeploymentInvalid
from contracts.load import load_contracts
from tests.connectors.sftp_server import LOGIN, Door, Files, Server
from twins.digitised.book_files import deliver
from twins.population import AS_OF, REFERENCE, build_city

SHIPPED = Path(__file__).parents[3] / "deployments" / "hcmc" / "systems" / "book-files.yaml"
CONTRACTS = load_contracts()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sftp")
    deliver(build_city(4_000, 10, 1, AS_OF, reference=REFERENCE), root / "so ho tich", 3)
    return root


@pytest.fixture(scope="module")
def host_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


@pytest.fixture(scope="module")
def server(folder: Path, host_key: asyncssh.SSHKey) -> Iterator[Server]:
    running = Server(folder, host_key)
    yield running
    running.stop()


@pytest.fixture
def place(server: Server, host_key: asyncssh.SSHKey) -> Iterator[Callable[..., System]]:
    """The shipped system, pointed at the server."""
    entry = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    pinned = host_key.export_public_key().decode().strip()

    def system(login: dict[str, str] = LOGIN, path: str = "/so%20ho%20tich", **options: object) -> System:
        address = f"sftp://127.0.0.1:{server.port}{path}"
        given = {**entry["options"], "host_key": pinned, "deadline_s": 10.0, **options}
        return System(
            "book-files", entry["title"], entry["dialect"], address, login, given, SHIPPED.parent, now=lambda: AS_OF
        )

    yield system
    Files.before_read = None
    Door.trusted = None


def read(system: System, contract: str = "birth") -> list[object]:
    source: Source = open_source(system, CONTRACTS[contract])
    try:
        return list(source.pages(Window()))
    finally:
        source.close()


@pytest.mark.parametrize("contract", ["birth", "scan"])
@pytest.mark.parametrize("check", PLAIN, ids=lambda check: check.name)
def test_promise(place: Callable[..., System], contract: str, check: object) -> None:
    """The plain promises hold over SFTP as in a folder."""
    check.run(Target(place(), CONTRACTS[contract], lambda request: True, ()))


def test_sftp_and_folder_give_the_same_pages(place: Callable[..., System], folder: Path) -> None:
    """How the bytes came makes no difference to them."""
    local = replace(place(), address=(folder / "so ho tich").as_uri())

    assert read(local) == read(place())


def test_a_key_of_ours_opens_as_well(place: Callable[..., System]) -> None:
    """Login by private key; the password is not needed then."""
    ours = asyncssh.generate_private_key("ssh-ed25519")
    Door.trusted = ours.export_public_key()

    assert 3 == len(read(place({"username": "kho-so-hoa", "private_key": ours.export_private_key().decode()})))


@pytest.mark.parametrize(
    "login",
    [{"username": "kho-so-hoa", "password": "wrong-word"}, {"username": "somebody", "password": LOGIN["password"]}],
)
def test_a_refused_login(place: Callable[..., System], login: dict[str, str]) -> None:
    """The server does not accept us: nobody should try the same again, and no word of it is repeated."""
    with pytest.raises(AuthenticationFailed) as caught:
        read(place(login))

    assert login["password"] not in str(caught.value)


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
def test_a_changed_host_key(place: Callable[..., System], kind: str) -> None:
    """Another key, of the same kind or of another, is another server until somebody has asked: nothing is sent to it, no password either."""
    other = asyncssh.generate_private_key(kind).export_public_key().decode()

    with pytest.raises(Untrusted, match="host key"):
        read(place(host_key=other))


def test_the_line_cut_in_the_middle_of_a_file(place: Callable[..., System]) -> None:
    """The connection breaks while files are read: Incomplete, and the same source reads on once the line is back."""
    whole = read(place())
    seen: list[int] = []

    def cut(files: asyncssh.SFTPServer, offset: int) -> None:
        seen.append(offset)
        if len(seen) == 15:
            files.channel.get_connection().abort()

    source = open_source(place(), CONTRACTS["birth"])
    Files.before_read = cut
    with pytest.raises(Incomplete):
        list(source.pages(Window()))
    Files.before_read = None

    assert list(source.pages(Window())) == whole
    source.close()


def test_a_file_that_vanishes_before_it_is_opened(place: Callable[..., System], folder: Path) -> None:
    """Listed, and gone when its turn comes."""
    source = open_source(place(), CONTRACTS["birth"])

    def pages() -> Iterator[object]:
        reading = source.pages(Window())
        yield next(reading)
        for each in (folder / "so ho tich").glob("KS.*.xlsx"):
            each.rename(each.with_suffix(".away"))
        yield from reading

    try:
        with pytest.raises(Incomplete, match="vanished"):
            list(pages())
    finally:
        for each in (folder / "so ho tich").glob("*.away"):
            each.rename(each.with_suffix(".xlsx"))
        source.close()


def test_a_server_that_drips(place: Callable[..., System]) -> None:
    """A server slower than the deadline does not hold a worker."""
    Files.before_read = lambda files, offset: time.sleep(0.4)

    with pytest.raises(TimedOut):
        read(place(deadline_s=0.2))


def test_nobody_listens(place: Callable[..., System]) -> None:
    """No server at the address; and no SSH server there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        silent = replace(place(connect_s=0.3), address=f"sftp://127.0.0.1:{port}/x")
        with pytest.raises(Unreachable, match="no SSH server"):
            read(silent)
    with pytest.raises(Unreachable, match="no connection"):
        read(silent)


def test_a_folder_that_is_not_there(place: Callable[..., System]) -> None:
    """The path of the address leads nowhere."""
    with pytest.raises(Unreachable, match="not there"):
        read(place(path="/elsewhere"))


def test_a_link_on_the_server(place: Callable[..., System], folder: Path) -> None:
    """A link is refused by its mode, not followed."""
    link = folder / "so ho tich" / "KS.27007.99-2000.xlsx"
    link.symlink_to("/etc/hostname")
    try:
        with pytest.raises(Refused, match="link"):
            read(place())
    finally:
        link.unlink()


@pytest.mark.parametrize("line", ["ssh-ed25519", "ssh-ed25519 !!!", "AAAA", "ssh-ed25519 AAAA"])
def test_a_host_key_that_is_none(place: Callable[..., System], line: str) -> None:
    """Told when the system is opened, before anything is sent."""
    with pytest.raises(DeploymentInvalid, match="host_key"):
        open_source(place(host_key=line), CONTRACTS["birth"])


def test_check_over_sftp(place: Callable[..., System]) -> None:
    """Key, login and folder in one step; a refused login is a cross that waiting does not heal."""
    good = list(open_source(place(), CONTRACTS["birth"]).check())
    bad = list(open_source(place({"username": "x", "password": "wrong-word"}), CONTRACTS["birth"]).check())

    assert [True, True, True] == [probe.ok for probe in good]
    assert [(False, False)] == [(probe.ok, probe.heals) for probe in bad]


def test_times_on_the_server_are_read_as_utc(place: Callable[..., System]) -> None:
    """The position is the manifest's time."""
    ends = [page.end.changed_at for page in read(place())]

    assert ends == sorted(ends)
    assert all(isinstance(end, datetime) and end.utcoffset().total_seconds() == 0 for end in ends)
