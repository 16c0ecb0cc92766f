"""Records that are asked for again: by key where the dialect has that question, else by the second of their change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import System, Window
from connectors.interface import Page, SoughtRecord, Source
from connectors.rest.keyset_paging import spans
from tests.connectors import digitised_books
from tests.connectors.digitised_books import opened

owner = digitised_books.owner
store = digitised_books.store
sqlite = digitised_books.sqlite

AT = datetime(2022, 6, 1, tzinfo=UTC)


def keys(source: Source, pages: list[Page], dataset: str, field: str) -> list[str]:
    return [k for page in pages for k in source.records(page.body, page.media_type)[dataset][field].to_list()]


def asked(source: Source, *wanted: SoughtRecord) -> list[Page]:
    found = source.again(wanted)
    assert found is not None
    return list(found)


def test_the_registry_is_asked_by_id(registry: Any) -> None:
    """No day is listed; a record that the registry refuses is named with its code, and costs no other."""
    _asked_by_id(registry.open())
    assert [] == registry.double.days


def test_the_rest_facade_is_asked_by_id(facade: Any) -> None:
    """The same question by the other wire, in both of its forms."""
    _asked_by_id(facade.open())


def _asked_by_id(source: Source) -> None:
    pages = asked(source, SoughtRecord("1003"), SoughtRecord("1005"), SoughtRecord("1007", AT))

    assert ["1003", "1007"] == keys(source, pages, "birth", "id")
    assert {"1005": "200"} == dict(pages[0].refused)
    assert "1003" not in pages[0].request


def test_the_key_of_a_bad_record_can_be_anything(registry: Any, facade: Any) -> None:
    """A key that no wire can carry is left out, or each reading would end at it."""
    for source in (registry.open(), facade.open()):
        assert ["1003"] == keys(
            source, asked(source, SoughtRecord("10\x01"), SoughtRecord("1 0"), SoughtRecord("1003")), "birth", "id"
        )
        assert [] == asked(source, SoughtRecord("\x00"))


@pytest.mark.parametrize("engine", ["store", "sqlite"])
def test_a_store_is_asked_by_key(request: pytest.FixtureRequest, engine: str) -> None:
    """The key's column is a number: a text that is none is no row's. The page is one like any other."""
    described: System = request.getfixturevalue(engine)
    source = opened(described)

    pages = asked(
        source,
        SoughtRecord("5"),
        SoughtRecord("2"),
        SoughtRecord("x"),
        SoughtRecord("99999999"),
        SoughtRecord("5 or 1=1"),
    )

    assert ["2", "5"] == sorted(keys(source, pages, "birth", "id"))
    whole = [row for page in source.pages(Window()) for row in _rows(source, page)]
    assert all(row in whole for page in pages for row in _rows(source, page))
    source.close()


def test_a_one_stop_system_is_asked_for_the_second_of_a_change(one_stop: Any) -> None:
    """Its wire has no question by MaHoSo; a dossier without a readable change time cannot be asked for."""
    double, source = one_stop.double, one_stop.open()
    known = double.dossiers[1]

    pages = asked(source, SoughtRecord(known["MaHoSo"], datetime(2022, 6, 1, 0, 2, tzinfo=UTC)), SoughtRecord("?"))

    assert [known["MaHoSo"]] == keys(source, pages, "dossier", "MaHoSo")
    assert [("20220601070200", "20220601070200")] == [(each["tuNgay"], each["denNgay"]) for each in double.asked]


def test_many_changes_are_asked_for_in_few_spans() -> None:
    """A thousand quarantined dossiers are no thousand questions; the longest pauses are left out."""
    moments = [AT + timedelta(hours=n, milliseconds=7) for n in range(1_000)] + [AT + timedelta(days=400)]

    found = spans(moments, 3)

    assert 3 == len(found)
    assert (AT + timedelta(days=400), AT + timedelta(days=400)) == found[-1]
    assert all(any(a <= m.replace(microsecond=0) <= b for a, b in found) for m in moments)
    assert [] == spans([])


def _rows(source: Source, page: Page) -> list[tuple[object, ...]]:
    return source.records(page.body, page.media_type)["birth"].rows()
