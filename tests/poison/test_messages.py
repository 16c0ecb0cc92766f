"""What a case tells the person who has to mend it, dialect by dialect."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from hub.cases import listing

from .dialect import Place
from .dialects import DIALECTS
from .road import Road

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("name", DIALECTS)
def test_a_case_says_where_what_and_what_next(road: Road, place: Callable[[], Place], name: str) -> None:
    """System, page, record and field are named, the broken rule stands in words, and the words say who mends it."""
    dialect = DIALECTS[name]
    bad = {7 * kind + 3: kind for kind in range(6)}
    with dialect.opened(place(), 100, bad, 40) as served:
        exchange = road.exchange(served.source, dialect.contract, dialect.now)
        exchange.sync()
    with road.engine.connect() as connection:
        numbers = connection.execute(sa.text('select id from hub."case" where stream = :s'), {"s": exchange.stream})
        contracts = {dialect.contract.name: dialect.contract}
        cases = [listing.one(connection, row.id, contracts, dialect.now) for row in numbers]

    assert 6 == len(cases)
    for case in cases:
        assert (exchange.stream, dialect.contract.datasets[0].name) == (case["stream"], case["dataset"])
        assert case["request"], "the page"
        assert case["record"] > 0, "the record, by its place in the page; a key may be what is missing"
        unread = [reason["rule"] for reason in case["reasons"]] == ["record.unreadable"]
        assert unread == bool(case["detail"]), "the field, or the place in the record"
        assert [] == [reason["rule"] for reason in case["reasons"] if not reason["sentence"].strip()]
        if "SCHEMAV_" in (case["detail"] or "") or "ERR_" in (case["detail"] or ""):
            assert case["clause"]["vi"] and case["clause"]["en"], case["detail"]  # noqa: PT018 - one clause, in both languages
