"""Whether a backup can be trusted: its bytes, and a rehearsal of the restore on a server of its own."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from contracts.errors import DeploymentInvalid
from contracts.model import Contract
from hub.backup.catalogue import Backup, BackupDamaged, Catalogue
from hub.backup.manifest import verify_base, verify_log
from hub.backup.restoring import RestoreTarget, at_mark, require_release, segments_of
from hub.core.crypto import Keys
from hub.core.database import connect
from hub.core.errors import LandingDamaged, Unbalanced
from hub.load.landing import Landing
from hub.local.embedded import EmbeddedServer
from hub.local.recovery import recover
from hub.operations.digest import digests_in

LIGHT = {"shared_buffers": "256MB", "fsync": "off", "max_wal_size": "1GB", "min_wal_size": "80MB"}
"""Of a server that is thrown away."""


@dataclass(frozen=True)
class Verified:
    """What was read of a backup."""

    backup: str
    segments: int
    pages: int


def verify(catalogue: Catalogue, backup: Backup, programs: Path, keys: Keys | None, pages: int | None) -> Verified:
    """Check the bytes: the base backup against its manifest, the log for gaps, pages by their hash.

    `pages`: how many, spread over all; None: every one. `keys`: without them pages cannot be opened, and none is.

    Raises:
        BackupDamaged: the first thing that is wrong.
    """
    manifest = verify_base(catalogue.path(backup) / "base")
    segments = segments_of(catalogue, backup)
    if major_of(programs) == backup.major:  # the log of another release can be checked for gaps only
        verify_log(programs, segments, manifest, backup.reached_lsn)
    found = sorted(catalogue.landing.glob("??/*.page"))
    step = 1 if pages is None else max(1, len(found) // max(1, pages))
    chosen = found[::step] if keys is not None else []
    if keys is not None:
        landing = Landing(catalogue.landing, keys)
        for page in chosen:
            try:
                landing.read(page.stem)
            except LandingDamaged as error:
                raise BackupDamaged(
                    f"In the copy of the landing: {error.message}", hint="hub doctor on the hub"
                ) from None
    return Verified(backup.id, len(segments), len(chosen))


@contextmanager
def rehearsed(catalogue: Catalogue, target: RestoreTarget, programs: Path | None) -> Iterator[sa.Engine]:
    """The restored database on a server of its own, which is gone after the block. The hub's own server is not touched.

    Raises:
        RestoreFailed: it cannot be restored.
    """
    folder = Path(tempfile.mkdtemp(prefix=".rehearsal-", dir=catalogue.folder))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = EmbeddedServer(folder, port, LIGHT, binaries=programs and programs.parent)
    require_release(target.backup, major_of(server.programs.folder))
    try:
        base, segments = catalogue.path(target.backup) / "base", segments_of(catalogue, target.backup)
        recover(server, base, segments, target.settings, foreign=True)
        server.start()
        engine = connect(server.url(_hub_database(server)))
        try:
            yield engine
        finally:
            engine.dispose()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
        if server.place != folder:
            shutil.rmtree(server.place, ignore_errors=True)


def rehearse(catalogue: Catalogue, backup: Backup, contracts: list[Contract], programs: Path | None) -> list[str]:
    """Restore a backup to its mark on a server of its own, and compare digests; return the names of the tables.

    Raises:
        Unbalanced: a table differs.
        RestoreFailed: it cannot be restored, or has no mark.
    """
    target = at_mark(backup)
    assert backup.mark is not None
    wanted = {each.table: (each.rows, each.digest) for each in backup.mark.digests}
    with rehearsed(catalogue, target, programs) as engine:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            found = {each.table: (each.rows, each.digest) for each in digests_in(connection, iter(contracts))}
            _require_pages(catalogue, connection)
    differ = sorted(table for table in wanted.keys() | found.keys() if wanted.get(table) != found.get(table))
    if differ:
        raise Unbalanced(
            f"Restored from backup {backup.id}, these tables differ from what they were: {', '.join(differ)}",
            hint="take another backup, and keep this one to find out why",
        )
    return sorted(found)


def _require_pages(catalogue: Catalogue, connection: sa.Connection) -> None:
    """Every page that the database knows is in the copy of the landing. Raises BackupDamaged."""
    there = {page.stem for page in catalogue.landing.glob("??/*.page")}
    lacking = sum(name not in there for name in connection.scalars(sa.text("select distinct sha256 from hub.landing")))
    if lacking:
        raise BackupDamaged(
            f"{lacking} landed pages that the database knows are not in the copy of the landing",
            hint="hub doctor on the hub, then hub backup run",
        )


def _hub_database(server: EmbeddedServer) -> str:
    """The database of the server that has the hub's tables."""
    import psycopg

    with psycopg.connect(server.url(), autocommit=True) as admin:
        names = [
            str(n) for (n,) in admin.execute("select datname from pg_database where datallowconn and not datistemplate")
        ]
    for name in names:
        with psycopg.connect(server.url(name), autocommit=True) as session:
            if session.execute("select to_regclass('hub.batch') is not null").fetchone() == (True,):
                return name
    raise BackupDamaged("No database of the backup has the hub's tables")


def major_of(programs: Path) -> int:
    """The release of PostgreSQL's programs in a folder. Raises DeploymentInvalid."""
    try:
        said = subprocess.run(
            [str(programs / "postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout
        return int(re.findall(r"\d+", said)[0])
    except (OSError, subprocess.CalledProcessError, IndexError):
        raise DeploymentInvalid(
            f"No PostgreSQL in {programs}", hint="HUB_POSTGRES_BIN: the folder with `postgres`"
        ) from None
