"""Traces by OpenTelemetry, for who asks for them: `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector.

One span a request: method, route as it is written in the API's description, status. No path, no question, no agency, no
person. Spans are sent in the background; a collector that is away slows nobody down.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

ASKED = "OTEL_EXPORTER_OTLP_ENDPOINT"
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def wanted() -> bool:
    """Whether a collector is named."""
    return bool(os.environ.get(ASKED))


class TraceMiddleware:
    """One span a request, around everything else."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._app = app
        self.provider = TracerProvider(resource=Resource.create({"service.name": "motlan-api"}))
        self.provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self.provider.get_tracer("motlan")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        from opentelemetry.trace import SpanKind, Status, StatusCode

        with self._tracer.start_as_current_span(str(scope["method"]), kind=SpanKind.SERVER) as span:

            async def sending(message: MutableMapping[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", int(message["status"]))
                    if message["status"] >= 500:
                        span.set_status(Status(StatusCode.ERROR))
                await send(message)

            span.set_attribute("http.request.method", str(scope["method"]))
            try:
                await self._app(scope, receive, sending)
            finally:
                route = scope["route"].path if "route" in scope else None
                if route:
                    span.set_attribute("http.route", route)
                    span.update_name(f"{scope['method']} {route}")
