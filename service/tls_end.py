"""HAProxy in front of the API: ends TLS, asks for client certificates, shares requests among the replicas.

HAProxy accepts whatever certificate a client proves to hold, and passes it on: whose it is, and whether it still holds,
is the hub's to say (`locks.py`). So a certificate of any authority can be enrolled, and one that expired gets an answer
that says so. Sessions are not resumed: each connection proves its key anew.

A request that no replica took goes to another one. A request that a dying replica had taken is never sent again: its
caller gets 503 with Retry-After, and knows that it may ask again.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import Permanent
from hub.core.state_files import write_whole
from service.auth import MOST_BYTES
from service.locks import HEADER
from service.problems import LATER_S, MEDIA_TYPE

PROGRAM = "haproxy"
BUFFER = 64 << 10
"""Bytes of an answer that are held back until it is whole: the answer of a process that dies is no answer."""
PER_PEER = 256
"""Connections of one address."""
CONNECTIONS = 1024
STARTS_S = 10
OURS = {
    400: ("400 Bad Request", "http", "Yêu cầu không hợp lệ", "This is no HTTP request"),
    408: ("408 Request Timeout", "too-slow", "Yêu cầu đến quá chậm", "The request did not arrive in time"),
    413: ("413 Content Too Large", "too-large", "Yêu cầu quá lớn", f"A body is up to {MOST_BYTES} bytes"),
}
METRICS = """
frontend metrics
  bind {host}:{port}
  http-request use-service prometheus-exporter if {{ path /metrics }}
  http-request return status 404
"""
"""Counts, sizes and times by frontend, backend and replica, in Prometheus' format: no path, no agency, no person."""
WORKBENCH = """
frontend workbench
  bind {host}:{port} ssl crt {certificate} alpn http/1.1
  tcp-request connection reject if {{ src_conn_cur gt {per_peer} }}
  stick-table type ipv6 size 100k expire 1m store conn_cur
  tcp-request connection track-sc0 src
  http-request del-header {header}
  http-response set-header strict-transport-security "max-age=31536000"
  default_backend workbench

backend workbench
  option httpchk GET /health/live
  default-server inter 1s fall 3 rise 1
  server workbench unix@{path} check
"""
"""People's browsers have no client certificate: the workbench has its own sign-in."""
LATER = (500, 502, 503, 504)
"""Statuses of HAProxy's own that all become 503 with Retry-After: nobody took the request, or its replica is gone."""


class DoorUnusable(Permanent):
    """The API's door cannot be opened as asked: HAProxy is missing or ends, a port is taken."""

    exit_code = 78


@dataclass(frozen=True)
class ApiDoor:
    """Where the API is reached, and by what it answers."""

    host: str
    port: int
    certificate: Path
    """PEM: certificate of the door, its chain, its key."""
    authority: Path
    """PEM: an authority, without which HAProxy asks nobody for a certificate; any client certificate is let through."""
    replicas: Sequence[Path]
    """Unix sockets."""
    metrics: tuple[str, int] | None = None
    """Inner address and port of `/metrics`; None: there are none."""
    workbench: tuple[int, Path] | None = None
    """Port and Unix socket of the workbench; None: it is not served."""


