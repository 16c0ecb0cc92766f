"""hub serve, hub token: the API on loopback, and what lets somebody ask."""

from __future__ import annotations

import ipaddress
import logging
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated, Any

import structlog
import typer

from contracts.errors import Permanent
from hub.bootstrap import Hub, open_hub, open_scenario
from hub.cli.output import console
from hub.deployment import load_deployment
from hub.errors import NothingSuch
from hub.grants.load import read_grants
from hub.ministry.desk import BASIS
from hub.ministry.judged import PURPOSE
from hub.ministry.offices import MINISTRY
from hub.reuse.evidence import Moment
from hub.settings import read_settings
from hub.tokens import Claims, machine_now, tokens_of


class NotLoopback(Permanent):
    """The API was to listen where others could reach it."""

    exit_code = 78


def add_to(app: typer.Typer) -> None:
    app.command()(serve)
    app.command()(token)


def serve(host: Annotated[str, typer.Option(help="Loopback only, until certificates bind a token to its agency's system.")] = "127.0.0.1") -> None:
    """Serve the API (decisions, evidence, extracts, prefill, answers, dossier states, error reports) until Ctrl-C."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper("iso"), structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO), logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )  # fmt: skip
    settings = read_settings()
    with open_hub(settings) as hub, listening(host, settings.service_port) as listener:
        console.print(f"API on {settings.service_address}, described at /openapi.json; hub token lets you ask. Ctrl-C ends it.")
        try:
            _server(hub).run(sockets=[listener])
        except KeyboardInterrupt:  # uvicorn raises it again after a clean stop
            console.print("ended")


def token(
    agency: Annotated[str, typer.Option(help=f"Identity code of the agency, as grants.yaml names it; {MINISTRY}: the Ministry's system.")],
    officer: Annotated[str, typer.Option(help="Who asks: stands in the audit log.")],
    purpose: Annotated[str, typer.Option(help="Purpose, as a grant of the agency has it.")],
    dossier: Annotated[str, typer.Option(help="Bind the token to one dossier.")] = "",
    legal_basis: Annotated[str, typer.Option(help="Under which law, where grants of the agency stand on several: once-held, or once-held@2020-05-25.")] = "",
    minutes: Annotated[float, typer.Option(help="How long it holds; 5 at most.")] = 5,
) -> None:
    """Print a short-lived token: agency, officer, purpose, legal basis, dossier. Whoever has it may ask; it goes into no file."""
    settings = read_settings()
    deployment = load_deployment(settings.deployment, as_of=settings.as_of, data=settings.data is not None)
    scenario = open_scenario(settings, deployment)
    tokens = tokens_of(scenario.folder, deployment.name)
    with open_hub(settings) as hub:
        basis = _legal_basis(hub, agency, purpose, legal_basis)
    print(tokens.sign(Claims(agency, officer, purpose, basis, dossier), machine_now(), timedelta(minutes=minutes)))


def _legal_basis(hub: Hub, agency: str, purpose: str, wanted: str) -> str:
    """The law on which the agency's grants for a purpose stand: the one that is wanted, or the purpose's own, or the first. Raises NothingSuch."""
    grants = read_grants(hub.deployment.folder, hub.contracts)
    day = Moment(hub.scenario.now()).today
    own = [g for g in grants.all if (g.agency == agency or (agency == MINISTRY and g.purpose == PURPOSE)) and g.on(day)]  # it asks for every office
    found = {g.legal_basis: g for g in sorted(own, key=lambda g: g.legal_basis) if g.purpose == purpose}
    if not found:
        known = sorted({g.purpose for g in own}) or sorted({g.agency for g in grants.all if g.on(day)})
        raise NothingSuch(f"No grant of {agency} for {purpose} holds today", hint=f"known are {', '.join(known)}; see grants.yaml")
    if wanted and not any(g.under(wanted, day) for g in found.values()):
        raise NothingSuch(f"No grant of {agency} for {purpose} stands on {wanted} today", hint=f"its grants stand on {', '.join(found)}; see grants.yaml")
    usual = BASIS if agency == MINISTRY else grants.purposes.by_id[purpose].legal_basis
    return wanted or (usual if usual in found else next(iter(found)))


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A bound socket on loopback, before anything else is made ready. Raises NotLoopback."""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise NotLoopback(f"{host} is not a loopback address: a token is no proof of the system that sends it", hint="leave --host out; put nothing before it")
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        raise NotLoopback(f"Port {port} of {host} cannot be had: {error.strerror}", hint="HUB_PORT_BASE names another ten") from None
    with listener:
        yield listener


@contextmanager
def serving(hub: Hub) -> Iterator[str]:
    """The API beside other work in this process, for the time of the block; its address."""
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
    from service.app import create_app  # above this floor: started from here, used by nothing below
    from service.server import server_of

    return server_of(create_app(hub))
