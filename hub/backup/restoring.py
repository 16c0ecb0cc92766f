"""Back to a moment: into the scenario's embedded server, or into a folder for a server of one's own."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from contracts.errors import DeploymentInvalid
from hub.backup.catalogue import Backup, BackupDamaged, Catalogue
from hub.backup.landing_copy import copy_pages
from hub.core.state_files import write_whole
from hub.local.embedded import EmbeddedServer
from hub.local.recovery import UNFINISHED, DatabaseThere, RestoreFailed, lay_out, recover, recovery_settings


@dataclass(frozen=True)
class RestoreTarget:
    """Where a restore ends."""

    backup: Backup
    settings: Mapping[str, str]
    """PostgreSQL's settings; none: the end of the log."""


def target_of(catalogue: Catalogue, to: datetime | None, id: str = "") -> RestoreTarget:
    """What to restore, and to where: the newest backup before the moment, unless one is named.

    Raises:
        NotFound: there is none.
        RestoreFailed: the log does not reach the moment.
    """
    if to is None:
        return RestoreTarget(catalogue.read(id) if id else catalogue.newest(), {})
    backup = catalogue.read(id) if id else catalogue.for_moment(to)
    if to < datetime.fromisoformat(backup.ended_at):
        raise RestoreFailed(f"Backup {backup.id} begins at {backup.ended_at}", hint="hub backup list")
    if not backup.fetched_at or to > datetime.fromisoformat(backup.fetched_at):
        raise RestoreFailed(
            f"The log of backup {backup.id} reaches to {backup.fetched_at or 'its own end'}, not to {to.isoformat()}",
            hint="an earlier moment, or no --to for all that there is",
        )
    if to > datetime.fromisoformat(backup.reaches):
        return RestoreTarget(backup, {})  # nothing happened between the last transaction and the moment
    return RestoreTarget(backup, {"recovery_target_time": to.isoformat()})


def at_mark(backup: Backup) -> RestoreTarget:
    """The moment whose digests are known. Raises RestoreFailed: none is."""
    if backup.mark is None:
        raise RestoreFailed(f"Backup {backup.id} was taken without digests", hint="hub backup run, without --no-digest")
    return RestoreTarget(backup, {"recovery_target_lsn": backup.mark.lsn, "recovery_target_inclusive": "off"})


def segments_of(catalogue: Catalogue, backup: Backup) -> list[Path]:
    """The log of a backup, without a gap.

    Raises:
        BackupDamaged: a segment is missing in between.
    """
    found = [each for each in catalogue.segments(backup) if len(each.name.removesuffix(UNFINISHED)) == 24]
    places = [_place(each, found[0].stat().st_size) for each in found]
    for before, after in itertools.pairwise(places):
        if after != before + 1:
            raise BackupDamaged(f"Log is missing in backup {backup.id} after {found[places.index(before)].name}")
    return found


def _place(segment: Path, size: int) -> int:
    """Which one it is, of all segments of a timeline: its name has the number of 4 GB and the number within."""
    return int(segment.name[8:16], 16) * ((1 << 32) // size) + int(segment.name[16:24], 16)


def restore(catalogue: Catalogue, target: RestoreTarget, server: EmbeddedServer, landing: Path) -> int:
    """Restore the embedded server, which is stopped, and pages that the landing folder lacks; return their number.

    Raises:
        DatabaseThere: the server has data.
        RestoreFailed: the backup cannot be read.
    """
    recover(server, catalogue.path(target.backup) / "base", segments_of(catalogue, target.backup), target.settings)
    return copy_pages(catalogue.landing, landing, over=False)


def restore_into(catalogue: Catalogue, target: RestoreTarget, folder: Path) -> Path:
    """Make a data folder for a server of the same release, which recovers when it is started.

    Raises:
        DatabaseThere: the folder is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise DatabaseThere(f"{folder} is not empty; a restore overwrites nothing", hint="name a new folder")
    if folder.exists():
        folder.rmdir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    lay_out(catalogue.path(target.backup) / "base", segments_of(catalogue, target.backup), folder)
    own = folder / "postgresql.auto.conf"
    lines = [f"{name} = '{value}'" for name, value in recovery_settings(target.settings).items()]
    write_whole(own, "\n".join([own.read_text(encoding="utf-8") if own.exists() else "", *lines, ""]))
    return folder


def require_release(backup: Backup, server_version: int) -> None:
    """Raises DeploymentInvalid: the programs at hand are of another release than the backup."""
    if backup.major != server_version:
        raise DeploymentInvalid(
            f"Backup {backup.id} is of PostgreSQL {backup.major}, and the programs here are of {server_version}",
            hint=f"HUB_POSTGRES_BIN=/usr/lib/postgresql/{backup.major}/bin, or where they are",
        )
