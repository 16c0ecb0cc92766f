"""Two warehouses that hold the same give the same digests; any difference shows."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.load.exchange import Exchange
from hub.operations.digest import TableDigest, digests

CONTRACT_TABLES = ["warehouse.paper", "history.paper", "warehouse.paper_part", "history.paper_part"]


def taken(exchange: Exchange) -> dict[str, TableDigest]:
    return {each.table: each for each in digests(exchange.engine, iter([exchange.contract]))}


def emptied(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("truncate warehouse.paper, warehouse.paper_part, history.paper, history.paper_part"))
        connection.execute(sa.text("update hub.stream set position = null"))


def test_order_and_repetition_do_not_show(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """The same records, loaded in another order and then read twice, have the same digests; rows are counted."""
    a = record("A", "20220601080000", [("x", "1"), ("y", "2")], TrangThai="1", NguyenNhan="sealed")
    b = record("B", "20220601090000", SoDinhDanh="079086012345")
    source.served = [[a], [b]]
    exchange.sync()
    first = taken(exchange)
    emptied(engine)
    source.served = [[b, a]]
    exchange.sync()
    exchange.sync()

    again = taken(exchange)

    assert list(again) == CONTRACT_TABLES
    assert again == first
    assert [each.rows for each in again.values()] == [2, 0, 2, 0]


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ("update warehouse.paper set trang_thai = null", "warehouse.paper"),
        ("update warehouse.paper set trang_thai = ''", "warehouse.paper"),
        ("update warehouse.paper set _version = _version + interval '1 microsecond'", "warehouse.paper"),
        ("update warehouse.paper_part set gia = 7 where _key = 'A|y'", "warehouse.paper_part"),
        ("delete from warehouse.paper_part where _key = 'A|y'", "warehouse.paper_part"),
    ],
    ids=["value-lost", "null-is-not-empty", "version", "child-value", "child-lost"],
)
def test_each_difference_shows(exchange: Exchange, source, engine: sa.Engine, record, change: str, shown: str) -> None:
    """A value, a version or a row that differs changes the digest of its table, and of no other."""
    source.served = [[record("A", "20220601080000", [("x", "1"), ("y", "2")], TrangThai="1")]]
    exchange.sync()
    before = taken(exchange)
    with engine.begin() as connection:
        connection.execute(sa.text("alter table warehouse.paper drop constraint if exists paper_trang_thai"))
        connection.execute(sa.text(change))

    after = taken(exchange)

    assert {name for name in after if after[name].digest != before[name].digest} == {shown}


def test_the_way_does_not_show(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """When and by which batch a row came is not part of what it says."""
    source.served = [[record("A", "20220601080000")]]
    exchange.sync()
    before = taken(exchange)
    with engine.begin() as connection:
        connection.execute(sa.text("update warehouse.paper set _known_from = now(), _row = 99"))

    assert taken(exchange) == before


def test_one_system_apart_from_its_name(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """The same records under two systems have the same digests of their own; together they are another warehouse."""
    source.served = [[record("A", "20220601080000", [("x", "1")]), record("B", "20220601090000")]]
    exchange.sync()
    alone = list(digests(engine, iter([exchange.contract])))
    with engine.begin() as connection:
        for table in ("paper", "paper_part"):
            connection.execute(sa.text(f"create temp table twice on commit drop as select * from warehouse.{table}"))
            connection.execute(sa.text("update twice set _system = 'other'"))
            connection.execute(sa.text(f"insert into warehouse.{table} select * from twice"))
            connection.execute(sa.text("drop table twice"))

    of_each = [list(digests(engine, iter([exchange.contract]), system=name)) for name in ("test", "other")]

    assert of_each[0] == of_each[1]
    assert [2, 0, 1, 0] == [each.rows for each in of_each[0]]
    assert alone != list(digests(engine, iter([exchange.contract])))