def configuration(door: ApiDoor, folder: Path) -> str:
    """HAProxy's configuration; its answers of its own are files in the folder."""
    servers = "\n".join(f"  server replica-{n} unix@{path} check" for n, path in enumerate(door.replicas, 1))
    files = "\n".join(f"  errorfile {status} {folder}/{status}.http" for status in (*OURS, *LATER))
    host = _bracketed(door.host)
    metrics = "" if door.metrics is None else METRICS.format(host=_bracketed(door.metrics[0]), port=door.metrics[1])
    bench = (
        ""
        if door.workbench is None
        else WORKBENCH.format(
            host=host,
            port=door.workbench[0],
            path=door.workbench[1],
            certificate=door.certificate,
            per_peer=PER_PEER,
            header=HEADER,
        )
    )
    return f"""global
  maxconn {CONNECTIONS}
  tune.bufsize {BUFFER}
  tune.ssl.cachesize 0
  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets

defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout http-request 10s
  timeout http-keep-alive 30s
  timeout queue 5s
  timeout check 5s
  timeout server 60s
  retries 3
  retry-on conn-failure
  option redispatch 1
{files}

frontend door
  bind {host}:{door.port} ssl crt {door.certificate} alpn http/1.1 ca-file {door.authority} verify optional ca-ignore-err all crt-ignore-err all no-ca-names
  tcp-request connection reject if {{ src_conn_cur gt {PER_PEER} }}
  stick-table type ipv6 size 100k expire 1m store conn_cur
  tcp-request connection track-sc0 src
  http-request del-header {HEADER}
  http-request set-header {HEADER} %[ssl_c_der,base64] if {{ ssl_c_used }}
  default_backend replicas
  http-response wait-for-body time 60s at-least {BUFFER // 2}

backend replicas
  balance leastconn
  option httpchk GET /health/live
  default-server inter 1s fall 3 rise 1
{servers}
{bench}{metrics}"""


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@contextmanager
def ending_tls(door: ApiDoor, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """HAProxy at the door until the block ends; its files are written into the folder.

    Raises:
        DoorUnusable: it is not installed, or does not take its configuration (a port that is taken, a broken
            certificate).
    """
    program = shutil.which(PROGRAM) or shutil.which(PROGRAM, path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise DoorUnusable(
            "HAProxy, which ends TLS, is not installed",
            hint="apt-get install haproxy; hub serve --dev --plain serves loopback without it",
        )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for status, text in _answers().items():
        write_whole(folder / f"{status}.http", text)
    path = folder / "haproxy.cfg"
    write_whole(path, configuration(door, folder))
    checked = subprocess.run([program, "-c", "-f", str(path)], capture_output=True, text=True, check=False)
    if checked.returncode:
        raise DoorUnusable(f"HAProxy does not take {path}: {_said(checked.stderr)}", hint="mend what it names")
    process = subprocess.Popen([program, "-db", "-q", "-f", str(path)], stderr=subprocess.PIPE)
    try:
        _wait(process, door)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], door: ApiDoor) -> None:
    """Until HAProxy listens: it binds before it goes on, so that it is enough to see it live and the port taken."""
    import socket
    import time

    ends = time.monotonic() + STARTS_S
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(door.host, door.host)  # noqa: S104 - compared, not bound
    while time.monotonic() < ends and process.poll() is None:
        try:
            socket.create_connection((host, door.port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    said = process.stderr.read().decode(errors="replace") if process.poll() is not None and process.stderr else ""
    raise DoorUnusable(
        f"HAProxy does not listen on {door.host} port {door.port}: {_said(said)}",
        hint="HUB_PORT_BASE names another ten ports; --host an address of this machine",
    )


def _said(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if "ALERT" in line]
    return "; ".join(lines[:3]) or "no word of its own"


def _answers() -> dict[int, str]:
    """HAProxy's own answers, as problems like all others."""
    later = {
        "type": "urn:motlan:problem:later",
        "title": "Tạm thời chưa trả lời được",
        "status": 503,
        "detail": "Whether the request was answered is not known; the same request may be sent again",
    }
    found = {status: _http("503 Service Unavailable", later, LATER_S) for status in LATER}
    for status, (line, name, title, detail) in OURS.items():
        problem = {"type": f"urn:motlan:problem:{name}", "title": title, "status": status, "detail": detail}
        found[status] = _http(line, problem)
    return found


def _http(line: str, problem: dict[str, object], retry_after_s: int | None = None) -> str:
    body = json.dumps(problem, ensure_ascii=False)
    retry = f"retry-after: {retry_after_s}\r\n" if retry_after_s else ""
    length = len(body.encode())
    return (
        f"HTTP/1.1 {line}\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {length}\r\ncache-control: no-store\r\n"
        f"{retry}connection: close\r\n\r\n{body}"
    )
