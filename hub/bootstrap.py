"""Builds the real thing: the only place that knows the concrete classes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import connectors
from connectors.interface import Source, System
from contracts.errors import DeploymentInvalid
from contracts.load import load_contracts
from contracts.model import Contract
from hub import heads, walls
from hub.crypto import Keys
from hub.database import connect, migrate
from hub.deployment import Deployment, Stream, load_deployment
from hub.embedded import EmbeddedServer
from hub.errors import NothingSuch
from hub.exchange import Exchange
from hub.judging import Judge
from hub.landing import Landing
from hub.local_keys import signing_files
from hub.old_text import OldText
from hub.private_files import write_private
from hub.settings import Settings, read_settings
from hub.warehouse import ensure_all, ensure_tables

STORE = "digitised_store"
"""Database, and role that owns it, of the twin of the digitised store."""


@dataclass(frozen=True)
class Scenario:
    """A state folder: records, seed and as_of of its own, so that another seed never meets old rows."""

    folder: Path
    as_of: datetime
    started: datetime
    """The machine's time at which its clock showed `as_of`."""

    @property
    def twins_files(self) -> Path:
        """Where the twins deliver files, for `{twins_files}` in a system's address."""
        return self.folder / "twins-files"

    def now(self) -> datetime:
        """The deployment's clock: business never reads the machine's date."""
        return self.as_of.astimezone(UTC) + (datetime.now(UTC) - self.started)


@dataclass(frozen=True)
class Hub:
    """Everything a command or a task needs."""

    settings: Settings
    deployment: Deployment
    scenario: Scenario
    contracts: Mapping[str, Contract]
    engine: sa.Engine
    keys: Keys
    landing: Landing

    def exchange(self, stream_id: str, **options: Any) -> Exchange:
        """The main path of one stream. Raises NothingSuch."""
        stream = self.deployment.stream(stream_id)
        contract = self.contracts[stream.contract]
        with self.engine.begin() as connection:
            ensure_tables(connection, contract)
            heads.register(connection, stream.id, stream.system.id, stream.contract, repeats=stream.system.repeats)
        source = self.source(stream)
        told = {"told": options["told"]} if "told" in options else {}
        judge = Judge(source, contract, self.engine, self.landing, self.keys, self.lists, self.settings.gate_share,
                      docs=self.scenario.folder / "data-docs", **told)
        return Exchange(
            stream.id, source, contract, self.engine, self.landing, judge, now=self.scenario.now, overlap=stream.system.overlap,
            batch_records=self.settings.batch_records, **options,
        )

    def source(self, stream: Stream) -> Source:
        """The connector of a stream."""
        contract = self.contracts[stream.contract]
        source = connectors.open_source(self.system(stream.system.id), contract)
        return OldText(source, contract, stream.id) if stream.system.old_text else source

    def system(self, system_id: str) -> System:
        """An outside system with its address and credentials filled in."""
        try:
            entry = {**self.deployment.systems, **self.deployment.other_ways}[system_id]
        except KeyError:
            raise NothingSuch(f"No system {system_id}", hint="hub systems list shows them") from None
        login = entry.credentials_of
        if login not in self.credentials:
            raise DeploymentInvalid(f"No credentials of {login} in {self.secrets_file}", hint=f'add "{login}": {{...}} to it; see docs/add-a-system.md')
        return System(
            id=entry.id, title=entry.title, dialect=entry.dialect,
            address=self._address(entry.address),
            credentials=self.credentials[login], options=entry.options, folder=entry.path.parent, overlap=entry.overlap,
            now=self.scenario.now, file=entry.file,
        )

    def _address(self, written: str) -> str:
        """An address with the places of this machine filled in."""
        folders = {"{twins_files}": self.scenario.twins_files, "{reference}": self.deployment.folder / "reference", "{data}": self.settings.data}
        written = written.replace("{twins}", self.settings.twins_address)
        if "{twins_store}" in written:
            written = written.replace("{twins_store}", store_address(self.settings))
        for name, folder in folders.items():
            if folder is not None:
                written = written.replace(name, folder.absolute().as_uri())
        return written

    @cached_property
    def credentials(self) -> Mapping[str, Mapping[str, str]]:
        """System -> its secrets."""
        known = read_secrets(self.secrets_file, self.deployment)
        folder = self.secrets_file.absolute().parent  # where a file of keys that is named without its folder stands
        return {s: {n: str(folder / v) if n.endswith("_file") else v for n, v in given.items()} for s, given in known.items()}

    @property
    def secrets_file(self) -> Path:
        """Where the credentials of systems stand."""
        return self.settings.secrets_file or self.scenario.folder / "secrets.json"

    @cached_property
    def lists(self) -> Mapping[str, frozenset[str]]:
        return self.deployment.code_lists()


