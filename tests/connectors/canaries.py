"""A synthetic person's data as the words of a peer, servers that say them, and all that is overheard of an error.

The words hold escape codes for terminals. A test file that wants `overheard` names it: `overheard = canaries.overheard`.
"""

from __future__ import annotations

import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

NAME, NUMBER, WORD, ESCAPE = "Nguyễn Văn Lộ", "079000000001", "CanaryVanLo", "\x1b]0;owned\x07"
CANARIES = (
    NAME,
    NUMBER,
    WORD,
    ESCAPE,
    "Nguy\xe1\xbb\x85n",
)  # the last: UTF-8 read as ISO 8859-1, as HTTP's headers are
SAID = f"{NAME} {NUMBER} {WORD} {ESCAPE}"
AS_HEADER = SAID.encode().decode("latin-1")


@pytest.fixture
def overheard(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Callable[[BaseException], str]:
    """All that a person, a log or another process would see of an error, and of what was logged and printed until then."""
    caplog.set_level(logging.DEBUG)

    def everything(error: BaseException) -> str:
        formatter = logging.Formatter("%(name)s %(message)s")
        logged = "\n".join(formatter.format(record) for record in caplog.records)
        return "\n".join((repr(error), str(error), *traceback.format_exception(error), logged, *capfd.readouterr()))

    return everything


def passed_on(heard: str) -> list[str]:
    """The words of a peer that stand in what was overheard once: the console is emptied by listening."""
    return [each for each in CANARIES if each in heard]


@contextmanager
def saying(answer: bytes) -> Iterator[str]:
    """Host and port of a server that gives everybody the same bytes, once it has read something."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                wire, _ = listener.accept()
            except OSError:
                return
            with wire:
                wire.settimeout(5)
                try:
                    _ = wire.recv(65536)
                    wire.sendall(answer)
                    wire.shutdown(socket.SHUT_WR)
                    while wire.recv(65536):
                        pass
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
