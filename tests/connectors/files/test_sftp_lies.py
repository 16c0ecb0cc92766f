"""A file server that drips, lists without end, speaks of names in old code pages, or of nothing that can be read."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncssh
import pytest

from connectors import Source, System, Window, open_source
from connectors.errors import Malformed, Refused, TimedOut, TooLarge
from contracts.errors import HubError
from tests.connectors.trial_lists import NOW, TRIAL, put, read

GOOD = b"ma,ten\nM01,A\n"


class Server:
    """An SFTP server over a folder, in a thread of its own; `files` may be a server that lies."""

    def __init__(self, root: Path, files: type[asyncssh.SFTPServer]) -> None:
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(root, files), self._loop).result(10)
        self.port = self._server.get_port()

    async def _listen(self, root: Path, files: type[asyncssh.SFTPServer]) -> asyncssh.SSHAcceptor:
        class Door(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return True

        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Door,
            server_host_keys=[self.key],
            sftp_factory=lambda channel: files(channel, chroot=str(root).encode()),
        )

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[..., Source]]:
    """The list of the folder, over a server of some class, through a port that may be another."""
    running: list[Server] = []
    sources: list[Source] = []

    def open_(
        files: type[asyncssh.SFTPServer] = asyncssh.SFTPServer, through: Callable[[int], int] = int, **more: object
    ):
        server = Server(tmp_path, files)
        running.append(server)
        options = {
            "manifests": False,
            "settle_s": 0.01,
            "files": {"trial_list": "ds*"},
            "columns": {"trial_list": ["ma", "ten"]},
            "host_key": server.key.export_public_key().decode().strip(),
            "deadline_s": 10.0,
            **more,
        }
        address = f"sftp://127.0.0.1:{through(server.port)}/"
        login = {"username": "u", "password": "p"}
        system = System("server", "S", "table_files", address, login, options, tmp_path, now=lambda: NOW)
        sources.append(open_source(system, TRIAL))
        return sources[-1]

    yield open_
    for source in sources:
        source.close()
    for server in running:
        server.stop()


def test_a_document_named_in_an_old_code_page(served: Callable[..., Source], tmp_path: Path) -> None:
    """Once it closed the whole folder, with no word of what, for as long as it lay there."""
    put(tmp_path, b"Danh s\xe1ch c\xf9.doc", b"x")
    put(tmp_path, "Danh sách cũ.doc", b"x")
    put(tmp_path, "ds1.csv", GOOD)
    source = served()
    pages, error = read(source)

    assert error is None
    assert len(pages) == 1
    assert any(r"Danh s\xe1ch c\xf9.doc: the name is no UTF-8" in probe.detail for probe in source.check())


def test_a_name_of_a_mac_on_a_server(served: Callable[..., Source], tmp_path: Path) -> None:
    """It is opened by the name that the server has."""
    put(tmp_path, "ds Sô\u0309.CSV", GOOD)
    pages, error = read(served())

    assert error is None
    assert len(pages) == 1


def test_a_listing_without_end_is_left_at_its_cap(served: Callable[..., Source]) -> None:
    """Once the cap was looked at after the whole listing: never."""
    seen = [0]

    class Endless(asyncssh.SFTPServer):
        async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:  # type: ignore[override]
            while True:
                seen[0] += 1
                yield asyncssh.SFTPName(b"ds%d.csv" % seen[0], attrs=asyncssh.SFTPAttrs(permissions=0o100644, size=1))

    _, error = read(served(Endless, max_files=500))

    assert isinstance(error, TooLarge)
    assert error.message == "server: more than 500 files lie there, and no more are looked at"
    assert seen[0] < 5_000


def test_a_listing_that_goes_on_past_the_deadline(served: Callable[..., Source]) -> None:
    """A name now and then, for ever: once no deadline ended it."""

    class Slow(asyncssh.SFTPServer):
        async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:  # type: ignore[override]
            number = 0
            while True:
                await asyncio.sleep(0.001)
                number += 1
                yield asyncssh.SFTPName(b"%d" % number, attrs=asyncssh.SFTPAttrs(permissions=0o100644, size=1))

    started = time.monotonic()
    _, error = read(served(Slow, deadline_s=1.0, max_files=1_000_000))

    assert isinstance(error, TimedOut)
    assert time.monotonic() - started < 5


class Drip:
    """A line to a port, which lets a few bytes a second through once `slow` is set."""

    def __init__(self, port: int) -> None:
        self.slow = threading.Event()
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            for one, other, held in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._carry, args=(one, other, held), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, held: bool) -> None:
        try:
            while block := one.recv(1 << 16):
                while block:
                    size = 1 if held and self.slow.is_set() else len(block)
                    other.sendall(block[:size])
                    block = block[size:]
                    if held and self.slow.is_set():
                        time.sleep(0.1)
        except OSError:
            pass
        finally:
            for each in (one, other):
                each.close()

    def close(self) -> None:
        self._listener.close()


@pytest.mark.parametrize("at", ["the login", "the listing", "a file"])
def test_a_drip_of_ten_bytes_a_second_ends_at_the_deadline(
    served: Callable[..., Source], tmp_path: Path, at: str
) -> None:
    """Each byte came in time for the wait on it, so once a worker was held for hours."""
    put(tmp_path, "ds1.csv", GOOD * 20_000)
    lines: list[Drip] = []

    def through(port: int) -> int:
        lines.append(Drip(port))
        if at == "the login":
            lines[0].slow.set()
        return lines[0].port

    class Dripping(asyncssh.SFTPServer):
        async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:  # type: ignore[override]
            if at == "the listing":
                lines[0].slow.set()
            async for each in super().scandir(path):
                yield each

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            if at == "a file":
                lines[0].slow.set()
            return super().open(path, pflags, attrs)

    source = served(Dripping, through=through, deadline_s=1.5)
    started = time.monotonic()
    with pytest.raises(TimedOut, match=r"server: .*no whole answer within 2 s"):
        list(source.pages(Window()))

    assert time.monotonic() - started < 8
    lines[0].close()


def test_a_file_that_may_not_be_read_keeps_no_other_out(served: Callable[..., Source], tmp_path: Path) -> None:
    """The server refuses one file: the others come, and the error names it."""
    put(tmp_path, "ds1.csv", GOOD, 3)
    put(tmp_path, "ds2.csv", GOOD, 2)

    class Guarded(asyncssh.SFTPServer):
        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            if path.endswith(b"ds1.csv"):
                raise asyncssh.SFTPPermissionDenied("no")
            return super().open(path, pflags, attrs)

    pages, error = read(served(Guarded))

    assert ["ds2.csv (13 bytes)"] == [page.request for page in pages]
    assert isinstance(error, Refused)
    assert error.message == "server: ds1.csv: the server does not let us read it"


@pytest.mark.parametrize("names", [b"", b"\0" * 9, b"a/b", b"..\\x", b"\xff\xfe"])
def test_an_answer_of_odd_names_is_survived(served: Callable[..., Source], tmp_path: Path, names: bytes) -> None:
    """Whatever a server calls its entries: what is wanted is read, the rest is nobody's."""
    put(tmp_path, "ds1.csv", GOOD)

    class Odd(asyncssh.SFTPServer):
        async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:  # type: ignore[override]
            about = os.stat(tmp_path / "ds1.csv")
            plain = asyncssh.SFTPAttrs(permissions=0o100644, size=about.st_size, mtime=int(about.st_mtime))
            yield asyncssh.SFTPName(names, attrs=plain)
            yield asyncssh.SFTPName(b"ds1.csv", attrs=plain)

    pages, error = read(served(Odd))

    assert error is None
    assert len(pages) == 1


def test_a_library_s_error_has_a_name() -> None:
    """Whatever breaks inside paramiko when an answer is none."""
    import struct

    import paramiko

    from connectors.files.sftp import Sftp

    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    store = Sftp(
        System("s", "S", "table_files", "sftp://127.0.0.1:9/", {"username": "u", "password": "p"}, {"host_key": key})
    )
    broken = (paramiko.SFTPError("words"), struct.error("words"), UnicodeDecodeError("utf-8", b"\xe1", 0, 1, "words"))
    for error in broken:
        with pytest.raises(HubError) as raised, store.guarded("the listing"):
            raise error
        assert type(raised.value) is Malformed
        assert "words" not in str(raised.value)
        assert raised.value.__cause__ is None
