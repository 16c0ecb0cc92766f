"""A process of its own that acts on a case at the same moment as another."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from datetime import date, datetime
from multiprocessing.synchronize import Barrier
from typing import Any

from hub.cases import clock, handling, requests, waivers
from hub.cases.selection import Selection
from hub.core.actions import Actor
from hub.core.crypto import Keys
from hub.core.database import connect
from tests.hub.cases.conftest import PAPER

ACTS = {
    "assign": lambda c, n, person, now: handling.assign(c, Selection((n,)), "UBND Quận 1", person, now),
    "close": lambda c, n, person, now: handling.close(c, Selection((n,)), person, now, fault="digitisation"),
    "request": lambda c, n, person, now: [
        each.made_now for each in requests.request(c, Selection((n,)), Keys(b"k" * 32), person, now)
    ],
    "sign": lambda c, n, person, now: waivers.sign(c, n, PAPER, date(2022, 6, 30), person, now).now_in_force,
    "tend": lambda c, n, person, now: clock.tend(c, now).reminded,
}


def at_once(url: str, what: str, number: int, people: Sequence[str], now: datetime) -> list[Any]:
    """What each of several processes got that did the same at the same moment; an error by its name."""
    context = multiprocessing.get_context("spawn")
    ready, results = context.Barrier(len(people)), context.Queue()
    workers = [context.Process(target=_act, args=(url, what, number, who, now, ready, results)) for who in people]
    for worker in workers:
        worker.start()
    found = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(timeout=60)
    return sorted(found, key=repr)


def _act(url: str, what: str, number: int, who: str, now: datetime, ready: Barrier, results: Any) -> None:
    engine = connect(url)
    try:
        with engine.begin() as connection:
            ready.wait(timeout=60)
            results.put(ACTS[what](connection, number, Actor(who, "Cùng một lúc."), now))
    except Exception as error:
        results.put(type(error).__name__)
    finally:
        engine.dispose()
