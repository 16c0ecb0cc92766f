"""Taking a base backup, and fetching the log and the landing that follow it."""

from __future__ import annotations

import shutil
from datetime import datetime

import psycopg

from hub.app import Hub
from hub.backup.catalogue import Backup, Catalogue, new_id
from hub.backup.landing_copy import copy_pages
from hub.backup.mark import marked
from hub.backup.server import BackedUpServer, LogLost, require_slot, slot_prefix, slots
from hub.core.state_files import PART, sync_folder

Seen = dict[str, tuple[int, int]]


def take(hub: Hub, server: BackedUpServer, catalogue: Catalogue, *, with_digest: bool = True) -> Backup:
    """Take a new backup; the one before is brought up to its end and closed.

    Raises:
        LogTooShort: the server keeps no log.
        StreamBusy: another process takes one.
        ProgramFailed: PostgreSQL's own program failed; nothing is left of the new backup.
    """
    version = server.require_log()
    with catalogue.alone("take"):
        catalogue.sweep()
        before = catalogue.all()
        prefix, id = slot_prefix(catalogue.folder), new_id()
        slot = prefix + id
        made = catalogue.folder / f"{id}{PART}"
        made.mkdir(mode=0o700)
        (made / "wal").mkdir()
        with server.session() as session:
            for left in set(slots(session, prefix)) - {each.slot for each in before}:
                session.execute("select pg_drop_replication_slot(%s)", [left])
            session.execute("select pg_create_physical_replication_slot(%s, true)", [slot])
            try:
                words = ["--wal-method=none", "--checkpoint=fast", "--manifest-checksums=SHA256"]
                server.run("pg_basebackup", f"--pgdata={made / 'base'}", *words)
            except BaseException:
                session.execute("select pg_drop_replication_slot(%s)", [slot])
                shutil.rmtree(made, ignore_errors=True)
                raise
            ended_at = _now(session)
        backup = Backup(id, version, slot, hub.keys.name, ended_at.isoformat())
        catalogue.write(backup, made)
        made.rename(catalogue.path(backup))
        sync_folder(catalogue.folder)
        mark = marked(hub) if with_digest else None
        backup = fetch(hub, server, catalogue, catalogue.change(backup, mark=mark))
        for old in before:
            _close(hub, server, catalogue, old)
    return backup


def fetch(hub: Hub, server: BackedUpServer, catalogue: Catalogue, backup: Backup, seen: Seen | None = None) -> Backup:
    """Fetch the log of a backup up to now, then the pages that were landed by now.

    Raises:
        LogLost: the server has no more what follows.
    """
    with catalogue.alone("receive"):
        backup = catalogue.read(backup.id)  # another process may have fetched meanwhile
        with server.session() as session:
            require_slot(session, backup.slot)
            now = session.execute("select clock_timestamp(), cast(pg_current_wal_flush_lsn() as text)").fetchone()
            assert now is not None
            if backup.reached_lsn == now[1]:
                copy_pages(hub.landing.folder, catalogue.landing, seen)
                return catalogue.change(backup, fetched_at=now[0].isoformat())
            end, at = _commit(session)
        words = [f"--slot={backup.slot}", "--no-loop", f"--endpos={end}", "--synchronous"]
        server.run("pg_receivewal", f"--directory={catalogue.path(backup) / 'wal'}", *words)
        copy_pages(hub.landing.folder, catalogue.landing, seen)
        with server.session() as session:
            row = session.execute(
                "select cast(%s::pg_lsn + 1 as text), cast(pg_current_wal_flush_lsn() as text)", [end]
            ).fetchone()
        assert row is not None
        return catalogue.change(backup, reaches=at.isoformat(), fetched_at=at.isoformat(), reached_lsn=row[0])


def prune(catalogue: Catalogue, keep: int) -> list[str]:
    """Remove all backups but the newest ones; the newest always stays. Returns what is gone."""
    with catalogue.alone("take"):
        old = catalogue.all()[: -max(1, keep)]
        for each in old:
            gone = catalogue.folder / f"{each.id}{PART}"
            catalogue.path(each).rename(gone)  # from here on it is no backup, whatever happens
            shutil.rmtree(gone)
    return [each.id for each in old]


def _close(hub: Hub, server: BackedUpServer, catalogue: Catalogue, old: Backup) -> None:
    """Bring a backup to where the next one begins, and let the server forget its slot."""
    with server.session() as session:
        known = slots(session, old.slot)
    if known and not old.closed:
        try:
            fetch(hub, server, catalogue, old)
        except LogLost:
            pass  # it ends where its facts say; the new one needs nothing of it
    with server.session() as session:
        for slot in slots(session, old.slot):
            session.execute("select pg_drop_replication_slot(%s)", [slot])
    if not old.closed:
        catalogue.change(catalogue.read(old.id), closed=True)


def _commit(session: psycopg.Connection) -> tuple[str, datetime]:
    """Commit an empty transaction: the log just before its end, and a time before it.

    PostgreSQL recovers to a time only if a later transaction is in the log.
    """
    before = _now(session)
    session.execute("select pg_logical_emit_message(true, 'motlan', 'backup')")
    row = session.execute("select cast(pg_current_wal_flush_lsn() - 1 as text)").fetchone()
    assert row is not None
    return str(row[0]), before


def _now(session: psycopg.Connection) -> datetime:
    row = session.execute("select clock_timestamp()").fetchone()
    assert row is not None
    found: datetime = row[0]
    return found
