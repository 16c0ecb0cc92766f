"""hub serve: the API on loopback."""

from __future__ import annotations

import ipaddress
import logging
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contracts.errors import Permanent
from contracts.logs import configure_with
from hub.terminal import console

if TYPE_CHECKING:
    from hub.app import Hub


class NotLoopback(Permanent):
    """The API would listen on an address that others can reach."""

    exit_code = 78


def add_to(app: typer.Typer) -> None:
    app.command()(serve)


def serve(
    host: Annotated[
        str, typer.Option(help="Loopback only, until certificates bind a token to its agency's system.")
    ] = "127.0.0.1",
) -> None:
    """Serve the API (decisions, evidence, extracts, prefill, answers, dossier states, error reports) until Ctrl-C."""
    from hub.app import open_hub
    from hub.core.settings import read_settings

    configure_with(_log_as_json)
    settings = read_settings()
    with open_hub(settings) as hub, listening(host, settings.service_port) as listener:
        console.print(
            f"API on {settings.service_address}, described at /openapi.json; hub token lets you ask. Ctrl-C ends it."
        )
        try:
            _server(hub).run(sockets=[listener])
        except KeyboardInterrupt:  # uvicorn raises it again after a clean stop
            console.print("ended")


def _log_as_json() -> None:
    """Events go to stderr, one JSON object a line."""
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A bound socket on loopback, opened before anything else is prepared. Raises NotLoopback."""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise NotLoopback(
            f"{host} is not a loopback address: a token is no proof of the system that sends it",
            hint="leave --host out; put nothing before it",
        )
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        raise NotLoopback(
            f"Port {port} of {host} cannot be had: {error.strerror}", hint="HUB_PORT_BASE names another ten"
        ) from None
    with listener:
        yield listener


@contextmanager
def serving(hub: Hub) -> Iterator[str]:
    """The address of the API, which runs in a thread of this process until the block ends."""
    with listening("127.0.0.1", hub.settings.service_port) as listener:
        server = _server(hub)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="service", daemon=True)
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.02)
            yield hub.settings.service_address
        finally:
            server.should_exit = True
            thread.join(10)


def _server(hub: Hub) -> Any:
    from service.app import create_app  # a higher layer: started here, and imported by nothing below
    from service.server import server_of

    return server_of(create_app(hub))
