"""Records of the store of digitised books: which rows, how places are named, in what order they come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors import System
from connectors.errors import Malformed
from connectors.interface import Position, Window
from tests.connectors import digitised_books
from tests.connectors.digitised_books import CHANGED, NOW, ROWS, SYSTEMS, changed, opened, reply

owner = digitised_books.owner
store = digitised_books.store
sqlite = digitised_books.sqlite


def test_both_engines_say_the_same_records(store: System, sqlite: System) -> None:
    """What is told does not depend on the engine, and the same rows are landed as the same bytes."""
    pages = [list(opened(each).pages(Window())) for each in (store, sqlite, store)]
    frames = [[opened(store).records(page.body, page.media_type)["birth"] for page in each] for each in pages]

    assert all(one.equals(other) for one, other in zip(frames[0], frames[1], strict=True))
    assert [page.body for page in pages[0]] == [page.body for page in pages[2]]


def test_only_finished_rows_of_the_years_asked_for(store: System) -> None:
    """A row that is still being keyed, and a book of another year, are not read; equal change times are told apart by the key."""
    assert [str(number) for number in range(1, ROWS + 1)] == reply(opened(store), "id")


def test_a_place_is_reported_by_its_national_code(store: System) -> None:
    """The store's own code stays in the landing; the unit that answers is the place's."""
    [page, *_] = opened(store).pages(Window())
    frame = opened(store).records(page.body, page.media_type)["birth"]

    assert {("26740", "26740")} == set(frame.select("noiDangKy", "maDonVi").rows())
    assert b'"DM_NOIDANGKY.IDMap"' in page.body
    assert b",12,," in page.body
    assert b"/so-hoa/1.pdf" in page.body


def test_a_row_without_change_time_comes_with_every_reading(store: System, owner: str) -> None:
    """It can not be found by time, so it is not lost by that: it is read each time, and the contract makes a case of it; a day's reading leaves it out."""
    with changed(
        owner,
        'update "HT_KHAISINH" set "NgayCapNhat" = null where "ID" = 5',
        f"""update "HT_KHAISINH" set "NgayCapNhat" = '{CHANGED[4]}' where "ID" = 5""",
    ):
        late = Window(Position(datetime(2022, 5, 30, tzinfo=UTC)))
        assert ["5"] == reply(opened(store), "id", late)
        assert [None] == reply(opened(store), "ngayCapNhat", late)
        assert [] == reply(opened(store), "id", replace(late, until=NOW))


def test_a_time_that_has_not_come_does_not_carry_the_position(store: System, owner: str) -> None:
    """2202 for 2022: the row is read, the position stays where honest rows are."""
    with changed(
        owner,
        """update "HT_KHAISINH" set "NgayCapNhat" = '2202-05-01' where "ID" = 5""",
        f"""update "HT_KHAISINH" set "NgayCapNhat" = '{CHANGED[4]}' where "ID" = 5""",
    ):
        source = opened(store)
        ends = [page.end for page in source.pages(Window()) if page.end]
        source.close()
        assert max(ends).record_id == str(ROWS)
        assert max(ends).changed_at.year == 2022
        assert "5" == reply(opened(store), "id")[-1]


def test_rows_that_change_while_they_are_read_are_not_passed_over(store: System, owner: str) -> None:
    """A row already read, and one not yet read, change between two pages: both come with what they say now, and nothing else is missing."""
    source = opened(store)
    pages = source.pages(Window())
    came = [next(pages)]
    with changed(
        owner,
        """update "HT_KHAISINH" set "NgayCapNhat" = '2022-05-20 10:00', "so" = 'neu' where "ID" in (2, 120)""",
        *(
            f"""update "HT_KHAISINH" set "NgayCapNhat" = '{CHANGED[n - 1]}', "so" = '{n}' where "ID" = {n}"""
            for n in (2, 120)
        ),
    ):
        came += pages
    rows = [
        pair for page in came for pair in source.records(page.body, page.media_type)["birth"].select("id", "so").rows()
    ]
    source.close()

    assert {str(n) for n in range(1, ROWS + 1)} == {key for key, _ in rows}
    assert [("2", "neu"), ("120", "neu")] == rows[-2:]
    assert ("2", "2") in rows
    assert ("120", "120") not in rows


def test_a_table_without_change_time_is_read_whole_by_key(sqlite: System, tmp_path: Path) -> None:
    """Its records bear the time of the reading, which the landed page tells: read again they are unchanged, as the hash leaves transport out."""
    maps = tmp_path / "digitised-store"
    maps.mkdir()
    text = (SYSTEMS / "digitised-store" / "birth.yaml").read_text(encoding="utf-8")
    (maps / "birth.yaml").write_text(text.replace("ngayCapNhat: NgayCapNhat", "ngayCapNhat: null"), encoding="utf-8")
    source = opened(replace(sqlite, folder=tmp_path), changed=None)

    assert [str(number) for number in range(1, ROWS + 1)] == reply(source, "id", Window(Position(NOW)))
    assert {NOW.isoformat()} == set(reply(source, "ngayCapNhat"))


def test_a_page_cut_by_bytes_loses_nothing(store: System) -> None:
    """Large rows make small pages."""
    source = opened(store, max_raw_bytes=2_000)
    heights = [page.count for page in source.pages(Window())]
    source.close()

    assert sum(heights) == ROWS
    assert max(heights) < 50


def test_a_landed_page_that_was_changed_is_none(store: System) -> None:
    """Count and hash stand in the page itself."""
    source = opened(store)
    [page, *_] = source.pages(Window())
    for body in (page.body[:-40], page.body.replace(b"Sinh 1", b"Sinh 9", 1), b"{}", b""):
        with pytest.raises(Malformed):
            source.records(body, page.media_type)
    source.close()
