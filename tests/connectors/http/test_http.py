"""The bounds of one call, where the conformance suite does not reach."""

from __future__ import annotations

import base64
import gzip
import hashlib
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import Incomplete, Malformed, TooLarge, Unreachable, Untrusted
from connectors.http.body import CallLimits, read_body
from connectors.http.client import Http
from connectors.http.status import PATIENCE_CAP_S, http_date, retry_after
from contracts.errors import DeploymentInvalid

SERVER = datetime(2022, 6, 2, 1, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("99999999999999999999", PATIENCE_CAP_S),
        ("-5", None),
        ("soon", None),
        ("٣", None),
        ("Thu, 02 Jun 2022 01:00:30 GMT", 30.0),
        ("Thu, 02 Jun 2022 00:00:00 GMT", 0.0),
        ("Thu, 02 Jun 2122 00:00:00 GMT", PATIENCE_CAP_S),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    """Seconds or a date by the source's own clock, capped; what cannot be read says nothing."""
    assert retry_after(value, SERVER) == seconds


@given(st.text(max_size=40))
def test_any_header_text_is_survived(text: str) -> None:
    """Whatever stands in a date or a Retry-After, reading it does not raise."""
    wait = retry_after(text, SERVER)
    assert wait is None or 0 <= wait <= PATIENCE_CAP_S
    assert http_date(text) is None or http_date(text).tzinfo is UTC  # type: ignore[union-attr]


@given(st.binary(max_size=5000), st.integers(1, 700), st.booleans())
def test_a_whole_body_comes_out_as_it_went_in(content: bytes, step: int, packed: bool) -> None:
    """In whatever pieces it arrives, a body with its digest and length is read back exactly."""
    wire = gzip.compress(content) if packed else content
    headers = {
        "Content-Length": str(len(wire)),
        "Content-Digest": f"unknown=:AAAA:, sha-256=:{base64.b64encode(hashlib.sha256(wire).digest()).decode()}:",
        **({"Content-Encoding": "gzip"} if packed else {}),
    }

    assert read_body((wire[i : i + step] for i in range(0, len(wire), step)), headers, CallLimits()) == content


@given(st.binary(min_size=1, max_size=2000), st.data())
def test_any_cut_of_a_gzip_body_is_noticed(content: bytes, data: st.DataObject) -> None:
    """There is no place to cut a gzip stream at which it would pass for whole."""
    wire = gzip.compress(content)
    cut = data.draw(st.integers(0, len(wire) - 1))

    with pytest.raises(Incomplete):
        read_body(iter([wire[:cut]]), {"Content-Encoding": "gzip"}, CallLimits())


def test_a_bomb_costs_no_more_than_its_cap() -> None:
    """Both caps stop a stream that inflates a thousandfold: the size, and the ratio long before it."""
    bomb = gzip.compress(bytes(64 << 20))

    with pytest.raises(TooLarge, match="inflates past its cap"):
        read_body(iter([bomb]), {"Content-Encoding": "gzip"}, CallLimits())
    with pytest.raises(TooLarge):
        read_body(
            iter([gzip.compress(b"ab" * 4000)]), {"Content-Encoding": "gzip"}, CallLimits(max_inflated_bytes=5000)
        )


def test_a_stream_without_end_is_left() -> None:
    """A body without a length is read up to the cap and no further."""
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1000
            yield bytes(1000)

    with pytest.raises(TooLarge):
        read_body(endless(), {}, CallLimits(max_raw_bytes=10_000))
    assert taken <= 11_000


@pytest.mark.parametrize("length", ["12, 13", "-1", "1e3", "²"])
def test_an_unreadable_length(length: str) -> None:
    """A Content-Length that is no single number is nothing to go by."""
    with pytest.raises(Malformed):
        read_body(iter([b"x"]), {"Content-Length": length}, CallLimits())


def test_nobody_listens() -> None:
    """No connection is Unreachable, after the few tries of the budget, with growing pauses between."""
    pauses: list[float] = []
    http = Http("district", CallLimits(), sleep=pauses.append, jitter=lambda: 1.0)

    with pytest.raises(Unreachable, match="district: hello"):
        http.call("GET", "http://127.0.0.1:9/", what="hello", accept=("application/json",))
    assert pauses == [0.5, 1.0]


def test_a_call_that_changes_something_is_never_repeated() -> None:
    """Only calls without effect at the source are repeated on the spot."""
    pauses: list[float] = []
    http = Http("district", CallLimits(), sleep=pauses.append)

    with pytest.raises(Unreachable):
        http.call("POST", "http://127.0.0.1:9/", what="send", accept=("application/json",), idempotent=False)
    assert pauses == []


class Hello(BaseHTTPRequestHandler):
    """Answers `{}`."""

    def do_GET(self) -> None:
        self.send_response_only(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An HTTPS server with a certificate of its own making; its address and the certificate."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "30"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, *subject],
        check=True,
        capture_output=True,
    )
    server = HTTPServer(("127.0.0.1", 0), Hello)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}/", certificate
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_unknown_certificate_is_not_trusted(tls: tuple[str, Path]) -> None:
    """A certificate that the machine does not trust ends the call, for good; naming its authority lets it through."""
    address, certificate = tls

    with pytest.raises(Untrusted):
        Http("ministry", CallLimits()).call("GET", address, what="hello", accept=("application/json",))
    reply = Http("ministry", CallLimits(), ca_file=str(certificate)).call(
        "GET", address, what="hello", accept=("application/json",)
    )

    assert reply.body == b"{}"


