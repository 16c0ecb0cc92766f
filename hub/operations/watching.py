"""Watching a system: a cheap question now and then, and an announcement when its answer has changed.

A `Watcher` asks one system, a `Desk` serves all watchers of a process: one hub, one look at the streams for all. Both
are blocking; `orchestration/watching.py` calls them from a bounded pool of threads. A `round` never raises: an error is
a state of the system, kept in the database and shown by `hub systems`.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import connectors
from connectors.errors import Throttled
from connectors.interface import Fingerprint, Source, System, Window
from contracts.errors import DeploymentInvalid, HubError, Permanent
from hub.app import Hub, open_hub
from hub.core import events
from hub.core.deployment import Stream, load_deployment
from hub.load import stream_state
from hub.operations import watch_state
from hub.operations.watch_state import BEAT, Head

DEADLINE_S = 5.0
"""Longest time of one call to a source, so that a silent one does not keep a thread for a minute."""
LONGEST_PAUSE = timedelta(minutes=5)
"""Between two questions to a system that does not answer; a longer interval of its own counts more."""
SHARE = 0.05
"""Most of its time that a source spends on our questions: one that takes 2 s to answer is asked every 40 s."""
FRESH_S = 2.0
"""How old the common look at the streams may be."""
FILES_S = 60.0
"""How often the files of the deployment are looked at for a change."""
AGAIN = timedelta(minutes=10)
"""An announcement that no run has followed for so long is made again, then after twice the time, and so on: more than
a run waits for its turn on a busy machine."""
RESTARTED = timedelta(minutes=1)
"""The same for a process that has just begun to watch: the one before may have died with the announcement."""


@dataclass(frozen=True)
class Round:
    """What came of one look at a system."""

    pause_s: float
    """Until the next one; at most the time between two signs of life."""
    news: tuple[str, ...] = ()
    """Streams with news, remembered as announced."""


class Desk:
    """What the watchers of one process share. Thread-safe."""

    def __init__(self, opening: Callable[[ExitStack], Hub] = lambda stack: stack.enter_context(open_hub())) -> None:
        self._opening = opening
        self._stack = ExitStack()
        self._lock = threading.Lock()
        self._hub: Hub | None = None
        self._files: Mapping[Path, int] = {}
        self._heads: Mapping[str, Head] = {}
        self._checked = self._looked = float("-inf")

    def hub(self) -> Hub:
        """The hub, opened at the first call that succeeds; another one when the deployment or a secret has changed."""
        with self._lock:
            if self._hub is None:
                self._hub = self._opening(self._stack)
                self._files, self._checked = _written(self._hub), time.monotonic()
            elif time.monotonic() - self._checked > FILES_S:
                if (files := _written(self._hub)) != self._files:
                    self._hub = _read_again(self._hub)
                    self._files = files
                self._checked = time.monotonic()
            return self._hub

    @property
    def opened(self) -> Hub | None:
        """The hub, if it could be opened."""
        return self._hub

    def heads(self) -> Mapping[str, Head]:
        """All streams, by id; at most `FRESH_S` old."""
        hub = self.hub()
        with self._lock:
            if time.monotonic() - self._looked > FRESH_S:
                with hub.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    self._heads = watch_state.heads(connection)
                self._looked = time.monotonic()
            return self._heads

    def close(self) -> None:
        """Close the hub."""
        self._stack.close()


class Watcher:
    """Watches one system. One thread at a time may use it."""

    def __init__(self, system: str, desk: Desk, *, jitter: Callable[[], float] = random.random) -> None:
        """`jitter` gives a number from 0 to 1."""
        self._id, self._desk, self._jitter = system, desk, jitter
        self._hub: Hub | None = None
        self._sources: dict[str, Source] = {}
        self._known: dict[str, Fingerprint | None] = {}
        self._again: dict[str, timedelta] = {}
        self._failures = 0
        self._failing_since: datetime | None = None
        self._failure: str | None = None
        self._asked_at: datetime | None = None
        self._beaten = self._due = float("-inf")

    def round(self, every: timedelta) -> Round:
        """Ask if it is time and nothing speaks against it. Never raises; writes news, changes of state, and the beat."""
        news: tuple[str, ...] = ()
        began = time.monotonic()
        try:
            if began >= self._due:
                news = self._news()
                took = time.monotonic() - began
                self._due = began + self._spread(max(every.total_seconds(), took / SHARE))
                self._recovered()
            self._beat()
        except Exception as error:
            # A trigger that ends is not started again, so whatever happens here is a state, and is shown.
            self._due = time.monotonic() + self._failed(error, every)
        return Round(min(max(self._due - time.monotonic(), 0.0), BEAT.total_seconds()), news)

    def close(self) -> None:
        """Close the connections to the system."""
        for source in self._sources.values():
            source.close()
        self._sources.clear()

    # -- asking -----------------------------------------------------------------------------------

    def _news(self) -> tuple[str, ...]:
        hub, heads = self._desk.hub(), self._desk.heads()
        if hub is not self._hub:  # address, limits or credentials may be others
            self.close()
            self._hub = hub
        entry = hub.deployment.systems.get(self._id)
        if entry is None:  # its last day is over
            return ()
        local = hub.scenario.now().astimezone(hub.deployment.zone)
        if any(window.covers(local) for window in entry.maintenance):
            return ()
        found = {}
        for stream in self._streams(hub):
            head = heads.get(stream.id)
            if head is None or head.waits:
                continue
            window = stream_state.behind(Window(), head.position, entry.overlap)
            fingerprint = self._source(hub, stream).fingerprint(window)
            if fingerprint is None:
                what = f"System {self._id}: its dialect {entry.dialect} has no cheap question"
                raise DeploymentInvalid(what, hint="write watch: cron into its file")
            self._asked_at = hub.scenario.now()
            if self._is_news(hub, head, fingerprint):
                found[head] = fingerprint
        if found:
            with hub.engine.begin() as connection:
                for head, fingerprint in found.items():
                    watch_state.announce(connection, head, self._id, fingerprint, hub.scenario.now())
            events.emit("watch.news", {"system": self._id, "streams": [head.stream for head in found]})
        return tuple(head.stream for head in found)

    def _is_news(self, hub: Hub, head: Head, found: Fingerprint) -> bool:
        if first := head.stream not in self._known:
            with hub.engine.connect() as connection:
                self._known[head.stream] = watch_state.known(connection, head.stream)
        known = self._known[head.stream]
        news = known is None or head.announced_epoch is None or found.differs(known) or self._unheard(hub, head, first)
        if news or (known is not None and found.since != known.since):
            self._known[head.stream] = found
        return news

    def _unheard(self, hub: Hub, head: Head, first: bool) -> bool:
        """Whether no run has followed the last announcement for too long: this process or Airflow died in between."""
        if head.news_at is None or head.epoch != head.announced_epoch:
            self._again.pop(head.stream, None)
            return False
        patience = RESTARTED if first else self._again.get(head.stream, AGAIN)
        if hub.scenario.now() - head.news_at < patience:
            return False
        self._again[head.stream] = AGAIN if first else 2 * patience
        return True

    def _streams(self, hub: Hub) -> list[Stream]:
        return [stream for stream in hub.deployment.streams.values() if stream.system.id == self._id]

    def _source(self, hub: Hub, stream: Stream) -> Source:
        if stream.id not in self._sources:
            system = _impatient(hub.system(self._id))
            self._sources[stream.id] = connectors.open_source(system, hub.contracts[stream.contract])
        return self._sources[stream.id]

    # -- state ------------------------------------------------------------------------------------

    def _recovered(self) -> None:
        if self._failing_since is not None:
            self._failures, self._failing_since, self._failure = 0, None, None
            self._beaten = float("-inf")  # so that the change is written now
            events.emit("watch.answering", {"system": self._id})

    def _failed(self, error: Exception, every: timedelta) -> float:
        """Note a failure; returns the pause until the next question."""
        self._failures += 1
        most = max(every, LONGEST_PAUSE).total_seconds()
        pause = min(every.total_seconds() * 2**self._failures, most)
        if isinstance(error, Permanent) or not isinstance(error, HubError):
            pause = most  # a locked account or a defect: asking on heals neither
        elif isinstance(error, Throttled) and error.retry_after_s is not None:
            pause = max(pause, error.retry_after_s)
        pause = self._spread(pause)
        kind = type(error).__name__
        if kind != self._failure:
            events.emit("watch.failing", {"system": self._id, "error": kind, "pause_s": round(pause)})
            self._failure, self._beaten = kind, float("-inf")
        if (hub := self._desk.opened) is not None:
            self._failing_since = self._failing_since or hub.scenario.now()
            try:
                self._beat()
            except Exception as second:  # the database is away: then the missing sign of life shows itself
                events.emit(
                    "watch.failing", {"system": self._id, "error": type(second).__name__, "pause_s": round(pause)}
                )
        return pause

    def _beat(self) -> None:
        if time.monotonic() - self._beaten < BEAT.total_seconds():
            return
        hub = self._desk.hub()
        with hub.engine.begin() as connection:
            watch_state.beat(
                connection,
                [stream.id for stream in self._streams(hub)],
                self._id,
                hub.scenario.now(),
                asked_at=self._asked_at,
                failing_since=self._failing_since,
                failure=self._failure,
            )
        self._beaten = time.monotonic()

    def _spread(self, seconds: float) -> float:
        """Within a tenth of it, so that watchers do not ask in step."""
        return seconds * (0.9 + 0.2 * self._jitter())


def _written(hub: Hub) -> dict[Path, int]:
    """When each file of the deployment, and the one with the secrets, was written."""
    folder = hub.deployment.folder
    files = (*folder.glob("*.yaml"), *folder.glob("systems/*.yaml"), *folder.glob("data/*.yaml"), hub.secrets_file)
    return {path: path.stat().st_mtime_ns for path in files if path.exists()}


def _read_again(hub: Hub) -> Hub:
    """The hub with its deployment and its secrets read anew. Raises DeploymentInvalid."""
    given = hub.settings
    known = frozenset(hub.contracts)
    anew = load_deployment(given.deployment, known, given.as_of, data=given.data is not None)
    return replace(hub, deployment=replace(anew, clock=hub.scenario.now))


def _impatient(system: System) -> System:
    """The system with limits of a watcher: one attempt, and a short deadline."""
    own = system.options.get("deadline_s", DEADLINE_S)
    deadline = min(float(own), DEADLINE_S) if isinstance(own, int | float) else own  # what is wrong, the dialect says
    return replace(system, options={**system.options, "attempts": 1, "deadline_s": deadline, "connect_s": DEADLINE_S})
