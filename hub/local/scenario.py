"""The state folder of a deployment, with its clock and its embedded server.

A deployment runs on the real day. A scenario (twins, demonstrations, backtests) has a clock of its own, which started
at `as_of`: every screen says so. State belongs to a deployment, not to a day, so the folder's name has none:

    <deployment>                                       on the real day
    <deployment>-<records>-<dossiers>-seed<seed>       a scenario: another city of twins is another folder
    <the same>-<day>                                   one of an earlier release, used on as it is
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hub.core import events
from hub.core.deployment import Deployment
from hub.core.settings import Settings
from hub.core.state_files import StateBroken, read_json, sweep, write_once, write_whole

if TYPE_CHECKING:
    from hub.local.embedded import EmbeddedServer

WAL_LEVEL = "wal_level"
"""File with the level that `HUB_WAL_LEVEL` named last: a server that is backed up stays one without the variable."""

FILE = "clock.json"
REAL = "real"
_CLOCK = (
    'put it back from its copy, or write {"as_of": ..., "started": ...}: two times in ISO 8601 with their zone; '
    '{"clock": "real", "started": ...} for a deployment on the real day'
)


@dataclass(frozen=True)
class Scenario:
    """A state folder and its clock."""

    folder: Path
    as_of: datetime | None
    """Where a scenario's clock started; None: the clock is the machine's."""
    started: datetime
    """The machine's time at the first start, when a scenario's clock showed `as_of`."""

    @property
    def twins_files(self) -> Path:
        """Folder into which the twins deliver files: `{twins_files}` in the address of a system."""
        return self.folder / "twins-files"

    def now(self) -> datetime:
        """The deployment's clock. Business logic never reads the machine's date."""
        real = datetime.now(UTC)
        return real if self.as_of is None else self.as_of.astimezone(UTC) + (real - self.started)

    def banner(self, deployment: Deployment) -> str | None:
        """The line for every screen of a scenario; None on the real day."""
        if self.as_of is None:
            return None
        start, now = (moment.astimezone(deployment.zone) for moment in (self.as_of, self.now()))
        return (
            f"SCENARIO: the clock started at {start:%Y-%m-%d %H:%M} and shows {now:%Y-%m-%d}. This is not the real day."
        )


def open_scenario(settings: Settings, deployment: Deployment) -> Scenario:
    """The state of a deployment in these settings; its folder is created on first use.

    Raises:
        StateBroken: the folder has another clock than these settings, or state of an earlier release lies beside it.
    """
    as_of = deployment.as_of
    folder = _folder(settings, deployment)
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    clock = folder / FILE
    if clock.exists() and not clock.stat().st_size and list(folder.iterdir()) == [clock]:
        clock.unlink()  # a kill in the first start left it: nothing else has begun yet
    if not clock.exists():
        kind = {"clock": REAL} if as_of is None else {"as_of": as_of.isoformat()}
        write_once(clock, json.dumps({**kind, "started": datetime.now(UTC).isoformat()}))
    scenario = _read(clock)
    _require_same(scenario, deployment)
    if (line := scenario.banner(deployment)) is not None:
        events.announce(line)
    return scenario


def with_its_clock(settings: Settings, deployment: Deployment) -> Deployment:
    """The deployment on the clock of its state, if it has been started; nothing is created. For Airflow's parser."""
    clock = _folder(settings, deployment) / FILE
    if deployment.as_of is None or not clock.exists() or not clock.stat().st_size:
        return deployment
    return replace(deployment, clock=_read(clock).now)


def _folder(settings: Settings, deployment: Deployment) -> Path:
    if settings.scenario:
        return settings.home / settings.scenario
    if deployment.as_of is None:
        folder = settings.home / deployment.name
        _require_no_older(folder)
        return folder
    name = f"{deployment.name}-{settings.records}-{settings.dossiers}-seed{settings.seed}"
    older = settings.home / f"{name}-{deployment.as_of:%Y%m%d}"
    return older if older.exists() else settings.home / name


def _require_no_older(folder: Path) -> None:
    """The first start on the real day is no second, empty state beside one that an earlier release named by its day."""
    if folder.exists() or not folder.parent.is_dir():
        return
    named = re.compile(rf"{re.escape(folder.name)}-\d+-\d+-seed-?\d+-\d{{8}}")
    if older := sorted(each.name for each in folder.parent.iterdir() if named.fullmatch(each.name)):
        raise StateBroken(
            f"{folder} does not exist, but state of an earlier release does: {', '.join(older)}",
            hint=f"to go on with one on the real day: mv {folder.parent / older[0]} {folder}; rm {folder / FILE}; to "
            f"leave it and start anew: mkdir {folder}",
        )


def _read(clock: Path) -> Scenario:
    times = read_json(clock, hint=_CLOCK)
    try:
        as_of = None if times.get("clock") == REAL else datetime.fromisoformat(times["as_of"])
        return Scenario(clock.parent, as_of, datetime.fromisoformat(times["started"]))
    except (KeyError, TypeError, ValueError):
        raise StateBroken(f"{clock} does not say as_of and started", hint=_CLOCK) from None


def _require_same(scenario: Scenario, deployment: Deployment) -> None:
    if scenario.as_of == deployment.as_of:
        return
    folder = scenario.folder
    other = f"set HUB_SCENARIO to another name than {folder.name} for a state of its own"
    if scenario.as_of is None:
        raise StateBroken(
            f"{folder} runs on the real day, and HUB_AS_OF or deployment.yaml names a scenario's", hint=other
        )
    began = scenario.as_of.isoformat()
    if deployment.as_of is None:
        hint = f"HUB_AS_OF={began} goes on with it; {other}; rm {folder / FILE} brings it to the real day for good"
        raise StateBroken(f"{folder} is a scenario of {began}, and these settings name the real day", hint=hint)
    wanted = deployment.as_of.isoformat()
    raise StateBroken(
        f"{folder} is a scenario of {began}, and these settings name {wanted}",
        hint=f"HUB_AS_OF={began} goes on with it; {other}",
    )


def embedded_server(settings: Settings, scenario: Scenario) -> EmbeddedServer:
    """The embedded PostgreSQL of a scenario, with the level of its log (WAL) that it was last given."""
    from hub.local.embedded import EmbeddedServer  # Airflow's parser reads the clock alone, and no database driver
    from hub.local.server_settings import KEEPS_LOG

    kept = scenario.folder / WAL_LEVEL
    level = settings.wal_level or (kept.read_text(encoding="utf-8").strip() if kept.exists() else "minimal")
    return EmbeddedServer(scenario.folder / "postgres", settings.database_port, KEEPS_LOG if level == "replica" else {})


@contextmanager
def embedded_up(settings: Settings, scenario: Scenario) -> Iterator[EmbeddedServer]:
    """The embedded PostgreSQL, which runs during the block. The last process that uses it stops it."""
    if settings.wal_level is not None:
        write_whole(scenario.folder / WAL_LEVEL, settings.wal_level)
    server = embedded_server(settings, scenario)
    with server.in_use():
        yield server