def test_the_environment_steers_nothing(monkeypatch: pytest.MonkeyPatch, one_stop: Any) -> None:
    """Neither a proxy nor a .netrc of whoever starts the process has a say."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    with pytest.raises(Exception, match="HTTP 401"):
        Http("x", CallLimits()).call(
            "GET", one_stop.address + "/DongBoHoSoMC", what="hello", accept=("application/json",)
        )


def test_dates_are_aware() -> None:
    """An HTTP date is UTC, also in the old form without a zone."""
    assert http_date("Thu, 02 Jun 2022 08:00:00 +0700") == SERVER
    assert http_date("Thu, 02 Jun 2022 01:00:00") == SERVER + timedelta()


@contextmanager
def answering(reply: bytes) -> Iterator[str]:
    """The address of a server that sends these bytes to each request, whatever it is."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(reply)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def called(address: str) -> bytes:
    http = Http("a-system", CallLimits(deadline_s=5, attempts=1))
    try:
        return http.call("GET", address, what="x", accept=("application/json",)).body
    finally:
        http.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%bContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize("interim", [b"100 Continue", b"102 Processing", b"103 Early Hints\r\nLink: </a>"])
def test_interim_responses_are_passed_over(interim: bytes) -> None:
    """RFC 9110 allows any number of them; a reply behind 102 or 103 was once refused for good."""
    with answering(b"HTTP/1.1 %b\r\n\r\n" % interim * 3 + OK % b"") as address:
        assert b"{}" == called(address)


def test_interim_responses_without_end() -> None:
    """They are no way to keep a reader busy."""
    with answering(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000) as address, pytest.raises((Incomplete, Unreachable)):
        called(address)


def test_two_lengths() -> None:
    """Nobody can say where such a reply ends; once the deployment's file was blamed for it."""
    with answering(OK % b"Content-Length: 5\r\n") as address, pytest.raises(Malformed, match="a-system: x"):
        called(address)


def test_a_header_that_cannot_be_sent() -> None:
    """That one is the deployment's."""
    http = Http("a-system", CallLimits(deadline_s=5, attempts=1))
    with pytest.raises(DeploymentInvalid):
        http.call("GET", "http://127.0.0.1:9/", what="x", accept=(), headers={"X": "a\nb"})
