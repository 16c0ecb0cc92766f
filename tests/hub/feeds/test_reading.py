"""What the database writes of a delivery is what Python writes of it, for every text and in every order."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.feeds import reading
from hub.feeds.forms.lines import json_lines
from hub.feeds.reading import StoredItems, VersionLost
from tests.hub.feeds.city import COLUMNS, City

ODD = "".join(map(chr, [*range(1, 0x120), 0x2028, 0x2029, 0xFEFF, 0xFFFD, 0xFFFF, 0x1F600, 0x10FFFF]))
"""Every character that JSON may write otherwise, and some that it must not."""


def paper(key: str, at: str, **values: str) -> dict[str, object]:
    return {"MaHoSo": key, "NgayCapNhat": at, "parts": [], **values}


def stored(city: City, connection: sa.Connection, sequence: int, columns: tuple[str, ...] = COLUMNS) -> StoredItems:
    return StoredItems(connection, city.feed.id, sequence, city.feed.dataset, columns, city.clock[0])


def written(city: City, sequence: int, columns: tuple[str, ...] = COLUMNS) -> tuple[bytes, bytes]:
    """The lines of a delivery by PostgreSQL, and by Python."""
    with city.engine.begin() as connection:
        by_database = b"".join(stored(city, connection, sequence, columns).json_blocks(columns))
        return by_database, b"".join(json_lines(stored(city, connection, sequence, columns), columns))


@pytest.mark.parametrize("several", [1, 2, 5000])
def test_both_ways_write_the_same(city: City, monkeypatch: pytest.MonkeyPatch, several: int) -> None:
    """Current and superseded versions, deletions, null, the empty text, times with and without a fraction."""
    monkeypatch.setattr(reading, "SEVERAL", several)
    city.sync(*(paper(f"K{n}", f"2022060108000{n}", NgaySinh="1990-05") for n in range(5)))
    with city.engine.begin() as connection:
        connection.execute(sa.text("update warehouse.paper set so_dinh_danh = :odd where _key = 'K1'"), {"odd": ODD})
        connection.execute(sa.text("update warehouse.paper set so_dinh_danh = '' where _key = 'K2'"))
        whole = "update warehouse.paper set _known_from = date_trunc('second', _known_from) where _key = 'K3'"
        connection.execute(sa.text(whole))
    city.build()
    city.sync(paper("K0", "20220602080000", TrangThai="2"), paper("K1", "20220602080001", TrangThai="1"))
    city.build()
    with city.engine.begin() as connection:
        connection.execute(
            sa.text("insert into hub.delivery_item values ('moj-papers', 2, 3, 'test', 'K4', 'delete', null)")
        )
    for sequence, lines in ((1, 5), (2, 3)):
        by_database, by_python = written(city, sequence, (*COLUMNS, "NgayCapNhat"))
        assert by_python == by_database
        assert lines == by_database.count(b"\n")


def test_a_delivery_without_items(city: City) -> None:
    """Nothing changed: no line, and no question too many."""
    city.sync(paper("A", "20220601080000"))
    city.build()
    city.build()
    assert (b"", b"") == written(city, 2)


def test_a_version_that_is_lost(city: City) -> None:
    """Both ways notice it: a line is never left out."""
    city.sync(paper("A", "20220601080000"), paper("B", "20220601080001"))
    city.build()
    with city.engine.begin() as connection:
        connection.execute(sa.text("delete from warehouse.paper where _key = 'B'"))
    with city.engine.begin() as connection, pytest.raises(VersionLost):
        list(stored(city, connection, 1).json_blocks(COLUMNS))
    with city.engine.begin() as connection, pytest.raises(VersionLost):
        list(stored(city, connection, 1))
