"""Builds the hub from settings and deployment: the only module that knows the concrete classes.

More than 300 lines stand here on purpose: what the hub is made of is one list. Most commands only ask
the database; so the loading path and the connectors are imported by the methods that need them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from contracts.errors import DeploymentInvalid
from contracts.load import load_contracts
from contracts.model import Contract
from hub.access import row_security
from hub.access.logins import ownership
from hub.access.logins.duty import Duty
from hub.access.tokens import machine_now
from hub.core import collector, events
from hub.core.crypto import Keys
from hub.core.database import connect, migrate, migrated
from hub.core.deployment import Deployment, Stream, load_deployment
from hub.core.errors import NotFound
from hub.core.settings import Settings, read_settings
from hub.load.landing import Landing, pages_in
from hub.load.warehouse import ensure_all
from hub.local.credentials import Credentials
from hub.local.scenario import Scenario, embedded_up, open_scenario
from hub.local.secrets import database_password, is_twin, read_secrets, store_address

if TYPE_CHECKING:
    from connectors.interface import Source, System
    from hub.feeds.building import DeliveryBuilder
    from hub.feeds.declared import Feed
    from hub.load.exchange import Exchange
    from hub.sending.sender import FeedSender
    from hub.submitting.submitter import Submitter


@dataclass(frozen=True)
class Hub:
    """Everything that a command or a task needs."""

    settings: Settings
    deployment: Deployment
    scenario: Scenario
    contracts: Mapping[str, Contract]
    engine: sa.Engine
    keys: Keys
    landing: Landing
    _lists: dict[date, Mapping[str, frozenset[str]]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def exchange(self, stream_id: str, **options: Any) -> Exchange:
        """The loading path of one stream.

        Raises:
            NotFound: no such stream.
            NoEngine: its contract says what nothing executes; nothing is asked of the system.
        """
        from hub.load import basis, stream_state
        from hub.load.exchange import Exchange
        from hub.load.validation import Validator
        from quality.coverage import coverage

        stream = self.deployment.stream(stream_id)
        contract = self.contracts[stream.contract]
        coverage(contract)
        with self.engine.begin() as connection:
            ensure_all(connection, {contract.name: contract})
            stream_state.register(
                connection, stream.id, stream.system.id, stream.contract, repeats=stream.system.repeats
            )
        self.publish_owners()
        self.publish_feeds()
        source = self.source(stream)
        listener = {"on_event": options["on_event"]} if "on_event" in options else {}
        judge = Validator(
            source,
            contract,
            self.engine,
            self.landing,
            self.keys,
            self.lists,
            self.settings.gate_share,
            docs=self.scenario.folder / "data-docs",
            **listener,
        )
        return Exchange(
            stream.id,
            source,
            contract,
            self.engine,
            self.landing,
            judge,
            now=self.scenario.now,
            overlap=stream.system.overlap,
            batch_records=self.settings.batch_records,
            reading=self.reading,
            again=stream.system.again,
            keep_basis=lambda: basis.keep(self.engine, self.landing, contract, self.deployment, self.scenario.now()),
            **options,
        )

    def publish_owners(self) -> None:
        """Bring the list of who answers for records to the deployment's files and to the day.

        Raises:
            DeploymentInvalid: one of the files is wrong.
        """
        from hub.load import case_owners

        with self.engine.begin() as connection:
            case_owners.publish(connection, self.deployment, self.scenario.now())

    def publish_feeds(self) -> None:
        """Bring the list of feeds, for which merges note batches, to the deployment's files and to the day.

        Raises:
            DeploymentInvalid: one of the files is wrong.
        """
        from hub.load import outbox

        day = self.deployment.local_day(self.scenario.now())
        active = {feed.id: feed.contract.name for feed in self.declared_feeds.values() if feed.on(day)}
        with self.engine.begin() as connection:
            outbox.register(connection, active)

    @property
    def feeds(self) -> Mapping[str, Feed]:
        """The feeds of which deliveries are built, by id. Raises DeploymentInvalid."""
        return {name: feed for name, feed in self.declared_feeds.items() if not feed.submitted}

    @cached_property
    def declared_feeds(self) -> Mapping[str, Feed]:
        """All declared feeds by id, those whose records are submitted one by one too. Raises DeploymentInvalid."""
        from hub.access.grants.load import read_grants
        from hub.access.grants.signatures import GrantTrust
        from hub.feeds.declared import read_feeds

        if not (self.deployment.folder / "feeds").is_dir():
            return {}
        grants = read_grants(self.deployment.folder, self.contracts)
        return read_feeds(self.deployment.folder, self.contracts, grants, GrantTrust.of(self.deployment))

    def feed(self, name: str) -> Feed:
        """A declared feed. Raises NotFound."""
        known = self.declared_feeds
        if name not in known:
            raise NotFound(f"No feed {name}", hint=f"known are {', '.join(known) or 'none: see docs/feeds.md'}")
        return known[name]

    def delivery_builder(self) -> DeliveryBuilder:
        """Builds deliveries of the feeds."""
        from hub.access.grants.territory import Territories
        from hub.core.units import read_units
        from hub.feeds.building import DeliveryBuilder

        return DeliveryBuilder(
            self.engine,
            self.keys,
            self.scenario.folder / "deliveries",
            self.scenario.folder / "feed-keys",
            Territories(read_units(self.deployment.folder / "reference")),
            self.deployment.name,
            self.deployment.timezone,
            self.scenario.now,
        )

    def feed_sender(self) -> FeedSender:
        """Hands deliveries over to their receivers."""
        from hub.sending.sender import FeedSender

        folder = self.scenario.folder / "deliveries"
        return FeedSender(self.engine, self.keys, folder, self.deployment.local_day, self.scenario.now)

    def submitter(self) -> Submitter:
        """Submits records one by one to receivers that take no deliveries."""
        from hub.submitting.submitter import Submitter

        return Submitter(self.engine, self.keys, self.deployment.local_day, self.scenario.now)

    def source(self, stream: Stream) -> Source:
        """The connector of a stream."""
        import connectors
        from hub.load.transcoding import TranscodingSource
        from hub.local.second_login import SecondLogin

        contract = self.contracts[stream.contract]
        here = self.system(stream.system.id)
        source = connectors.open_source(here, contract)
        if (other := self.credentials.second(stream.system.credentials_of)) is not None:
            said = partial(events.emit, "credentials.second", {"system": here.id, "stream": stream.id})
            source = SecondLogin(source, connectors.open_source(replace(here, credentials=other), contract), said)
        return TranscodingSource(source, contract, stream.id) if stream.system.old_text else source

    def system(self, system_id: str) -> System:
        """An outside system, with its address and credentials."""
        from connectors.interface import System

        there = self.deployment.there(self.deployment.today)
        try:
            entry = {**there.systems, **there.other_ways}[system_id]
        except KeyError:
            raise self.deployment.unknown(system_id) from None
        login = entry.credentials_of
        if login not in self.credentials:
            raise DeploymentInvalid(
                f"No credentials of {login} in {self.secrets_file}",
                hint=f'add "{login}": {{...}} to it; see docs/add-a-system.md',
            )
        return System(
            id=entry.id,
            title=entry.title,
            dialect=entry.dialect,
            address=self._address(entry.address),
            credentials=self.credentials[login],
            options=entry.options,
            folder=entry.path.parent,
            overlap=entry.overlap,
            now=self.scenario.now,
            theirs=None if is_twin(entry.address) else machine_now,
            file=entry.file,
        )

    def _address(self, written: str) -> str:
        """An address, with the placeholders of this machine replaced."""
        folders = {
            "{twins_files}": self.scenario.twins_files,
            "{reference}": self.deployment.folder / "reference",
            "{data}": self.settings.data,
        }
        written = written.replace("{twins}", self.settings.twins_address)
        if "{twins_store}" in written:
            written = written.replace("{twins_store}", store_address(self.settings))
        for name, folder in folders.items():
            if folder is not None:
                written = written.replace(name, folder.absolute().as_uri())
        return written

    @cached_property
    def credentials(self) -> Credentials:
        """Secrets by login; names of files begin in the folder of the secrets."""
        return Credentials(read_secrets(self.secrets_file, self.deployment), self.secrets_file.absolute().parent)

    @property
    def secrets_file(self) -> Path:
        """File with the credentials of systems."""
        return self.settings.secrets_file or self.scenario.folder / "secrets.json"

    @property
    def key_file(self) -> Path:
        """File with the keys."""
        return self.settings.key_file or self.scenario.folder / "keys.json"

    @cached_property
    def reading(self) -> bytes:
        """Hash of the deployment's files, which decide how pages become records."""
        from hub.load import repeats

        return repeats.fingerprint(self.deployment.folder)

    @property
    def lists(self) -> Mapping[str, frozenset[str]]:
        """The code lists of today."""
        today = self.deployment.today
        if today not in self._lists:
            self._lists[today] = self.deployment.code_lists()
        return self._lists[today]


