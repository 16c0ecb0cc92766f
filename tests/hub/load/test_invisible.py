"""Characters that nobody sees, through the loading path: keys that look alike are one, or a case."""

from __future__ import annotations

from hub.load.counts import Counts
from hub.load.exchange import Exchange
from tests.hub.conftest import ListSource

from .observed import rows


def test_keys_that_differ_by_what_nobody_sees_are_one(exchange: Exchange, source: ListSource, engine, record) -> None:
    """Once four of them were four rows in the warehouse, all current."""
    source.served = [[record(key, "20220601080000") for key in ("A", "A\u00a0", " A", "A\u200b", "\ufeffB")]]

    _, counts = exchange.sync()

    assert counts["paper"] == Counts(received=5, accepted=2, duplicate=3)
    assert rows(engine, "select _key from warehouse.paper order by 1") == [("A",), ("B",)]


def test_a_key_with_something_unseen_inside_is_a_case(exchange: Exchange, source: ListSource, engine, record) -> None:
    """It looks like another key, and is none; a plain blank between two letters is seen."""
    keys = ("A\u200bB", "A\u00a0B", "A\tB", "A\u00adB", "A B")
    source.served = [[record(key, "20220601080000") for key in keys]]

    _, counts = exchange.sync()

    assert counts["paper"] == Counts(received=5, accepted=1, quarantined=4)
    assert rows(engine, "select _key from warehouse.paper") == [("A B",)]
    assert rows(engine, 'select distinct rules from hub."case"') == [(["record.key"],)]
