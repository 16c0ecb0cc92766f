"""A city that is backed up: destroyed and restored, to a moment and to the end, it is what it was, and goes on."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from hub.backup.catalogue import BackupDamaged
from hub.backup.checking import rehearse, verify
from hub.backup.restoring import at_mark, restore, target_of
from hub.backup.server import LogLost, LogTooShort, slot_prefix, slots
from hub.backup.taking import fetch, prune, take
from hub.cli import app
from hub.core.errors import NotFound
from hub.local.recovery import DatabaseThere, RestoreFailed
from hub.local.server_account import installed
from tests.hub.backup.conftest import BackedUpCity, destroy, digest, load, moment

pytestmark = pytest.mark.timeout(900)  # servers are started and restored several times a test, on a busy machine too
PROGRAMS = installed() / "bin"


def test_restored_to_a_moment_and_to_the_end_the_digests_are_those_of_then(city: BackedUpCity) -> None:
    """Load, backup, more load, a burnt disk: twice restored, the same digests; and the next sync goes on."""
    with city.opened() as (hub, server, catalogue):
        load(hub, "full")
        take(hub, server, catalogue)
        city.change(20, 1)
        load(hub)
        between, then = digest(hub), moment(server)
        city.change(20, 2)
        load(hub)
        fetch(hub, server, catalogue, catalogue.newest())
        at_last = digest(hub)
        scenario = hub.scenario
    landing = scenario.folder / "landing"

    restore(catalogue, target_of(catalogue, then), destroy(city, scenario), landing)
    with city.opened() as (hub, server, catalogue):
        assert between == digest(hub)

    restore(catalogue, target_of(catalogue, None), destroy(city, scenario), landing)
    with city.opened() as (hub, server, catalogue):
        assert at_last == digest(hub) != between
        with pytest.raises(LogLost, match="restored or replaced"):
            fetch(hub, server, catalogue, catalogue.newest())
        city.change(5, 3)
        load(hub)
        assert at_last != digest(hub)
        take(hub, server, catalogue)
        rehearse(catalogue, catalogue.newest(), list(hub.contracts.values()), None)
        assert not [each for each in _doctor(hub) if not each.ok]


def test_the_commands_take_and_rehearse_and_restore(city: BackedUpCity, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same by hand, as the guide says it."""
    for name, value in city.environment().items():
        monkeypatch.setenv(name, value)

    def typed(*words: str) -> str:
        done = CliRunner().invoke(app, list(words))
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert 0 == done.exit_code, done.output
        return done.output

    with city.opened() as (hub, _, catalogue):
        load(hub, "full")
        before, scenario = digest(hub), hub.scenario
    typed("backup", "run")
    typed("backup", "follow", "--once")
    id = catalogue.newest().id
    assert id in typed("backup", "list", "--json")
    assert id in typed("backup", "verify")
    assert "equal" in typed("backup", "rehearse")
    with pytest.raises(DatabaseThere, match="overwrites none"):
        typed("restore")
    destroy(city, scenario)
    assert id in typed("restore")
    with city.opened() as (hub, _, catalogue):
        assert before == digest(hub)
    into = city.settings.home / "own"
    typed("restore", id, "--into", str(into))
    assert "restore_command" in (into / "postgresql.auto.conf").read_text(encoding="utf-8")
    assert (into / "recovery.signal").exists()


def test_a_server_with_too_short_a_log_is_refused_by_name(city: BackedUpCity) -> None:
    """`minimal` is named, and what to set; nothing of a backup begins."""
    city.settings = city.settings.model_copy(update={"wal_level": "minimal"})
    with city.opened() as (hub, server, catalogue):
        with pytest.raises(LogTooShort, match=r"wal_level=minimal[\s\S]*HUB_WAL_LEVEL=replica"):
            take(hub, server, catalogue)
        assert not catalogue.folder.exists()


def test_a_server_whose_log_is_kept_goes_on_keeping_it_and_moments_outside_are_refused(city: BackedUpCity) -> None:
    """A command without `HUB_WAL_LEVEL` would start it with `minimal`, which PostgreSQL refuses once a slot is there. A
    moment before the first backup, or after the last log, is refused with what there is."""
    with city.opened() as (hub, server, catalogue):
        take(hub, server, catalogue, with_digest=False)
    city.settings = city.settings.model_copy(update={"wal_level": None})
    with city.opened() as (_, server, catalogue):
        assert server.require_log() > 0
        now = moment(server)
    with pytest.raises(NotFound, match="reaches back"):
        target_of(catalogue, now - timedelta(days=1))
    with pytest.raises(RestoreFailed, match="not to"):
        target_of(catalogue, now + timedelta(days=1))
    with pytest.raises(RestoreFailed, match="without digests"):
        at_mark(catalogue.newest())


