"""A field of a delivery, explained from the landed bytes, whatever happened to its record since."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.recall.explaining import explain
from tests.hub.conftest import engine as paper_engine
from tests.hub.feeds import city as small_city
from tests.hub.feeds.city import City

city = small_city.city
engine = paper_engine
MINH = Actor("Minh", "a question of the Ministry")


def paper(key: str, at: str, **values: str) -> dict[str, object]:
    return {"MaHoSo": key, "NgayCapNhat": at, "parts": [], **values}


def hub_of(city: City):
    """What an explanation asks of a hub, over the real database and landing."""
    return SimpleNamespace(
        engine=city.engine,
        keys=city.builder.keys,
        landing=city.exchange.landing,
        scenario=SimpleNamespace(now=lambda: city.clock[0]),
        deployment=SimpleNamespace(stream=lambda name: name),
        source=lambda _: city.exchange.source,
    )


def test_a_field_of_an_older_version(city: City) -> None:
    """The value as the source sent it on that day, its page verified; the look is a row of the audit log."""
    city.sync(paper("A", "20220601080000", NgaySinh="1990-05"), paper("B", "20220601080100", TrangThai="1"))
    city.build()
    city.sync(paper("B", "20220602080100", TrangThai="2"))
    found = explain(hub_of(city), city.feed, 1, 2, "TrangThai", MINH)
    assert ("paper/test/B", "1", True) == (found["record"], found["as received"], found["bytes verified"])
    assert "2 of 2" == found["record in page"]
    looks = "select who, because, reference from hub.audit where what = 'look'"
    assert [("Minh", "a question of the Ministry", "paper/test/B")] == city.rows(looks)


@pytest.mark.parametrize(("line", "field"), [(3, "TrangThai"), (1, "NguyenNhan"), (1, "nothing")])
def test_what_the_delivery_did_not_carry(city: City, line: int, field: str) -> None:
    """No such line; a field that was not given to the receiver is not explained either. Nothing was looked at."""
    city.sync(paper("A", "20220601080000", NguyenNhan="x"), paper("B", "20220601080100"))
    city.build()
    with pytest.raises(NotFound):
        explain(hub_of(city), city.feed, 1, line, field, MINH)
    assert [] == city.rows("select * from hub.audit where what = 'look'")
