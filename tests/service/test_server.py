"""The server below the app: what a connection may hold, how long it may wait, and who gives way. Real sockets; all people are synthetic."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI

from hub.app import Hub
from service import auth
from service.app import create_app
from service.server import ServerLimits, server_of

from .conftest import DOSSIER, Sign, question

Address = tuple[str, int]
QUICK = ServerLimits(head_s=0.6, idle_s=0.6, body_s=0.6, reading_s=0.6, closing_s=0.6)
HEAD = b"POST /ministry/soap HTTP/1.1\r\nHost: x\r\n"


@contextmanager
def served(app: FastAPI, limits: ServerLimits = ServerLimits()) -> Iterator[tuple[Address, uvicorn.Server]]:
    """The app as `hub serve` runs it, on a free port of loopback."""
    server = server_of(app, limits)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield listener.getsockname(), server
        finally:
            server.should_exit = True
            thread.join(10)


def ask(address: Address, headers: dict[str, str]) -> tuple[int, Any]:
    """One question on a connection of its own: status and answer."""
    connection = http.client.HTTPConnection(*address, timeout=20)
    connection.request("POST", "/v1/decisions", json.dumps(question()), headers | {"Content-Type": "application/json"})
    reply = connection.getresponse()
    answer = json.loads(reply.read())
    connection.close()
    return reply.status, answer


def ended(peer: socket.socket, within_s: float) -> bytes:
    """What comes until the other side closes. Raises TimeoutError."""
    peer.settimeout(within_s)
    found = b""
    try:
        while part := peer.recv(65536):
            found += part
    except ConnectionError:
        pass
    return found


def test_silent_connections_close_nothing(app: FastAPI, sign: Sign) -> None:
    """64 connections that said nothing closed the API for everybody: they were counted as requests."""
    with served(app) as (address, server), ExitStack() as held:
        for _ in range(600):
            held.enter_context(socket.create_connection(address))
        assert ask(address, sign())[0] == 200
        assert len(server.server_state.connections) <= ServerLimits().per_peer


def dripped(address: Address, first: bytes, drops: bytes) -> float:
    """Seconds until a connection is closed that sends its first bytes at once and the others one by one."""
    began = time.monotonic()
    with socket.create_connection(address) as peer:
        peer.sendall(first)
        peer.settimeout(0.05)
        for drop in itertools.cycle(drops or b"\0"):
            try:
                if drops:
                    peer.sendall(bytes([drop]))
                while peer.recv(65536):
                    pass
                break
            except TimeoutError:
                assert time.monotonic() - began < 10, "still open"
            except ConnectionError:
                break
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("first", "drops"),
    [
        (b"", b""),
        (HEAD, b""),
        (HEAD, b"a"),
        (b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", b""),
        (b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n" + HEAD, b"a"),
        (HEAD + b"Content-Length: 100000\r\n\r\n", b""),
        (HEAD + b"Content-Length: 100000\r\n\r\n", b"a"),
        (b"POST /v1/decisions HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", b"a"),
    ],
    ids=[
        "nothing",
        "half a head",
        "a head by drops",
        "idle",
        "a second head by drops",
        "no body",
        "a body by drops",
        "a body that was refused",
    ],
)
def test_who_keeps_the_server_waiting_is_closed(app: FastAPI, first: bytes, drops: bytes) -> None:
    """Nothing but the pause between two requests had an end, and one byte ended that clock for good."""
    with served(app, QUICK) as (address, _):
        assert dripped(address, first, drops) < 9


def test_a_slow_body_is_answered_before_it_is_closed(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """408 as a problem, and as a Fault where messages are signed."""
    monkeypatch.setattr(auth, "BODY_S", 0.3)
    with served(app) as (address, _), socket.create_connection(address) as peer:
        peer.sendall(HEAD + b"Content-Length: 10\r\n\r\n<")
        peer.settimeout(5)
        assert b"500" in (reply := peer.recv(65536)).split(b"\r\n")[0]
        assert b"Fault" in reply


def test_half_a_body_is_no_question(app: FastAPI, sign: Sign, hub: Hub) -> None:
    """Who went away in the middle was asked for all the same, with what had come of his body."""
    whole = json.dumps(question()).encode()
    head = f"POST /v1/decisions HTTP/1.1\r\nHost: x\r\nAuthorization: {sign()['Authorization']}\r\nContent-Type: application/json\r\n"
    with served(app) as (address, _):
        with socket.create_connection(address) as peer:
            peer.sendall(head.encode() + f"Content-Length: {len(whole) + 5}\r\n\r\n".encode() + whole)
            time.sleep(0.2)
        assert ask(address, sign())[0] == 200
    with hub.engine.connect() as connection:
        assert 1 == connection.scalar(sa.text("select count(*) from hub.audit"))


def test_who_takes_no_answer_is_cut_off(app: FastAPI) -> None:
    """Descriptions asked for again and again, and never read: each answer kept its place for ever."""
    with served(app, QUICK) as (address, server), socket.create_connection(address) as peer:
        peer.settimeout(0.2)
        with suppress(TimeoutError, ConnectionError):
            while True:
                peer.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
        until = time.monotonic() + 10
        while server.server_state.connections and time.monotonic() < until:
            time.sleep(0.1)
        assert not server.server_state.connections


def test_the_longest_waiting_gives_way(app: FastAPI, sign: Sign) -> None:
    with served(app, ServerLimits(connections=4, per_peer=3)) as (address, server), ExitStack() as held:
        silent = []
        for _ in range(3):
            silent.append(held.enter_context(socket.create_connection(address)))
            time.sleep(0.05)
        assert ask(address, sign())[0] == 200
        assert len(server.server_state.connections) <= 3
        assert b"" == ended(silent[0], 5)
        with pytest.raises(TimeoutError):
            ended(silent[1], 0.2)


def test_requests_in_work_are_counted(hub: Hub, app: FastAPI, sign: Sign) -> None:
    """Past so many at once one is asked to come back, in a problem with its time; when the others are through, it is answered."""
    with served(create_app(hub, at_most=2)) as (address, _), hub.engine.connect() as blocking:
        blocking.execute(sa.text("lock table hub.audit"))
        found = list[int]()
        threads = [threading.Thread(target=lambda: found.append(ask(address, sign())[0])) for _ in range(2)]
        for thread in threads:
            thread.start()
        _until_two_wait(hub)
        reply = ask(address, sign())
        assert (503, "urn:motlan:problem:later") == (reply[0], reply[1]["type"])
        blocking.rollback()
        for thread in threads:
            thread.join(20)
        assert [200, 200] == found
        assert ask(address, sign())[0] == 200


def _until_two_wait(hub: Hub) -> None:
    """Both requests are in work: one waits for the table, one for its agency. A third asked earlier would take a place."""
    waiting = sa.text(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    )
    until = time.monotonic() + 30
    while True:
        with hub.engine.connect() as connection:  # anew: within one transaction the activity is read once
            if connection.scalar(waiting) == 2:
                return
        assert time.monotonic() < until, "the two requests never came to the lock"
        time.sleep(0.05)


def resident() -> int:
    """Bytes of memory that this process holds."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS: dict[str, tuple[bytes, Callable[[int], bytes]]] = {
    "one line": (HEAD + b"X: ", lambda _: b"a" * 65536),
    "a target": (b"GET /", lambda _: b"a" * 65536),
    "many headers": (HEAD, lambda n: b"".join(b"x-%d-%d: %s\r\n" % (n, i, b"a" * 500) for i in range(128))),
    "a chunk's extension": (HEAD + CHUNKED + b"1;", lambda _: b"a" * 65536),
    "trailers": (
        HEAD + CHUNKED + b"1\r\na\r\n0\r\n",
        lambda n: b"".join(b"x-%d-%d: %s\r\n" % (n, i, b"a" * 500) for i in range(128)),
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
@pytest.mark.parametrize("path", [b"/ministry/soap", b"/v1/decisions"])
def test_a_head_has_an_end(app: FastAPI, name: str, path: bytes) -> None:
    """An endless head took 2.4 GB: it was kept whole, before anybody was asked who he is."""
    first, more = ENDLESS[name]
    with served(app) as (address, _):
        before = most = resident()
        with socket.create_connection(address) as peer:
            peer.settimeout(5)
            sent = 0
            try:
                peer.sendall(first.replace(b"/ministry/soap", path))
                while sent < 200 << 20:
                    peer.sendall(more(sent))
                    sent += 65536
                    most = max(most, resident())
                sent = -1
            except ConnectionError:
                pass
            assert sent >= 0, "200 MB were taken"
        assert most - before < 20 << 20


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (HEAD + b"X: " + b"a" * 17000 + b"\r\n\r\n", 431),
        (HEAD + b"X: " + b"a" * 15000 + b"\r\nContent-Length: 0\r\n\r\n", 404),
        (b"\r\n\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (HEAD + b"Content-Length: -1\r\n\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nno size\r\n", 400),
    ],
)
def test_what_is_no_head_is_refused_and_closed(
    app: FastAPI, head: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """In a problem that quotes nothing; a head of 15 KB is one (here nobody described the path)."""
    with served(app) as (address, _), socket.create_connection(address) as peer:
        peer.sendall(head)
        peer.settimeout(8)
        reply = peer.recv(65536)
        assert reply.startswith(b"HTTP/1.1 %d " % status), reply[:40]
        if status != 404:
            assert b"application/problem+json" in reply
            assert b"aaaa" not in reply
            assert DOSSIER.encode() not in reply
            ended(peer, 5)
    assert [] == [each for each in caplog.records if each.name.startswith("uvicorn")]
