"""How each system is watched: the columns that `hub systems list` adds. Read-only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contracts.deployment.files import NEVER_WATCHED
from hub.app import Hub
from hub.core.deployment import SystemEntry
from hub.operations import watch_state
from hub.operations.watch_state import Watched

NEVER = Watched(asked_at=None, news_at=None, seen_at=None, failing_since=None, failure=None)


def by_system(hub: Hub) -> dict[str, dict[str, Any]]:
    """System -> the interval, the last question (up to a minute old) and news, and what is wrong with the watching."""
    with hub.engine.connect() as connection:
        known = watch_state.by_system(connection)
    systems = {**hub.deployment.systems, **hub.deployment.other_ways}
    return {name: _row(each, known.get(name, NEVER), hub.scenario.now()) for name, each in systems.items()}


def _row(system: SystemEntry, watched: Watched, now: datetime) -> dict[str, Any]:
    interval = f"{system.watch.total_seconds():.0f} s" if system.watch else NEVER_WATCHED
    return {
        "watched every": interval if system.contracts and not system.instead_of else None,
        "asked": watched.asked_at,
        "news": watched.news_at,
        "failing since": watched.failing_since,
        "failure": watched.failure,
        "unwatched since": watched.seen_at if watch_state.is_silent(system, watched, now) else None,
    }
