"""A scenario: a state folder with its clock and its embedded server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hub.core.deployment import Deployment
from hub.core.settings import Settings
from hub.core.state_files import StateBroken, read_json, sweep, write_once
from hub.local.embedded import EmbeddedServer

_CLOCK = 'put it back from its copy, or write {"as_of": ..., "started": ...}: two times in ISO 8601 with their zone'


@dataclass(frozen=True)
class Scenario:
    """A state folder for one combination of records, seed and as_of: another seed gets a folder without old rows."""

    folder: Path
    as_of: datetime
    started: datetime
    """The machine's time when the scenario's clock showed `as_of`."""

    @property
    def twins_files(self) -> Path:
        """Folder into which the twins deliver files: `{twins_files}` in the address of a system."""
        return self.folder / "twins-files"

    def now(self) -> datetime:
        """The deployment's clock. Business logic never reads the machine's date."""
        return self.as_of.astimezone(UTC) + (datetime.now(UTC) - self.started)


def open_scenario(settings: Settings, deployment: Deployment) -> Scenario:
    """The scenario of these settings; its folder is created on first use."""
    as_of = settings.as_of or deployment.as_of
    name = (
        settings.scenario
        or f"{deployment.name}-{settings.records}-{settings.dossiers}-seed{settings.seed}-{as_of:%Y%m%d}"
    )
    folder = settings.home / name
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    clock = folder / "clock.json"
    if clock.exists() and not clock.stat().st_size and list(folder.iterdir()) == [clock]:
        clock.unlink()  # a kill in the first start left it: nothing else has begun yet
    if not clock.exists():
        write_once(clock, json.dumps({"as_of": as_of.isoformat(), "started": datetime.now(UTC).isoformat()}))
    times = read_json(clock, hint=_CLOCK)
    try:
        return Scenario(folder, datetime.fromisoformat(times["as_of"]), datetime.fromisoformat(times["started"]))
    except (KeyError, TypeError, ValueError):
        raise StateBroken(f"{clock} does not say as_of and started", hint=_CLOCK) from None


def embedded_server(settings: Settings, scenario: Scenario) -> EmbeddedServer:
    """The embedded PostgreSQL of a scenario."""
    return EmbeddedServer(scenario.folder / "postgres", settings.database_port)


@contextmanager
def embedded_up(settings: Settings, scenario: Scenario) -> Iterator[EmbeddedServer]:
    """The embedded PostgreSQL, which runs during the block. The last process that uses it stops it."""
    server = embedded_server(settings, scenario)
    with server.in_use():
        yield server
