"""Runs the API: one process on a socket, or replicas behind HAProxy that are started again when they die.

serving            in a thread of this process, on loopback, without locks: for demonstrations
workbench_serving  the workbench likewise; its own sign-in stands before every page
run_replica        in this process, on a Unix socket, both locks on
run_workbench      the workbench in this process, on a Unix socket
behind_tls         HAProxy and the replicas, as children of this process
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from hub.app import Hub
from hub.core import events
from service.app import create_app
from service.locks import Locks
from service.server import server_of
from service.tls_end import ApiDoor, DoorUnusable, ending_tls
from service.workbench.app import create_workbench

COMMAND = (sys.executable, "-c", "from hub.cli import main; main()", "serve", "--replica")
BENCH_COMMAND = (*COMMAND[:-1], "--workbench-at")
OTHER_DUTIES = ("HUB_LOADING_URL", "HUB_GRANTING_URL", "HUB_MIGRATING_URL")
"""Logins that a replica of the API is not told; the workbench, a process of its own, works under the first."""
READY_S = 60
LOOKS_S = 0.2
AGAIN_S = (0.0, 0.5, 2.0, 5.0)
"""Waits before a replica that died is started again: the first at once, the last for ever; a minute of life forgives."""
FORGIVEN_S = 60


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A bound TCP socket. Raises DoorUnusable."""
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        raise DoorUnusable(
            f"Port {port} of {host} cannot be had: {error.strerror}", hint="HUB_PORT_BASE names another ten"
        ) from None
    with listener:
        yield listener


@contextmanager
def serving(hub: Hub) -> Iterator[str]:
    """The address of the API on loopback without locks, in a thread of this process until the block ends."""
    with _in_thread(create_app(hub), hub.settings.service_port) as address:
        yield address


@contextmanager
def workbench_serving(hub: Hub, *, airflow: str = "") -> Iterator[str]:
    """The address of the workbench on loopback, in a thread of this process until the block ends."""
    with _in_thread(create_workbench(hub, secure=False, airflow=airflow), hub.settings.workbench_port) as address:
        yield address


@contextmanager
def _in_thread(app: Any, port: int) -> Iterator[str]:
    with listening("127.0.0.1", port) as listener:
        server = server_of(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="service", daemon=True)
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.02)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(10)


def run_plain(hub: Hub, listener: socket.socket) -> None:
    """Serve on a socket of loopback without locks, until Ctrl-C; the workbench beside it."""
    with workbench_serving(hub):
        server_of(create_app(hub)).run(sockets=[listener])


def run_replica(hub: Hub, path: Path) -> None:
    """Serve on a Unix socket with both locks on, until told to stop. Only this account reaches the socket."""
    _run_at(path, create_app(hub, locks=Locks(hub.engine)))


def run_workbench(hub: Hub, path: Path) -> None:
    """Serve the workbench on a Unix socket, until told to stop; TLS stands before it."""
    _run_at(path, create_workbench(hub, secure=True))


def _run_at(path: Path, app: Any) -> None:
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        listener.listen(512)
        try:
            server_of(app).run(sockets=[listener])
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def behind_tls(door: ApiDoor, folder: Path) -> Iterator[Callable[[], None]]:
    """Replicas and HAProxy until the block ends; yields what to call again and again: it starts dead replicas anew.

    Raises:
        DoorUnusable: a replica or HAProxy does not start; from the yielded function: HAProxy ended.
    """
    with ExitStack() as stack:
        replicas = [_Replica(path) for path in door.replicas]
        if door.workbench is not None:
            replicas.append(_Replica(door.workbench[1], BENCH_COMMAND))
        for replica in replicas:
            stack.callback(replica.stop)
            replica.start()
        _until_ready(replicas)
        proxy = stack.enter_context(ending_tls(door, folder))

        def look() -> None:
            if proxy.poll() is not None:
                raise DoorUnusable(
                    f"HAProxy ended ({proxy.returncode})", hint="start hub serve again; its log says why"
                )
            for replica in replicas:
                replica.look()

        yield look


class _Replica:
    """One process of the API or of the workbench."""

    def __init__(self, path: Path, command: Sequence[str] = COMMAND) -> None:
        self.path, self._command = path, command
        self._unknown = OTHER_DUTIES if command is COMMAND else ()
        self._process: subprocess.Popen[bytes] | None = None
        self._began, self._deaths, self._due = 0.0, 0, 0.0

    def start(self) -> None:
        self._began = time.monotonic()
        environment = {name: value for name, value in os.environ.items() if name not in self._unknown}
        self._process = subprocess.Popen([*self._command, str(self.path)], env=environment)

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def look(self) -> None:
        """Start it again if it died, not too often."""
        now = time.monotonic()
        if self.alive():
            if now - self._began > FORGIVEN_S:
                self._deaths = 0
            return
        if self._process is not None:
            events.emit("replica.died", {"replica": self.path.name, "exit": self._process.returncode})
            self._process = None
            self._due = now + AGAIN_S[min(self._deaths, len(AGAIN_S) - 1)]
            self._deaths += 1
        if now >= self._due:
            self.start()

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _until_ready(replicas: Sequence[_Replica]) -> None:
    ends = time.monotonic() + READY_S
    for replica in replicas:
        while not answers(replica.path):
            if not replica.alive():
                raise DoorUnusable("A process of the API ended at its start", hint="what it said stands above")
            if time.monotonic() > ends:
                raise DoorUnusable(f"A process of the API is not ready after {READY_S} s", hint="hub doctor")
            time.sleep(0.05)


def answers(path: Path) -> bool:
    """Whether a process takes connections on a Unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
