"""The programs of an embedded PostgreSQL (`initdb`, `pg_ctl`), run under the account that owns the server's folder."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import Transient
from hub.core.errors import NoRoom
from hub.local.server_account import FORMER, known

FULL = "No space left on device"
"""What PostgreSQL's programs and its log say of a disk without room (ENOSPC, in the C locale)."""

LOG_TAIL = 4_096
"""Bytes at the end of the server's log that are searched for the reason why it did not start."""


class ServerUnavailable(Transient):
    """The embedded server did not start; its log says why."""


@dataclass(frozen=True)
class ServerPrograms:
    """PostgreSQL's programs for one data folder."""

    folder: Path
    """Where the programs are."""
    data: Path
    log: Path
    account: pwd.struct_passwd | None
    """Whom root runs them as."""

    def run(self, program: str, *arguments: str, passing: int | None = None, reading: str | None = None) -> None:
        """Run a program to its end; `passing` is a descriptor that it inherits, `reading` its input.

        Raises:
            NoRoom: the disk is full.
            ServerUnavailable: it failed for another reason.
        """
        done = self.attempt(program, *arguments, passing=passing, reading=reading)
        if done.returncode == 0:
            return
        if FULL in done.stdout or (program == "pg_ctl" and FULL in self.end_of_log()):
            raise NoRoom(
                f"The disk of {self.data.parent} is full: {program} of the embedded database failed",
                hint="make room, then run the command again",
            )
        raise ServerUnavailable(
            f"{program} of the embedded database failed (exit {done.returncode}): {done.stdout.strip()[-500:]}",
            hint=f"read {self.log}",
        )

    def stop(self, way: str = "fast") -> None:
        """Stop the server; one that does not end within a minute is ended at once, and recovers at its next start.

        Raises:
            ServerUnavailable: not even that ended it.
        """
        words = ("-D", str(self.data), "-w", "-t", "60", "stop", "-m")
        if way == "fast" and self.attempt("pg_ctl", *words, "fast").returncode == 0:
            return
        self.run("pg_ctl", *words, "immediate")

    def attempt(
        self, program: str, *arguments: str, passing: int | None = None, reading: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, whatever that is."""
        account = self.runs_as()
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        # A file, not a pipe: the server inherits it and would keep a pipe open for ever. It has no name that a link
        # could take.
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            done = subprocess.run(
                [str(self.folder / program), *arguments],
                **({"stdin": subprocess.DEVNULL} if reading is None else {"input": reading.encode()}),
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

    def runs_as(self) -> pwd.struct_passwd | None:
        """The account: of a server that an earlier version started, and that still runs, the former one."""
        former = known(FORMER) if self.account else None
        if former and os.path.lexists(self.data) and self.data.lstat().st_uid == former.pw_uid:
            return former
        return self.account

    def end_of_log(self) -> str:
        """The last lines of the server's log."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, self.log.stat().st_size - LOG_TAIL))
                return file.read().decode(errors="replace")
        except OSError:
            return ""


def recovers(said: str) -> bool:
    """Whether a server that lets nobody in reads its log again, by its own words."""
    return any(words in said for words in ("starting up", "in recovery", "not yet accepting", "not accepting"))
