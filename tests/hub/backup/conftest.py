"""A small city that runs on an embedded server of its own, whose log is kept; and its twins."""

from __future__ import annotations

import json
import shutil
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hub.app import Hub, open_hub
from hub.backup.catalogue import Catalogue, catalogue_of, scenario_of
from hub.backup.server import BackedUpServer, server_of
from hub.core import events
from hub.core.settings import ROOT, Settings, read_settings
from hub.local import embedded, server_settings
from hub.local.embedded import EmbeddedServer
from hub.local.scenario import embedded_server
from hub.operations.digest import digests
from tests.conftest import IN_MEMORY, free_port
from tests.small_city import small_city

HCMC = ROOT / "deployments" / "hcmc"
STREAM = "one-stop-761.dossier"


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of a small city's twins, and the file of its secrets."""
    secrets = tmp_path_factory.mktemp("secrets") / "secrets.json"
    with small_city(secrets, dossiers=60) as address:
        yield address, secrets


@dataclass
class BackedUpCity:
    """A state folder that is backed up, and what its commands read from the environment."""

    settings: Settings
    twins: str

    @contextmanager
    def opened(self) -> Iterator[tuple[Hub, BackedUpServer, Catalogue]]:
        with open_hub(self.settings) as hub:
            yield hub, server_of(self.settings, hub.scenario), catalogue_of(self.settings, hub.scenario)

    def environment(self) -> Mapping[str, str]:
        """Its settings, for a command."""
        given = self.settings.model_dump(exclude_unset=True)
        return {f"HUB_{name.upper()}": str(value) for name, value in given.items()}

    def change(self, count: int, seed: int) -> None:
        """Dossiers change at their source."""
        for path, asked in (
            ("clock", {"advance_s": 60}),
            ("change", {"system": STREAM.split(".", 1)[0], "count": count, "seed": seed}),
        ):
            urllib.request.urlopen(f"{self.twins}/control/{path}", json.dumps(asked).encode(), timeout=30).close()


def load(hub: Hub, mode: Any = "live") -> None:
    hub.exchange(STREAM, on_event=events.ignore).sync(mode=mode)


def digest(hub: Hub) -> dict[str, tuple[int, str]]:
    return {each.table: (each.rows, each.digest) for each in digests(hub.engine, iter(hub.contracts.values()))}


def moment(server: BackedUpServer) -> Any:
    """The server's time."""
    with psycopg.connect(server.url.set(drivername="postgresql").render_as_string(hide_password=False)) as session:
        row = session.execute("select clock_timestamp()").fetchone()
        assert row is not None
        return row[0]


def destroy(city: BackedUpCity, scenario: Any) -> EmbeddedServer:
    """What a burnt disk leaves of the database and the landing: nothing."""
    server = embedded_server(city.settings, scenario)
    server.stop()
    shutil.rmtree(server.place)
    shutil.rmtree(server.folder, ignore_errors=True)
    shutil.rmtree(scenario.folder / "landing", ignore_errors=True)
    return embedded_server(city.settings, scenario)


@pytest.fixture
def city(twins: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[BackedUpCity]:
    """A city that has read nothing yet."""
    folder = Path(tempfile.mkdtemp(prefix="motlan-backup-", dir=IN_MEMORY if IN_MEMORY.is_dir() else None))
    folder.chmod(0o755)
    monkeypatch.setattr(embedded, "SHELTER", folder / "shelter")
    (folder / "shelter").mkdir(mode=0o755)
    light = {
        "fsync": "off",
        "shared_buffers": "64MB",
        "min_wal_size": "80MB",
        "idle_in_transaction_session_timeout": "0",
    }
    for name, value in light.items():
        monkeypatch.setitem(server_settings.SETTINGS, name, value)
    address, secrets = twins
    given = {"home": folder / "home", "port_base": free_port() - 1, "twins_url": address, "secrets_file": secrets}
    settings = read_settings(
        **given,
        wal_level="replica",
        backups=folder / "backups",
        scenario="city",
        store_url="postgresql://nobody@127.0.0.1:1/none",
    )
    made = BackedUpCity(settings, address)
    yield made
    server = embedded_server(settings, scenario_of(settings))
    if server.running():
        server.stop()
    shutil.rmtree(folder, ignore_errors=True)
