"""Traces go to a collector that is named, on a real socket, and name nobody."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from service import traces
from service.traces import TraceMiddleware


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ExportTraceServiceRequest]]:
    """What a collector has received."""
    received: list[ExportTraceServiceRequest] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            packed = self.headers.get("content-encoding") == "gzip"
            received.append(ExportTraceServiceRequest.FromString(gzip.decompress(body) if packed else body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv(traces.ASKED, f"http://127.0.0.1:{server.server_port}")
    yield received
    server.shutdown()
    thread.join(10)


def test_a_request_is_a_span_without_who_and_about_whom(collector: list[ExportTraceServiceRequest]) -> None:
    """Method, route and status; neither the path with its number, nor the question, nor the token."""
    app = FastAPI()

    @app.get("/v1/books/{number}")
    def book(number: str) -> dict[str, str]:
        return {"number": number}

    traced = TraceMiddleware(app)
    client = TestClient(traced)
    client.get("/v1/books/001098000001?name=An", headers={"Authorization": "Bearer secret"})
    client.get("/nowhere/001098000001")
    assert traced.provider.force_flush(60_000)

    spans = [s for each in collector for r in each.resource_spans for scope in r.scope_spans for s in scope.spans]
    assert ["GET /v1/books/{number}", "GET"] == [span.name for span in spans]
    assert [200, 404] == [a.value.int_value for s in spans for a in s.attributes if a.key.endswith("status_code")]
    sent = b"".join(each.SerializeToString() for each in collector)
    for secret in (b"001098000001", b"An", b"secret"):
        assert secret not in sent


def test_no_span_leaves_unless_a_collector_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Traces are for who asks for them."""
    monkeypatch.delenv(traces.ASKED, raising=False)
    assert not traces.wanted()
    monkeypatch.setenv(traces.ASKED, "")
    assert not traces.wanted()
