"""What is kept about the watching of systems: heads, announcements, signs of life, and the alert when they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from connectors.interface import Fingerprint
from contracts.yaml.lines import Located
from hub.access import alerts
from hub.core.deployment import SystemEntry
from hub.load import stream_state
from hub.load.exchange import Exchange
from hub.operations import watch_state
from tests.hub.conftest import ListSource, record

NOW = datetime(2022, 6, 2, 1, tzinfo=UTC)
STREAM = "test.paper"


def head_of(engine: sa.Engine) -> watch_state.Head:
    with engine.connect() as connection:
        return watch_state.heads(connection)[STREAM]


def entry(every: timedelta | None) -> SystemEntry:
    """A system of that interval."""
    return SystemEntry.model_construct(id="test", watch=every, contracts=("paper",), file=Located(Path(), {}, {}))


def test_a_head_says_whether_a_stream_waits(engine: sa.Engine, exchange: Exchange, source: ListSource) -> None:
    """Never read, read, and in the hands of a run."""
    assert head_of(engine).waits
    source.served = [[record("H1", "20220602070000")]]
    exchange.sync()
    assert not head_of(engine).waits
    with stream_state.exclusive(engine, STREAM):
        assert head_of(engine).running


def test_a_fingerprint_is_kept_as_announced(engine: sa.Engine, exchange: Exchange) -> None:
    """What a restarted watcher reads is what was announced; given back, it is gone."""
    found = Fingerprint.of("20220602070000", [("H1", "a"), ("H2", "b")])
    head = head_of(engine)
    with engine.begin() as connection:
        assert watch_state.known(connection, STREAM) is None
        watch_state.announce(connection, head, "test", found, NOW)
        assert found == watch_state.known(connection, STREAM)
    assert (head.epoch, NOW) == (head_of(engine).announced_epoch, head_of(engine).news_at)
    with engine.begin() as connection:
        watch_state.give_back(connection, STREAM)
        assert watch_state.known(connection, STREAM) is None
    assert head_of(engine).announced_epoch is None


def test_a_silent_watcher_is_an_alert_once_an_hour(engine: sa.Engine) -> None:
    """Nobody heard that a watcher had died: the schedules hid it. A system that need not be watched is none."""
    with engine.begin() as connection:
        state = {"asked_at": NOW, "failing_since": None, "failure": None}
        watch_state.beat(connection, [STREAM], "test", NOW, **state)  # type: ignore[arg-type]
        watched, cron = {"test": entry(timedelta(seconds=3))}, {"test": entry(None)}
        soon, late = NOW + timedelta(minutes=2), NOW + timedelta(minutes=4)

        assert {} == watch_state.unwatched(connection, watched, soon)
        assert {"test": NOW} == watch_state.unwatched(connection, watched, late)
        assert {} == watch_state.unwatched(connection, cron, late)
        assert {} == watch_state.unwatched(connection, {}, late)
        for _ in range(2):
            watch_state.alert_unwatched(connection, watched, late)
        [alert] = alerts.listed(connection)
        assert ("unwatched", "test", 2) == (alert.kind, alert.agency, alert.count)


def test_a_failure_is_kept_with_its_begin_until_it_ends(engine: sa.Engine) -> None:
    """A sign of life without an answer does not move the last answer."""
    with engine.begin() as connection:
        watch_state.beat(connection, [STREAM], "test", NOW, asked_at=NOW, failing_since=None, failure=None)
        later = NOW + timedelta(minutes=1)
        watch_state.beat(connection, [STREAM], "test", later, asked_at=None, failing_since=later, failure="TimedOut")

        [(system, state)] = watch_state.by_system(connection).items()
    assert ("test", NOW, later, later, "TimedOut") == (
        system,
        state.asked_at,
        state.seen_at,
        state.failing_since,
        state.failure,
    )
