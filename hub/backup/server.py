"""The server that is backed up: PostgreSQL's own programs against it, the level of its log, its slots."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa

from contracts.errors import DeploymentInvalid, Permanent, Transient
from hub.core.database import errors_without_values
from hub.core.settings import Settings
from hub.local.scenario import Scenario, embedded_server
from hub.local.server_account import installed


class LogTooShort(Permanent):
    """The server keeps no log that a backup could be restored from."""

    exit_code = 78


class LogLost(Permanent):
    """The server has thrown away log that a backup lacks: the backup ends there."""


class ProgramFailed(Transient):
    """A program of PostgreSQL that takes a backup failed."""


@dataclass(frozen=True)
class BackedUpServer:
    """A PostgreSQL server by the login that may replicate it."""

    url: sa.URL
    programs: Path

    @contextmanager
    def session(self) -> Iterator[psycopg.Connection]:
        with errors_without_values():
            with psycopg.connect(self._plain(), autocommit=True, connect_timeout=10) as connection:
                yield connection

    def require_log(self) -> int:
        """The server's version. Raises LogTooShort: its log is too short for backups."""
        with self.session() as session:
            level = _one(session, "show wal_level")
            senders = int(_one(session, "show max_wal_senders"))
            version = int(_one(session, "show server_version_num"))
        if level == "minimal":
            raise LogTooShort(
                "The server runs with wal_level=minimal: its log is too short to restore a backup from",
                hint="set HUB_WAL_LEVEL=replica and start the hub again; on a server of your own: wal_level = replica in "
                "postgresql.conf, and a restart",
            )
        if senders < 2:
            raise LogTooShort(
                f"The server runs with max_wal_senders={senders}: a backup and its log need two",
                hint="max_wal_senders = 6 in postgresql.conf, and a restart",
            )
        return version

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of PostgreSQL against the server. Raises ProgramFailed."""
        address = self._plain(password=False)
        given = {"PGPASSWORD": self.url.password or "", "LC_ALL": "C", "PGCONNECT_TIMEOUT": "10"}
        done = subprocess.run(
            [str(self.programs / program), f"--dbname={address}", *arguments],
            env={**os.environ, **given},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode:
            raise ProgramFailed(
                f"{program} failed (exit {done.returncode}): {done.stderr.strip()[-500:]}",
                hint="the login needs the right to replicate, and a line `replication` in pg_hba.conf",
            )

    def _plain(self, *, password: bool = True) -> str:
        url = self.url.set(drivername="postgresql")
        return (url if password else url._replace(password=None)).render_as_string(hide_password=False)


def server_of(settings: Settings, scenario: Scenario) -> BackedUpServer:
    """The server of a scenario. Raises DeploymentInvalid: no login that may replicate is known."""
    programs = (settings.postgres_bin or installed() / "bin").absolute()
    if settings.database_url is None:
        return BackedUpServer(sa.make_url(embedded_server(settings, scenario).url()), programs)
    if settings.backup_url is None:
        raise DeploymentInvalid(
            "No login is known that may back up the server",
            hint="create role motlan_backup login replication password '...'; grant pg_monitor to motlan_backup; then "
            "HUB_BACKUP_URL",
        )
    return BackedUpServer(sa.make_url(settings.backup_url.get_secret_value()), programs)


def slot_prefix(folder: Path) -> str:
    """How the slots of a folder of backups begin: another hub on the same server has others."""
    return f"motlan_{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}_"


def slots(session: psycopg.Connection, prefix: str) -> list[str]:
    """Names of slots."""
    found = session.execute(
        "select slot_name from pg_replication_slots where starts_with(slot_name, %s) order by 1", [prefix]
    )
    return [str(name) for (name,) in found]


def require_slot(session: psycopg.Connection, slot: str) -> None:
    """Raises LogLost: the slot is gone, or the server has given up keeping the log for it."""
    found = session.execute("select wal_status from pg_replication_slots where slot_name = %s", [slot]).fetchone()
    if found is None or found[0] == "lost":
        raise LogLost(
            "The server no longer keeps the log that the newest backup lacks: it was restored or replaced, or nobody "
            "fetched for too long",
            hint="hub backup run takes a new one; the old one stays good to where it reaches (hub backup list)",
        )


def _one(session: psycopg.Connection, query: str) -> str:
    row = session.execute(query).fetchone()
    assert row is not None
    return str(row[0])
