"""The Ministry's system as a client of the city: it asks on real sockets, and does not take the city's word for it. All people are synthetic."""

from __future__ import annotations

import json

import pytest

from tests.hub import registers
from tests.service import asked, ministry_calls
from tests.service.asked import BOOK, KEY, NAME, WIFE, Ministry, hold, on_its_way
from tests.sockets import listening
from twins.on_disk import CityTable
from twins.registry.asks import MojAsks
from twins.registry.books import RegisterBook

contracts = registers.contracts
engine = registers.engine
put = registers.put
units = registers.units
hub = ministry_calls.hub
city = asked.city
ministry = asked.ministry


def test_it_asks_over_soap_and_fetches_over_both(put, ministry: Ministry) -> None:
    """What comes out is the number, the receipt and four checks that hold; nothing of a person, and again it is the same."""
    hold(put)
    answer = ministry.ask()
    assert (answer["status"], answer["trangThai"], answer["soTrichLuc"]) == ("1", "4", "1/2022/TLKH-BS")
    assert answer["bienNhan"]["soBienNhan"] == "1/2022/BN"
    assert len(answer["checks"]) == 4
    assert all(answer["checks"].values())
    assert answer == ministry.ask()
    assert not {part for part in (NAME, WIFE, "1990") if part in json.dumps(answer, ensure_ascii=False)}


@pytest.mark.parametrize(
    ("held", "state"),
    [(None, "6"), ({"voHoTen": "Phan Thị Tám"}, "2"), ({"so": "4", "voSoGiayToTuyThan": "079190000009"}, "6")],
)
def test_another_state_is_reported_with_its_reasons(put, ministry: Ministry, held, state: str) -> None:
    """Not held; another name under the number; another entry of another person: nothing is fetched."""
    if held is not None:
        hold(put, **held)
    answer = ministry.ask()
    assert (answer["status"], answer["trangThai"]) == ("1", state)
    assert answer["chiTiet"]
    assert "bienNhan" not in answer


@pytest.mark.parametrize(
    ("old", "new", "broken"),
    [
        ("Bình", "Bính", {"data is what the receipt says"}),
        (NAME, "Trần Thị Hoà Lam", {"data is what the receipt says", "it is the entry of the Ministry's own book"}),
        ("JVBERi0", "JVBERi1", {"draft is what the receipt says"}),
    ],
)
def test_what_is_altered_on_its_way_is_seen(put, ministry: Ministry, old: str, new: str, broken: set[str]) -> None:
    """A name of either spouse; the first letters of the draft."""
    hold(put)
    with listening(on_its_way(ministry.city, lambda answer: answer.replace(old.encode(), new.encode()))) as between:
        answer = ministry.ask(address=between)
    assert {check for check, holds in answer["checks"].items() if not holds} == broken


def test_one_way_that_says_otherwise_is_seen(put, ministry: Ministry) -> None:
    """Altered over REST alone: JSON writes the receipt's number in quotes."""
    hold(put)
    with listening(on_its_way(ministry.city, lambda answer: answer.replace(b'"1/2022/BN"', b'"2/2022/BN"'))) as between:
        answer = ministry.ask(address=between)
    assert [check for check, holds in answer["checks"].items() if not holds] == ["REST hands over the same"]


def test_a_fault_of_the_city_is_reported_with_its_code(hub, city, ministry: Ministry) -> None:
    """A login that the city does not know."""
    twin = MojAsks(
        {"marriage": RegisterBook("marriage", CityTable(_book().to_dict()))},
        {"client_id": "nobody", "client_secret": "x"},
    )
    from starlette.applications import Starlette

    with listening(Starlette(routes=twin.routes())) as address:
        answer = Ministry(address, city, ministry.token).ask()
    assert answer == (502, {"error": "dangKyHoTich was answered by a Fault: 100"})


@pytest.mark.parametrize(
    ("changes", "what"), [({"id": "1"}, "no marriage 1"), ({"register": "land"}, "no register land")]
)
def test_what_it_does_not_have_it_cannot_ask_about(ministry: Ministry, changes: dict[str, str], what: str) -> None:
    assert ministry.ask(**changes) == (400, {"error": what})


def test_a_question_that_is_not_whole_is_refused(ministry: Ministry) -> None:
    import urllib.error

    with pytest.raises(urllib.error.HTTPError) as refused:
        ministry.control("POST", "ask", {"register": "marriage", "id": KEY})
    assert refused.value.code == 400
    assert b"expected {address, token, register, id, maDonVi, maHoSo}" in refused.value.read()


def _book():
    import polars as pl

    from twins.city.fields import REGISTER_FIELDS

    return pl.DataFrame(
        {name: [BOOK.get(name)] for name in REGISTER_FIELDS["marriage"]} | {"_changed": [1_640_000_000]}
    )
