"""One poisoned reading from a socket to PostgreSQL, and what must hold of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from hub.core.actions import Actor
from hub.core.errors import BatchHeld
from hub.load.counts import Counts
from hub.load.exchange import Exchange

from .dialect import Dialect, Place
from .road import Road, Rows

LAN = Actor("Lan", "Nguồn đã xác nhận: các bản ghi này đúng là sai.")
MOST = 10
"""Percent of bad records that the contracts of these sources allow, and their number below 50 records."""


def honest(road: Road, dialect: Dialect, place: Place, count: int, size: int) -> Rows:
    """What the warehouse has of a source without a bad record."""
    with dialect.opened(place, count, {}, size) as served:
        exchange = road.exchange(served.source, dialect.contract, dialect.now)
        exchange.sync()
    rows = road.held(exchange)
    assert [dialect.key(number) for number in range(count)] == sorted(rows)
    return rows


def require_exact(road: Road, dialect: Dialect, exchange: Exchange, whole: Rows, bad: Mapping[int, int]) -> None:
    """The good records are in as without the bad ones; each bad one is a case that shows no value."""
    lost = {dialect.key(number) for number in bad}
    assert {key: row for key, row in whole.items() if key not in lost} == road.held(exchange)
    cases = road.cases(exchange)
    assert len(bad) == len(cases)
    marks = [dialect.mark(number) for number in sorted(bad)]
    assert marks == [mark for mark in marks if sum(mark in case.received for case in cases) == 1]
    assert road.sealed(exchange, marks)
    for case in cases:
        assert (case.rules == ("record.unreadable",)) == bool(case.detail)
        assert not any(mark.decode() in f"{case.detail}" for mark in marks)


def walk(
    road: Road, dialect: Dialect, place: Callable[[], Place], count: int, bad: Mapping[int, int], size: int
) -> bool:
    """A poisoned reading, and a release where it is held. Returns whether it was held."""
    whole = honest(road, dialect, place(), count, size)
    with dialect.opened(place(), count, bad, size) as served:
        exchange = road.exchange(served.source, dialect.contract, dialect.now)
        too_many = len(bad) > (count * MOST / 100 if count >= 50 else MOST)
        if too_many:
            with pytest.raises(BatchHeld):
                exchange.sync()
            assert (road.held(exchange), road.cases(exchange), road.position(exchange)) == ({}, [], None)
            _, counts = exchange.release(road.batch(exchange).id, LAN)
        else:
            _, counts = exchange.sync()
        require_exact(road, dialect, exchange, whole, bad)
        assert road.counted_again(exchange) == counts
        main = counts[dialect.contract.datasets[0].name]
        good = count - len(bad)
        assert (
            Counts(
                received=main.received,
                accepted=good,
                quarantined=len(bad),
                duplicate=main.duplicate,
                findings=main.findings,
            )
            == main
        )
        assert main.received == count + main.duplicate
    return too_many
