"""A source mends its bad records: all come in, and their cases close, within two runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from .dialect import Place
from .dialects import DIALECTS
from .road import Road

pytestmark = pytest.mark.timeout(600)

COUNT = 60
BAD = {number: kind for kind, number in enumerate((3, 11, 20, 28, 37, 45))}
"""One of each kind, all before the last record, so that the position stands behind them."""
ASKED = (
    "registry over SOAP",
    "registry over REST, JSON",
    "registry over REST, XML",
    "one_stop",
    "national_portal",
    "e_identification",
    "store of digitised books",
)
"""Dialects that are asked for records by key, or by the second of their change."""
NAMELESS = {"registry over REST, XML": 1}
"""Bad records that said two ids: nobody knows which record comes good, so a person closes their case. A row of a table
without a key is asked for by its change time."""


class Clock:
    """A clock that goes on a second with each look."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


@pytest.mark.parametrize("moved", [False, True], ids=["same change time", "new change time"])
@pytest.mark.parametrize("name", ASKED)
def test_mended_records_come_in_within_two_runs(road: Road, place: Callable[[], Place], name: str, moved: bool) -> None:
    """Once 29 of 30 mended dossiers stayed out for ever, because their change time was that of the bad ones."""
    dialect = DIALECTS[name]
    with dialect.opened(place(), COUNT, dict(BAD), size=20) as served:
        exchange = replace(road.exchange(served.source, dialect.contract, dialect.now), now=Clock(dialect.now))
        exchange = replace(exchange, overlap=timedelta(0))
        exchange.sync()
        assert len(BAD) == len(road.cases(exchange))
        for number in BAD:
            served.mend(number, moved)

        for _ in range(2):
            exchange.sync()

        assert [dialect.key(number) for number in range(COUNT)] == sorted(road.held(exchange))
        assert [None] * NAMELESS.get(name, 0) == [case.key for case in road.cases(exchange)]


def test_a_row_still_without_a_key_keeps_its_case(road: Road, place: Callable[[], Place]) -> None:
    """Two rows without a key, of which one gets one: its case closes, the other's stays and is seen again.

    Once nothing asked for such a row: without a new change time it stayed out until somebody read the whole table.
    """
    dialect = DIALECTS["store of digitised books"]
    no_key = dialect.kinds.index("no key")
    with dialect.opened(place(), COUNT, {10: no_key, 11: no_key}, size=20) as served:
        exchange = replace(road.exchange(served.source, dialect.contract, dialect.now), now=Clock(dialect.now))
        exchange = replace(exchange, overlap=timedelta(0))
        exchange.sync()
        served.mend(10, False)

        for _ in range(2):
            exchange.sync()

        assert {dialect.key(number) for number in range(COUNT)} - {dialect.key(11)} == {*road.held(exchange)}
        [left] = road.cases(exchange)
        assert dialect.mark(11) in left.received
