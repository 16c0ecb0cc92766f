"""What a scenario of a size needs: disk, memory and time, said before anything is started.

The figures a record are those of docs/benchmarks.md and of the twins' process, rounded up: a run that ends sooner has
lost nothing, a run that fills the disk at night has.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hub.core.errors import NoRoom
from hub.core.settings import Settings

DISK_A_RECORD = 2_000
"""Bytes: landed page, row, its indexes, and its share of the write-ahead log."""
DISK_OF_THE_TWINS = 1_500
"""Bytes a registration: the twins' registers, which they keep in files."""
DISK_AT_REST = 4 << 30
"""Bytes: an empty database, and the write-ahead log at its largest (`max_wal_size`)."""
MEMORY_A_RECORD = 1_900
"""Bytes of the twins while they build the city; they serve it with a sixth of that."""
MEMORY_AT_REST = 2 << 30
"""Bytes: the hub's process, PostgreSQL with its shared buffers, Airflow's processes."""
SECONDS_A_RECORD = 400e-6
"""CPU of hub, twins and PostgreSQL together."""
RECORDS_A_DOSSIER = 6
"""A dossier with its components, fees, supplements and results."""
RECORDS_BESIDE = 1.3
"""The digitised books and the portals repeat a part of the registrations and dossiers."""


@dataclass(frozen=True)
class Needs:
    """What a run needs, and what this machine has of it."""

    records: int
    disk: int
    """Bytes."""
    disk_free: int
    """Bytes, with those that an earlier run of the scenario has taken already."""
    memory: int
    """Bytes."""
    memory_free: int
    """Bytes that can be had without swapping."""
    hours: float

    def __str__(self) -> str:
        return (
            f"about {self.records:,} records need {_gb(self.disk)} of disk ({_gb(self.disk_free)} free), "
            f"{_gb(self.memory)} of memory ({_gb(self.memory_free)} free) and {_time(self.hours)} on {os.cpu_count()} cores"
        )


def needs_of(settings: Settings, folder: Path, districts: int) -> Needs:
    """The needs of the scenario of these settings in its folder, with so many districts that have dossiers."""
    records = round((settings.records + districts * settings.dossiers * RECORDS_A_DOSSIER) * RECORDS_BESIDE)
    return Needs(
        records,
        DISK_AT_REST + records * DISK_A_RECORD + settings.records * DISK_OF_THE_TWINS,
        shutil.disk_usage(folder).free + _taken(folder),
        MEMORY_AT_REST + settings.records * MEMORY_A_RECORD,
        _available(),
        records * SECONDS_A_RECORD / (os.cpu_count() or 1) / 3600,
    )


def require(needs: Needs, most_hours: float | None = None) -> None:
    """Refuse a run that cannot end well.

    Raises:
        NoRoom: not so much disk or memory is free, or it would take longer than `most_hours`. Nothing was started.
    """
    lacking = [
        name
        for name, wanted, there in (
            ("disk", needs.disk, needs.disk_free),
            ("memory", needs.memory, needs.memory_free),
            ("time", needs.hours, most_hours if most_hours is not None else needs.hours),
        )
        if wanted > there
    ]
    if lacking:
        raise NoRoom(
            f"Not enough {' and '.join(lacking)}: {needs}",
            hint="make room, set HUB_HOME to a larger disk, or ask for fewer records; --anyway starts nevertheless",
        )


def _taken(folder: Path) -> int:
    """Bytes of the files below a folder; one that vanishes meanwhile counts nothing."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += (Path(where) / name).lstat().st_size
    return total


def _available() -> int:
    """Memory that can be had without swapping (MemAvailable)."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def _time(hours: float) -> str:
    return f"{hours * 60:.0f} minutes" if hours < 1 else f"{hours:.1f} hours"
