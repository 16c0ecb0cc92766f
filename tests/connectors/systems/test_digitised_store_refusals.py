"""What the store of digitised books is refused for: options, addresses, maps, a renamed column, nobody at its port."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors import System
from connectors.errors import Malformed, Unreachable
from connectors.interface import Window
from contracts.errors import ContractInvalid, DeploymentInvalid
from tests.connectors import digitised_books
from tests.connectors.digitised_books import changed, opened

owner = digitised_books.owner
store = digitised_books.store


def test_a_renamed_column_is_named_with_what_it_may_be_now(store: System, owner: str) -> None:
    """The person on duty reads both names."""
    with (
        changed(
            owner,
            'alter table "HT_KHAISINH" rename "nksQueQuan" to "nksNguyenQuan"',
            'alter table "HT_KHAISINH" rename "nksNguyenQuan" to "nksQueQuan"',
        ),
        pytest.raises(Malformed, match=r"no column nksQueQuan; columns that nothing reads: nksNguyenQuan"),
    ):
        list(opened(store).pages(Window()))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"state": {"column": "TinhTrangID"}}, "finished"),
        ({"places": {"table": "DM"}}, "places: code, column, parent, unit missing"),
        ({"years": {"from": 2}}, "years"),
        ({"tables": {"death": "HT_KHAITU"}}, "names none for birth"),
        ({"maps": "elsewhere"}, "not there"),
        ({"pagesize": 1}, "pagesize"),
        ({"kept": "x"}, "kept"),
    ],
)
def test_options_that_cannot_work_are_named(store: System, options: dict[str, object], match: str) -> None:
    with pytest.raises(DeploymentInvalid, match=match):
        opened(store, **options)


@pytest.mark.parametrize(
    ("address", "match"),
    [
        ("postgresql://me:hush-9@127.0.0.1/store", "holds a login"),
        ("no address", "no database URL"),
        ("nosuch://127.0.0.1/store", "cannot be opened here"),
    ],
)
def test_addresses_that_cannot_work_are_named_without_what_they_hold(store: System, address: str, match: str) -> None:
    with pytest.raises(DeploymentInvalid, match=match) as error:
        opened(replace(store, address=address))
    assert "hush-9" not in str(error.value)


def test_nobody_listens(store: System) -> None:
    with pytest.raises(Unreachable):
        list(opened(replace(store, address="postgresql://127.0.0.1:9/store")).pages(Window()))


def test_a_map_that_forgets_a_field_is_refused(store: System, tmp_path: Path) -> None:
    """A field that nobody mapped would be null for ever."""
    (tmp_path / "digitised-store").mkdir()
    (tmp_path / "digitised-store" / "birth.yaml").write_text("contract: birth\nfields: {id: ID}\n", encoding="utf-8")
    with pytest.raises(ContractInvalid, match="no word on"):
        opened(replace(store, folder=tmp_path))
