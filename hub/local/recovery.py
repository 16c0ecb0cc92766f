"""An embedded server's data from a base backup and the log (WAL) that followed, up to a moment.

The data come into being under another name, and get their own when the recovery is over: a restore that is killed
leaves no server. The log is put beside the data, so that the server reads nothing of the backup's folder, which its
account may not be able to reach. Passwords are no part of a backup: the superuser gets a new one.
"""

from __future__ import annotations

import secrets
import shutil
import socket
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from contracts.errors import Permanent
from hub.core.state_files import PART, locked
from hub.local.embedded import EmbeddedServer
from hub.local.private_files import write_private
from hub.local.server_account import hand_over
from hub.local.server_programs import ServerPrograms, ServerUnavailable

LONGEST_S = 7 * 24 * 3600
"""How long reading the log may take."""

LOOKS_S = 0.2

IN_PRODUCTION = "in production"
"""What `pg_controldata` says of a server that has come to the end of its recovery."""

UNFINISHED = ".partial"
"""End of the name of a log segment that is not full yet (`pg_receivewal`)."""

ENDS_BEFORE = "recovery ended before configured recovery target was reached"


OWN_FILES = {
    "postgresql.conf": "",
    "postgresql.auto.conf": "",
    "pg_hba.conf": "host all all 127.0.0.1/32 scram-sha-256\n",
    "pg_ident.conf": "",
}
"""Configuration of a server on loopback, for one whose own stays elsewhere."""


class DatabaseThere(Permanent):
    """Data of a database are where others were to be restored. Nothing was touched."""


class RestoreFailed(Permanent):
    """PostgreSQL could not read a backup, or its log does not reach the moment that was asked for."""


def lay_out(base: Path, segments: Iterable[Path], data: Path) -> None:
    """Copy a base backup, and the log that followed it, into a data folder that PostgreSQL recovers when it starts."""
    shutil.copytree(base, data)
    data.chmod(0o700)
    for segment in segments:
        shutil.copyfile(segment, data / "pg_wal" / segment.name.removesuffix(UNFINISHED))
    (data / "recovery.signal").touch()


def recovery_settings(target: Mapping[str, str]) -> dict[str, str]:
    """Settings of a server that recovers from the log beside its data, to the target."""
    # No archive is asked: the command fails, and the server looks into its own folder.
    return {"restore_command": "false", "recovery_target_timeline": "current", "recovery_target_action": "promote"} | {
        **target
    }


def recover(
    server: EmbeddedServer, base: Path, segments: Iterable[Path], target: Mapping[str, str], *, foreign: bool = False
) -> None:
    """Make a server's data from a backup. `target`: PostgreSQL's own settings (`recovery_target_time` ...), or none: all.

    The server does not run afterwards. `foreign`: the backup is of a server of somebody else, whose own configuration
    (certificates, libraries, files elsewhere) is left out.

    Raises:
        DatabaseThere: it has data already.
        RestoreFailed: the backup or its log cannot be read to the target.
    """
    server.folder.mkdir(parents=True, exist_ok=True)
    server.place.mkdir(parents=True, exist_ok=True)
    with locked(server.folder):
        if server.data.exists() and any(server.data.iterdir()):
            raise DatabaseThere(
                f"{server.data} holds a database; a restore overwrites none",
                hint="stop the hub, move this folder away, and keep it until the restored one has been looked at",
            )
        for left in server.place.glob(f"{server.data.name}.*{PART}"):
            shutil.rmtree(left, ignore_errors=True)
        made = server.place / f"{server.data.name}.{secrets.token_hex(4)}{PART}"
        lay_out(base, segments, made)
        if foreign:
            for name, text in OWN_FILES.items():
                (made / name).write_text(text, encoding="utf-8")
        if server.account:
            hand_over(server.place, made, server.log, server.account)
        programs = ServerPrograms(server.programs.folder, made, server.log, server.account)
        _read_log(server, programs, target)
        password = secrets.token_urlsafe(24)
        statement = f"alter role postgres password '{password}';\n"
        programs.run("postgres", "--single", "-D", str(made), *_plain(server.settings), "postgres", reading=statement)
        write_private(server.folder / "superuser.password", password)
        if server.data.exists():
            server.data.rmdir()
        made.rename(server.data)


def _read_log(server: EmbeddedServer, programs: ServerPrograms, target: Mapping[str, str]) -> None:
    """Start the server on a port that nobody knows, wait until it has read its log, and stop it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = server.options(port, hot_standby="off", **recovery_settings(target))
    before = server.log.stat().st_size if server.log.exists() else 0
    words = ["-D", str(programs.data), "-l", str(server.log), "-w", "-t", str(LONGEST_S), "-o", options, "start"]
    try:
        programs.run("pg_ctl", *words)
        # `pg_ctl` is content with a server that still reads its log.
        while IN_PRODUCTION not in programs.attempt("pg_controldata", "-D", str(programs.data)).stdout:
            programs.run("pg_ctl", "-D", str(programs.data), "status")
            time.sleep(LOOKS_S)
    except ServerUnavailable as error:
        with server.log.open("rb") as file:
            file.seek(before)
            said = file.read().decode(errors="replace")
        programs.attempt("pg_ctl", "-D", str(programs.data), "stop", "-m", "immediate")
        shutil.rmtree(programs.data, ignore_errors=True)
        if ENDS_BEFORE in said:
            raise RestoreFailed(
                "The log of the backup ends before the moment that was asked for",
                hint="hub backup list shows to when each backup reaches",
            ) from None
        raise RestoreFailed(f"PostgreSQL cannot read the backup: {error.message}", hint=error.hint) from None
    programs.stop()


def _plain(settings: Mapping[str, str]) -> list[str]:
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
