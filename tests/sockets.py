"""Applications on real sockets of loopback, and ports that nobody else has."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

BELOW_THE_SYSTEM_S = range(12_000, 32_000, 10)
"""Where the system takes no port for a connection of its own (Linux begins at 32768)."""


def free_ports(count: int = 10) -> int:
    """The first of `count` ports of loopback, all free now, that no outgoing connection will take."""
    for first in random.SystemRandom().sample(BELOW_THE_SYSTEM_S, len(BELOW_THE_SYSTEM_S)):
        if all(_is_free(first + number) for number in range(count)):
            return first
    raise OSError(f"no {count} free ports in a row below 32000")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def listening(app: Any, **given: Any) -> Iterator[str]:
    """An ASGI application on a free port of loopback; its address. `given`: settings of uvicorn."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False, **given))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