def test_the_digest_of_a_backup_is_that_of_its_mark_while_others_load(city: BackedUpCity) -> None:
    """Rows that come while the digest is computed belong to it in the rehearsal too, or to neither."""
    with city.opened() as (hub, server, catalogue):
        load(hub, "full")
        stop = threading.Event()

        def writes() -> None:
            url = server.url.set(drivername="postgresql", database="hub").render_as_string(hide_password=False)
            with psycopg.connect(url, autocommit=True) as session:
                while True:
                    session.execute("update warehouse.dossier set _version = _version + interval '1 second'")
                    if stop.is_set():
                        return

        writer = threading.Thread(target=writes)
        writer.start()
        try:
            taken = take(hub, server, catalogue)
        finally:
            stop.set()
            writer.join()
        kept = {each.table: each.digest for each in (taken.mark.digests if taken.mark else ())}
        now = {table: found for table, (_, found) in digest(hub).items()}
        assert kept["warehouse.dossier"] != now["warehouse.dossier"], "nobody wrote after the mark: nothing is tried"
        assert set(kept) == set(rehearse(catalogue, taken, list(hub.contracts.values()), None))


def test_what_is_damaged_is_found(city: BackedUpCity) -> None:
    """A flipped byte of the base, a missing piece of log, an altered page: each is named."""
    with city.opened() as (hub, server, catalogue):
        load(hub, "full")
        backup = take(hub, server, catalogue)
        keys = hub.keys
        with hub.engine.connect() as connection:
            page = catalogue.landing / str(
                connection.scalar(
                    sa.text("select left(sha256, 2) || '/' || sha256 || '.page' from hub.landing limit 1")
                )
            )
        with server.session() as session:
            session.execute("select pg_switch_wal()")
            session.execute("select pg_logical_emit_message(true, 'motlan', 'x')")
            session.execute("select pg_switch_wal()")
        fetch(hub, server, catalogue, backup)
    assert verify(catalogue, backup, PROGRAMS, keys, None).pages > 0

    with _flipped(page), pytest.raises(BackupDamaged, match="altered"):
        verify(catalogue, backup, PROGRAMS, keys, None)
    with _flipped(catalogue.path(backup) / "base" / "PG_VERSION"), pytest.raises(BackupDamaged, match="PG_VERSION"):
        verify(catalogue, backup, PROGRAMS, keys, None)
    page.rename(page.with_suffix(".away"))
    with pytest.raises(BackupDamaged, match="1 landed pages"):
        rehearse(catalogue, catalogue.newest(), list(hub.contracts.values()), None)
    segments = catalogue.segments(backup)
    assert len(segments) >= 3
    with _flipped(segments[-2]), pytest.raises(BackupDamaged, match="log cannot be read"):
        verify(catalogue, catalogue.newest(), PROGRAMS, None, None)
    segments[-2].unlink()
    with pytest.raises(BackupDamaged, match="missing"):
        verify(catalogue, backup, PROGRAMS, keys, None)
    target, burnt = target_of(catalogue, None), destroy(city, hub.scenario)
    with pytest.raises(BackupDamaged, match="missing"):
        restore(catalogue, target, burnt, hub.landing.folder)


class _flipped:
    """A file with its first byte changed, during a block."""

    def __init__(self, path: Path) -> None:
        self.path, self.content = path, path.read_bytes()

    def __enter__(self) -> None:
        self.path.write_bytes(bytes([self.content[0] ^ 1]) + self.content[1:])

    def __exit__(self, *_: object) -> None:
        self.path.write_bytes(self.content)


def test_a_killed_backup_leaves_nothing_once_the_next_one_was_taken(city: BackedUpCity) -> None:
    """Its folder, and its slot, for which the server would keep log until its disk is full."""
    with city.opened() as (hub, server, catalogue):
        prefix = slot_prefix(catalogue.folder)
        (catalogue.folder / "20200101t000000000000z.part" / "base").mkdir(parents=True)
        with server.session() as session:
            session.execute("select pg_create_physical_replication_slot(%s, true)", [prefix + "killed"])
            session.execute("select pg_create_physical_replication_slot('of_somebody_else', true)")
        first = take(hub, server, catalogue)
        second = take(hub, server, catalogue, with_digest=False)
        with server.session() as session:
            assert [second.slot] == slots(session, prefix)
            assert ["of_somebody_else"] == slots(session, "of_")
        assert [True, False] == [each.closed for each in catalogue.all()]
        assert [] == list(catalogue.folder.glob("*.part"))
        assert first.reaches <= catalogue.read(first.id).reaches
        assert [first.id] == prune(catalogue, 1)
        assert [second.id] == [each.id for each in catalogue.all()]


def _doctor(hub):  # type: ignore[no-untyped-def]
    from hub.operations.doctor import examine

    return list(examine(hub))
