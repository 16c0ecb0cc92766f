"""The folder of backups, and what is known about each one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.errors import Permanent
from hub.core.deployment import load_deployment
from hub.core.errors import NotFound, StreamBusy
from hub.core.settings import Settings
from hub.core.state_files import PART, locked, read_json, write_whole
from hub.local.scenario import Scenario, open_scenario

FACTS = "backup.json"
LOST = "the backup cannot be used without it: take another one"


class BackupDamaged(Permanent):
    """A file of a backup is missing or altered."""


@dataclass(frozen=True)
class MarkedDigest:
    """A table of the warehouse at the mark of a backup."""

    table: str
    rows: int
    digest: str


@dataclass(frozen=True)
class LogMark:
    """A moment of the log at which the warehouse's digests are known."""

    lsn: str
    at: str
    digests: tuple[MarkedDigest, ...]


@dataclass(frozen=True)
class Backup:
    """What is known about one backup. Times are the server's, in UTC."""

    id: str
    server_version: int
    """As PostgreSQL counts it: 180004."""
    slot: str
    key: str
    """Which master key opens what it holds (not the key)."""
    ended_at: str
    """It can be restored to this moment and to later ones."""
    reaches: str = ""
    """Moment of the last transaction whose log was fetched."""
    reached_lsn: str = ""
    fetched_at: str = ""
    """When was last seen that nothing newer is there."""
    mark: LogMark | None = None
    closed: bool = False
    """A newer backup follows: no more log is added."""

    @property
    def major(self) -> int:
        return self.server_version // 10_000


@dataclass(frozen=True)
class Catalogue:
    """All backups of one scenario."""

    folder: Path

    def path(self, backup: Backup | str) -> Path:
        return self.folder / (backup if isinstance(backup, str) else backup.id)

    @property
    def landing(self) -> Path:
        return self.folder / "landing"

    def all(self) -> list[Backup]:
        """Oldest first."""
        return [self.read(path.parent.name) for path in sorted(self.folder.glob(f"*/{FACTS}"))]

    def read(self, id: str) -> Backup:
        """Raises NotFound, StateBroken."""
        path = self.path(id) / FACTS
        if not path.exists():
            raise NotFound(f"No backup {id} in {self.folder}", hint="hub backup list")
        facts: dict[str, Any] = read_json(path, hint=LOST)
        mark = facts.pop("mark")
        try:
            known = (
                None
                if mark is None
                else LogMark(**{**mark, "digests": tuple(MarkedDigest(**d) for d in mark["digests"])})
            )
            return Backup(**facts, mark=known)
        except (TypeError, KeyError):
            raise BackupDamaged(f"{path} is not what this version writes", hint=LOST) from None

    def newest(self) -> Backup:
        """Raises NotFound."""
        found = self.all()
        if not found:
            raise NotFound(f"There is no backup in {self.folder}", hint="hub backup run")
        return found[-1]

    def for_moment(self, at: datetime) -> Backup:
        """The newest backup that ended by a moment. Raises NotFound."""
        fit = [each for each in self.all() if datetime.fromisoformat(each.ended_at) <= at]
        if not fit:
            raise NotFound(f"No backup reaches back to {at.isoformat()}", hint="hub backup list")
        return fit[-1]

    def write(self, backup: Backup, folder: Path | None = None) -> Backup:
        write_whole((folder or self.path(backup)) / FACTS, json.dumps(asdict(backup), ensure_ascii=False, indent=1))
        return backup

    def change(self, backup: Backup, **values: Any) -> Backup:
        return self.write(replace(backup, **values))

    def segments(self, backup: Backup) -> list[Path]:
        """Files of its log, in order."""
        return sorted((self.path(backup) / "wal").glob("[0-9A-F]" * 24 + "*"))

    def sweep(self) -> None:
        """Remove what takers that were killed left behind."""
        for left in self.folder.glob(f"*{PART}"):
            shutil.rmtree(left, ignore_errors=True)

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Only one process takes (or receives) at a time. Raises StreamBusy: another does."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = self.folder / f".{what}.lock"
        lock.touch(mode=0o600)
        with locked(lock, wait=what == "receive") as mine:
            if not mine:
                raise StreamBusy(
                    f"Another process works on the backups in {self.folder}", hint="wait until it has ended"
                )
            yield


def catalogue_of(settings: Settings, scenario: Scenario) -> Catalogue:
    """The backups of a scenario: below `HUB_BACKUPS`, or in its own folder."""
    folder = scenario.folder / "backups" if settings.backups is None else settings.backups / scenario.folder.name
    return Catalogue(folder.absolute())


def scenario_of(settings: Settings) -> Scenario:
    """The scenario of these settings, without its database."""
    return open_scenario(
        settings, load_deployment(settings.deployment, as_of=settings.as_of, data=settings.data is not None)
    )


def new_id() -> str:
    """A name that sorts by time."""
    return f"{datetime.now(UTC):%Y%m%dt%H%M%S%f}z"