@contextmanager
def open_hub(settings: Settings | None = None) -> Iterator[Hub]:
    """The hub of this environment; an embedded server that it had to start is stopped again."""
    settings = settings or read_settings()
    contracts = load_contracts()
    deployment = load_deployment(settings.deployment, frozenset(contracts), settings.as_of, data=settings.data is not None)
    scenario = open_scenario(settings, deployment)
    with ExitStack() as stack:
        if settings.database_url is not None:
            url = settings.database_url.get_secret_value()
        else:
            server = stack.enter_context(embedded_up(settings, scenario))
            url = server.ensure("hub", "hub", database_password(scenario, "hub"), takes_on=walls.ROLES)
        engine = connect(url)
        stack.callback(engine.dispose)
        migrate(engine)
        with engine.begin() as connection:
            ensure_all(connection, contracts)
        keys = Keys.from_file(settings.key_file or scenario.folder / "keys.json")
        yield Hub(settings, deployment, scenario, contracts, engine, keys, Landing(scenario.folder / "landing", keys))


def open_scenario(settings: Settings, deployment: Deployment) -> Scenario:
    """The state folder of these settings, made on first use."""
    as_of = settings.as_of or deployment.as_of
    name = settings.scenario or f"{deployment.name}-{settings.records}-{settings.dossiers}-seed{settings.seed}-{as_of:%Y%m%d}"
    folder = settings.home / name
    folder.mkdir(parents=True, exist_ok=True)
    clock = folder / "clock.json"
    if not clock.exists():
        clock.write_text(json.dumps({"as_of": as_of.isoformat(), "started": datetime.now(UTC).isoformat()}))
    told = json.loads(clock.read_text())
    return Scenario(folder, datetime.fromisoformat(told["as_of"]), datetime.fromisoformat(told["started"]))


def embedded_server(settings: Settings, scenario: Scenario) -> EmbeddedServer:
    """The embedded PostgreSQL of a scenario."""
    return EmbeddedServer(scenario.folder / "postgres", settings.database_port)


@contextmanager
def embedded_up(settings: Settings, scenario: Scenario) -> Iterator[EmbeddedServer]:
    """The embedded PostgreSQL, up for the time of the block; when it had to be started it is stopped again."""
    server = embedded_server(settings, scenario)
    started_here = not server.running()
    server.start()
    try:
        yield server
    finally:
        if started_here:
            server.stop()


def database_password(scenario: Scenario, role: str) -> str:
    """The password of a database role, made on first use."""
    path = scenario.folder / "database.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    if role not in known:
        known[role] = secrets.token_urlsafe(24)
        write_private(path, json.dumps(known))
    return str(known[role])


def read_secrets(path: Path, deployment: Deployment) -> Mapping[str, Mapping[str, str]]:
    """Credentials by system. For those of this machine's own city (addresses from `{twins}` and the like) random ones are made; nobody else's are."""
    known: dict[str, dict[str, str]] = json.loads(path.read_text()) if path.exists() else {}
    names = ("client_id", "client_secret", "access_key", "secret_key", "app_name", "partner_code", "username", "password")
    ours = ("{twins}", "{twins_files}", "{twins_store}", "{data}", "{reference}")
    read = deployment.systems.values()
    systems = (*read, *(each.described for each in read if each.described), *deployment.other_ways.values())
    missing = [s for s in systems if s.address.startswith(ours) and s.credentials_of not in known]
    if missing:
        known |= {s.credentials_of: {name: secrets.token_hex(12) for name in names} for s in missing}
        for system in missing:
            if "x509" in system.options.get("headers", ()):
                known[system.credentials_of] |= signing_files(path.parent / "certificates", system.credentials_of)
        write_private(path, json.dumps(known))
    return known


def store_address(settings: Settings) -> str:
    """Where the twin of the digitised store has its database, without a login.

    Raises:
        DeploymentInvalid: nobody says so, and there is no embedded server.
    """
    if settings.store_url is not None:
        url = sa.make_url(settings.store_url.get_secret_value())
        return sa.URL.create(url.drivername, None, None, url.host, url.port, url.database, url.query).render_as_string()
    if settings.database_url is not None:
        raise DeploymentInvalid("No database is named for the twin of the digitised store", hint="HUB_STORE_URL: an empty database with its owner's login")
    return f"postgresql://127.0.0.1:{settings.database_port}/{STORE}"


def store_owner(settings: Settings, scenario: Scenario, readers: Mapping[str, str]) -> Path | None:
    """File with the owner's URL of the database that the twin of the digitised store fills; None: there is none.

    The embedded server must be up; `readers` (login -> password) are made on it. On another server its administrator makes them.
    """
    if settings.store_url is not None:
        url = settings.store_url.get_secret_value()
    elif settings.database_url is None:
        url = embedded_server(settings, scenario).ensure(STORE, STORE, database_password(scenario, STORE), readers=readers)
    else:
        return None
    path = scenario.folder / "store.url"
    write_private(path, url)
    return path
