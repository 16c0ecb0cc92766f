"""A record that comes twice in one answer costs at most itself: the same content is counted, two contents are a case."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.load.counts import Counts

from .dialect import Place
from .dialects import DIALECTS
from .road import Road
from .walk import honest

pytestmark = pytest.mark.timeout(600)

SAME, OTHER = 6, 7
"""Kinds of a dialect: the record twice, and another content under its key and change time."""
COUNT, AT = 60, 7


@pytest.mark.parametrize("name", [each for each in DIALECTS if each != "store of digitised books"])
@pytest.mark.parametrize("kind", [SAME, OTHER], ids=["one content", "two contents"])
def test_a_record_that_comes_twice(road: Road, place: Callable[[], Place], name: str, kind: int) -> None:
    """Once the registry's doors refused the whole page for it, in every run: 59 good records stayed out for ever."""
    dialect = DIALECTS[name]
    whole = honest(road, dialect, place(), COUNT, size=20)
    with dialect.opened(place(), COUNT, {AT: kind}, 20) as served:
        exchange = road.exchange(served.source, dialect.contract, dialect.now)
        _, counts = exchange.sync()

    key, held = dialect.key(AT), road.held(exchange)
    others = {each: row for each, row in whole.items() if each != key}
    assert others == {each: row for each, row in held.items() if each != key}
    assert key in held
    main = counts[dialect.contract.datasets[0].name]
    again = {"duplicate": 1} if kind == SAME else {"quarantined": 1}
    assert Counts(received=COUNT + 1, accepted=COUNT, findings=main.findings, **again) == main
    cases = [(case.key, case.rules) for case in road.cases(exchange)]
    assert cases == ([] if kind == SAME else [(key, ("record.version-conflict",))])
    assert road.counted_again(exchange) == counts


@pytest.mark.parametrize("kind", [SAME, OTHER], ids=["one content", "two contents"])
def test_a_key_that_two_rows_of_a_table_have(road: Road, place: Callable[[], Place], kind: int) -> None:
    """Which of two rows the key means, the table does not say, even where they are alike: both are cases."""
    dialect = DIALECTS["store of digitised books"]
    whole = honest(road, dialect, place(), COUNT, size=20)
    with dialect.opened(place(), COUNT, {AT: kind}, 20) as served:
        exchange = road.exchange(served.source, dialect.contract, dialect.now)
        _, counts = exchange.sync()

    assert {key: row for key, row in whole.items() if key != dialect.key(AT)} == road.held(exchange)
    main = counts[dialect.contract.datasets[0].name]
    again = {"duplicate": 1} if kind == SAME else {}
    counted = Counts(
        received=COUNT + 1, accepted=COUNT - 1, quarantined=2 - len(again), findings=main.findings, **again
    )
    assert counted == main
    assert len(road.cases(exchange)) == 2 - len(again)
