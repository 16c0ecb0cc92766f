"""The trigger by itself: it never ends and never raises, because Airflow does not start one again that did."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from hub.operations.watching import Round
from orchestration import watching
from orchestration.watching import SystemWatch

STREAMS = ("moj-registry.birth", "moj-registry.death")


class Faulty:
    """A watcher with a defect: it raises now and then, which a real one never should."""

    def __init__(self, rounds: Iterator[Round | Exception]) -> None:
        self.rounds = rounds
        self.closed = 0

    def round(self, every: timedelta) -> Round:
        found = next(self.rounds)
        if isinstance(found, Exception):
            raise found
        return found

    def close(self) -> None:
        self.closed += 1


def test_whatever_happens_it_goes_on_watching(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the watcher's making, and then of its own: the news that follows is an event all the same."""
    rounds = iter([RuntimeError(), Round(0.0), OSError(), Round(0.0, STREAMS), Round(0.0, STREAMS[:1])])
    faulty, made = Faulty(rounds), iter([ImportError("not yet"), None])

    def make(system: str) -> Faulty:
        if error := next(made):
            raise error
        return faulty

    monkeypatch.setattr(watching, "PAUSE_S", 0.0)
    monkeypatch.setattr(watching, "_watcher", make)

    async def two_events() -> list[object]:
        events = SystemWatch("moj-registry", every_s=0.01).run()
        found = [(await anext(events)).payload for _ in range(2)]
        await events.aclose()  # type: ignore[attr-defined]
        return found

    found = asyncio.run(two_events())
    watching._threads().submit(lambda: None).result()

    assert [{"system": "moj-registry", "streams": list(s)} for s in (STREAMS, STREAMS[:1])] == found
    assert 1 == faulty.closed


def test_a_changed_interval_is_another_trigger() -> None:
    """Airflow knows a trigger by class and arguments: what a file says anew must differ in them."""
    path, given = SystemWatch("one-stop-760", every_s=3.0).serialize()

    assert "orchestration.watching.SystemWatch" == path
    assert {"system": "one-stop-760", "every_s": 3.0} == given
    assert SystemWatch(**given).serialize() != SystemWatch("one-stop-760", every_s=4.0).serialize()
