"""hub serve: the API behind its two locks, or on loopback for development; the workbench beside it, one port further."""

from __future__ import annotations

import ipaddress
import logging
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.errors import Permanent
from contracts.logs import configure_with
from hub.terminal import console

if TYPE_CHECKING:
    from hub.app import Hub

REPLICAS = 2


class NotLoopback(Permanent):
    """The API would listen without its locks on an address that others can reach."""

    exit_code = 78


def add_to(app: typer.Typer) -> None:
    app.command()(serve)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0: all of this machine.")] = "127.0.0.1",
    certificate: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Certificate of this door, its chain and its key (PEM); by default of the hub's own authority.",
        ),
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="With the hub's own authority: host name or address of this door.")
    ] = None,
    replicas: Annotated[int, typer.Option(min=1, max=16, help="Processes that answer.")] = REPLICAS,
    dev: Annotated[
        bool, typer.Option("--dev", help="Loopback only: issue a certificate and a token, and say how to ask.")
    ] = False,
    agency: Annotated[str, typer.Option(help="With --dev: the agency that asks; by default the first granted.")] = "",
    purpose: Annotated[str, typer.Option(help="With --dev: its purpose; by default its first.")] = "",
    plain: Annotated[
        bool, typer.Option("--plain", help="With --dev: HTTP, without certificates; hub token lets you ask.")
    ] = False,
    metrics: Annotated[
        str, typer.Option(help="Inner address and port of Prometheus' /metrics, e.g. 127.0.0.1:9105; by default none.")
    ] = "",
    workbench: Annotated[
        bool, typer.Option("--workbench/--no-workbench", help="The workbench beside it, one port further.")
    ] = True,
    replica: Annotated[Path | None, typer.Option(hidden=True, help="Serve on this Unix socket.")] = None,
    workbench_at: Annotated[
        Path | None, typer.Option(hidden=True, help="Serve the workbench on this Unix socket.")
    ] = None,
) -> None:
    """Serve the API and the workbench until Ctrl-C."""
    from hub.access.logins.duty import Duty
    from hub.app import open_hub

    configure_with(_log_as_json)
    if (dev or plain) and not _loopback(host):
        raise NotLoopback(
            f"{host} is not a loopback address, and --dev is for this machine alone",
            hint="leave --dev out: client certificates are asked for then",
        )
    if plain and not dev:
        raise NotLoopback("Without locks the API serves development only", hint="hub serve --dev --plain")
    # The workbench shows the city its own work; the API answers agencies.
    with open_hub(duty=Duty.LOADING if plain or workbench_at is not None else Duty.ANSWERING) as hub:
        try:
            if replica is not None:
                _run_replica(hub, replica)
            elif workbench_at is not None:
                _run_workbench(hub, workbench_at)
            elif plain:
                _run_plain(hub, host)
            else:
                asks = (agency, purpose) if dev else None
                _run_locked(hub, host, certificate, name or [], replicas, asks, _inner(metrics), workbench=workbench)
        except KeyboardInterrupt:  # uvicorn raises it again after a clean stop
            console.print("ended")


@contextmanager
def serving(hub: Hub) -> Iterator[str]:
    """The address of the API on loopback, which runs in a thread of this process until the block ends."""
    from service import serving as api  # a higher layer: started here, and imported by nothing below

    with api.serving(hub) as address:
        yield address


@contextmanager
def workbench_serving(hub: Hub, airflow: str = "") -> Iterator[str]:
    """The address of the workbench on loopback, likewise."""
    from service import serving as api

    with api.workbench_serving(hub, airflow=airflow) as address:
        yield address


def _run_plain(hub: Hub, host: str) -> None:
    from service import serving as api

    with api.listening(host, hub.settings.service_port) as listener:
        console.print(
            f"API on http://{host}:{hub.settings.service_port} without locks, described at /openapi.json; "
            "hub token lets you ask. Ctrl-C ends it."
        )
        console.print(f"Workbench on http://{host}:{hub.settings.workbench_port}; hub accounts add lets you in.")
        api.run_plain(hub, listener)


def _run_replica(hub: Hub, path: Path) -> None:
    from service import serving as api

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all processes of a terminal: the first one decides
    api.run_replica(hub, path)


def _run_workbench(hub: Hub, path: Path) -> None:
    from service import serving as api

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    api.run_workbench(hub, path)


def _run_locked(
    hub: Hub,
    host: str,
    certificate: Path | None,
    names: list[str],
    replicas: int,
    dev: tuple[str, str] | None,
    metrics: tuple[str, int] | None,
    *,
    workbench: bool,
) -> None:
    from hub.access.clients import door
    from service import serving as api
    from service.tls_end import ApiDoor

    folder = door.folder_of(hub.scenario.folder)
    own = certificate or door.own_certificate(hub.scenario.folder, [*names, host])
    place = ApiDoor(
        host,
        hub.settings.service_port,
        own.resolve(),
        door.authority_file(hub.scenario.folder),
        [folder / f"replica-{n}.sock" for n in range(1, replicas + 1)],
        metrics,
        (hub.settings.workbench_port, folder / "workbench.sock") if workbench else None,
    )
    with api.behind_tls(place, folder) as look:
        console.print(f"API on https://{host}:{place.port}, both locks on, {replicas} replicas. Ctrl-C ends it.")
        if workbench:
            port = hub.settings.workbench_port
            console.print(f"Workbench on https://{host}:{port}; hub accounts add lets a person in.")
        if dev is not None:
            from hub.cli import development

            development.issue(hub, f"https://{host}:{place.port}", *dev)
        while True:
            look()
            time.sleep(api.LOOKS_S)


def _inner(text: str) -> tuple[str, int] | None:
    """The address of `/metrics`. Raises NotLoopback: the whole world could reach it."""
    if not text:
        return None
    host, _, port = text.rpartition(":")
    try:
        address, number = ipaddress.ip_address(host.strip("[]")), int(port)
    except ValueError:
        raise typer.BadParameter(f"--metrics {text} is no address with its port; write 127.0.0.1:9105") from None
    if not address.is_private:
        raise NotLoopback(
            f"{address} is a public address: who asks for /metrics shows no certificate", hint="an inner one"
        )
    return str(address), number


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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
