"""Deliveries that carried an older version have a notice until their receiver acknowledged what is true now."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.cases import departures
from hub.cases.findings import FindingFilter
from hub.recall.recalls import RecallRound, look
from tests.hub.conftest import engine as paper_engine
from tests.hub.feeds import city as small_city
from tests.hub.feeds.city import PERSON, City

city = small_city.city
engine = paper_engine


def paper(key: str, at: str, **values: str) -> dict[str, object]:
    return {"MaHoSo": key, "NgayCapNhat": at, "parts": [], **values}


def looked(city: City) -> RecallRound:
    contract = city.exchange.contract
    return look(city.engine, {contract.name: contract}, city.builder.keys, city.clock[0] + timedelta(hours=1))


def deliver(city: City) -> None:
    city.build()
    city.approve()


def acknowledged(city: City, sequence: int) -> None:
    with city.engine.begin() as connection:
        connection.execute(
            sa.text("""
                update hub.delivery set state = 'acknowledged', acknowledged = put + deleted, waiting = 0
                where sequence = :sequence"""),
            {"sequence": sequence},
        )


@pytest.fixture
def delivered(city: City) -> City:
    """A and B were delivered; C came later and is true."""
    city.sync(paper("A", "20220601080000", TrangThai="1"), paper("B", "20220601080100"))
    deliver(city)
    looked(city)
    return city


def test_a_delivery_that_carried_the_old_value(delivered: City) -> None:
    """One notice for the corrected record, none for the one beside it, none for a new one."""
    delivered.sync(paper("A", "20220602080000", TrangThai="2"), paper("C", "20220602080100"))
    found = looked(delivered)
    assert (1, 1, 1) == (found.corrected, found.recalls, found.notices)
    kept = "select carrier, agency, n.record_key, why from hub.recall_notice n join hub.recall r on r.id = n.recall"
    assert [("moj-papers-00000001", "000.00.00.G15", "A", "corrected")] == delivered.rows(kept)


def test_what_waits_for_a_person_was_carried_to_nobody(city: City) -> None:
    """A delivery that was built and not released has told nothing."""
    city.sync(paper("A", "20220601080000", TrangThai="1"))
    city.build()
    city.sync(paper("A", "20220602080000", TrangThai="2"))
    assert 0 == looked(city).notices


def test_the_receiver_s_acknowledgement_closes_it(delivered: City) -> None:
    """Of the delivery that brought the new version: one before it, or one that is only on its way, closes nothing."""
    delivered.sync(paper("A", "20220602080000", TrangThai="2"))
    looked(delivered)
    acknowledged(delivered, 1)
    assert 0 == looked(delivered).closed
    deliver(delivered)
    assert 0 == looked(delivered).closed
    acknowledged(delivered, 2)
    assert 1 == looked(delivered).closed
    assert [(1,)] == delivered.rows("select count(*) from hub.recall where closed_at is not null")


def test_a_delivery_with_refused_rows_closes_nothing(delivered: City) -> None:
    """The refused row may be the corrected one: a person closes the notice, or the next delivery does."""
    delivered.sync(paper("A", "20220602080000", TrangThai="2"), paper("C", "20220602080100"))
    looked(delivered)
    deliver(delivered)
    acknowledged(delivered, 2)
    with delivered.engine.begin() as connection:
        connection.execute(
            sa.text("update hub.delivery set refused = 1, acknowledged = acknowledged - 1 where sequence = 2")
        )
    assert 0 == looked(delivered).closed


def test_a_record_that_left_its_source(delivered: City) -> None:
    """When a person ended it, whoever got it has a notice; before that, nobody."""
    stream, dataset, now = delivered.exchange.stream, delivered.feed.dataset, delivered.clock[0]
    with delivered.engine.begin() as connection:
        departures.note(connection, stream, dataset, ["B"], PERSON, now)
    assert 0 == looked(delivered).notices
    with delivered.engine.begin() as connection:
        departures.release(connection, FindingFilter(stream=stream), PERSON, now)
    assert [1, 0] == [looked(delivered).notices for _ in range(2)]
    assert [("left", "B")] == delivered.rows("select why, record_key from hub.recall")