@contextmanager
def open_hub(settings: Settings | None = None, duty: Duty = Duty.LOADING) -> Iterator[Hub]:
    """The hub of this environment, under the login of a duty. If it had to start the embedded server, it stops it again.

    Raises:
        DatabaseBehind: the database lacks something of this version, and the login may not add it.
    """
    settings = settings or read_settings()
    contracts = load_contracts(own=settings.deployment)
    data = settings.data is not None
    deployment = load_deployment(settings.deployment, frozenset(contracts), settings.as_of, data=data)
    scenario = open_scenario(settings, deployment)
    deployment = replace(deployment, clock=scenario.now)
    with ExitStack() as stack:
        given = settings.url_for(duty)
        if given is not None:
            url = given.get_secret_value()
        else:
            server = stack.enter_context(embedded_up(settings, scenario))
            url = server.ensure("hub", "hub", database_password(scenario, "hub"), takes_on=row_security.ROLES)
        engine = connect(url)
        stack.callback(engine.dispose)
        with engine.connect() as connection:
            if not migrated(connection):
                ownership.require(connection)
        migrate(engine)
        with engine.begin() as connection:
            ensure_all(connection, contracts)
        folder = scenario.folder / "landing"
        own = scenario.folder / "keys.json"
        keys = Keys.from_file(settings.key_file or own, unused=settings.key_file is None and not pages_in(folder))
        landing = Landing(folder, keys)
        landing.sweep()
        collector.resume()
        yield Hub(settings, deployment, scenario, contracts, engine, keys, landing)
