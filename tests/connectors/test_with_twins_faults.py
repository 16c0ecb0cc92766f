"""What the twins do wrong, on the wire or in their answers, becomes the errors that the interface documents."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from connectors import Source, Window
from connectors.errors import (
    AuthenticationFailed,
    Incomplete,
    Malformed,
    Refused,
    SourceFailed,
    Throttled,
    TimedOut,
    TooLarge,
)
from contracts.errors import HubError
from contracts.refused import RAW, REFUSED
from tests.connectors import small_city
from tests.connectors.small_city import FACADES, Twins

twins = small_city.twins
nothing_scripted = small_city.nothing_scripted

WIRE_FAULTS: list[tuple[str, dict[str, Any], type[HubError]]] = [
    ("html", {}, Malformed),
    ("truncate", {}, Incomplete),
    ("truncate-clean", {}, Incomplete),
    ("wrong-digest", {}, Incomplete),
    ("status", {"status": 429, "retry_after": 5}, Throttled),
    ("status", {"status": 503}, Throttled),
    ("status", {"status": 502}, SourceFailed),
    ("drip", {"bytes": 1, "pause": 0.1}, TimedOut),
    ("slow", {"seconds": 3}, TimedOut),
    ("empty", {}, Incomplete),
    ("redirect", {"location": "http://127.0.0.1:9/"}, Refused),
    ("gzip-bomb", {"megabytes": 64}, TooLarge),
]


@pytest.mark.parametrize(
    ("name", "operation", "contract"),
    [("one-stop-764", "DongBoHoSoMC", "dossier"), ("moj-registry", "traDanhSachHoSo", "birth")],
)
@pytest.mark.parametrize(
    ("kind", "arguments", "error"),
    WIRE_FAULTS,
    ids=[f"{kind}{arguments.get('status', '')}" for kind, arguments, _ in WIRE_FAULTS],
)
def test_faults_on_the_way(
    twins: Twins, name: str, operation: str, contract: str, kind: str, arguments: dict[str, Any], error: type[HubError]
) -> None:
    """What the twins can do to bytes becomes the same error as what the suite's proxy does."""
    # A page that is too large is asked for in smaller parts first.
    times = 20 if error is TooLarge else 1
    twins.play({"kind": kind, "match": {"system": name, "op": operation}, "times": times, "args": arguments})

    with pytest.raises(error):
        list(twins.open(name, contract, deadline_s=1 if error is TimedOut else 30).pages(Window()))


@pytest.mark.parametrize(
    ("kind", "error"), [("wrong-count", Incomplete), ("missing-record", Incomplete), ("refused", Refused)]
)
def test_faults_of_a_one_stop_twin(twins: Twins, kind: str, error: type[HubError]) -> None:
    """The twin's own faults become the errors that the interface documents."""
    twins.play({"kind": kind, "match": {"system": "one-stop-764", "op": "DongBoHoSoMC"}, "times": 1, "args": {}})

    with pytest.raises(error):
        list(twins.open("one-stop-764", "dossier").pages(Window()))


@pytest.mark.parametrize("kind", ["refused", "already-exists", "code-0-beside-a-failure"])
def test_faults_of_a_portal_twin(twins: Twins, kind: str) -> None:
    """Code and message are both judged; what belongs to sending is no answer to a question."""
    twins.play({"kind": kind, "match": {"system": "national-portal", "op": "TraCuuHoSo"}, "times": 1})

    with pytest.raises(Refused):
        list(twins.open("national-portal", "dossier").pages(Window()))


def test_a_session_that_ends_in_the_middle(twins: Twins) -> None:
    """One new login, the same question again, and not a record is missing."""
    source = twins.open("national-portal", "dossier", page_size=40)
    plain = [page.body for page in source.pages(Window())]
    pages = source.pages(Window())
    came = [next(pages).body]
    twins.play({"kind": "session-ended", "match": {"system": "national-portal"}, "times": 1})
    came += [page.body for page in pages]

    assert came == plain
    assert len(plain) >= 2
    assert twins.state()["played"]["session-ended"] == 1


@pytest.mark.parametrize(
    ("kind", "arguments", "error"),
    [
        ("soap-fault", {"code": "101", "where": "Client"}, AuthenticationFailed),
        ("soap-fault", {"code": "500"}, Refused),
    ],
)
def test_faults_of_the_registry_twin(twins: Twins, kind: str, arguments: dict[str, Any], error: type[HubError]) -> None:
    """The twin's own faults become the errors that the interface documents."""
    twins.play({"kind": kind, "match": {"op": "traDanhSachHoSo"}, "times": 1, "args": arguments})

    with pytest.raises(error):
        list(twins.open("moj-registry", "birth").pages(Window()))


@pytest.mark.parametrize("system", ["moj-registry", *FACADES])
def test_a_record_that_the_twin_gives_twice(twins: Twins, system: str) -> None:
    """Both rows come, and every other record of the page: the merge counts the second as a duplicate."""
    source = twins.open(system, "birth")
    plain = source.records(*_first_page(source))["birth"]
    twins.play(
        {"kind": "duplicate-record", "match": {"system": system, "op": "traDanhSachHoSo"}, "times": 1, "args": {}}
    )

    frame = source.records(*_first_page(source))["birth"]

    assert plain.height + 1 == frame.height
    assert plain.sort("id").equals(frame.unique().sort("id"))


def test_an_invalid_record_of_the_registry_twin(twins: Twins) -> None:
    """A record that the schema refuses is a refused row; the others of its page are what they are without it."""
    source = twins.open("moj-registry", "birth")
    plain = source.records(*_first_page(source))["birth"]
    twins.play({"kind": "invalid-reply", "match": {"op": "traDanhSachHoSo"}, "times": 1, "args": {}})

    frame = source.records(*_first_page(source))["birth"]

    good = frame.filter(pl.col(REFUSED).is_null()).drop(REFUSED, RAW)
    assert plain.height == frame.height
    assert good.height >= plain.height - 1
    assert good.equals(plain.drop(REFUSED, RAW).filter(pl.col("id").is_in(good["id"].to_list())))


def _first_page(source: Source) -> tuple[bytes, str]:
    page = next(iter(source.pages(Window())))
    return bytes(bytearray(page.body)), page.media_type


@pytest.mark.parametrize("system", ["moj-registry", *FACADES])
def test_a_record_that_is_listed_and_missing_once(twins: Twins, system: str) -> None:
    """It is asked for again, and nothing is lost. One that stays away is a case (`test_moj_refusals.py`)."""
    source = twins.open(system, "birth")
    plain = _all(source)
    twins.play({"kind": "missing-record", "match": {"system": system, "op": "traDanhSachHoSo"}, "times": 1, "args": {}})

    assert plain.equals(_all(source))


def _all(source: Source) -> pl.DataFrame:
    """The births of all pages, by id."""
    pages = [source.records(bytes(bytearray(p.body)), p.media_type)["birth"] for p in source.pages(Window())]
    return pl.concat(pages).sort("id")


@pytest.mark.parametrize("system", FACADES)
@pytest.mark.parametrize(
    ("kind", "arguments", "error"),
    [
        ("refused", {"code": "101"}, AuthenticationFailed),
        ("refused", {"code": "500"}, Refused),
        ("cut-data", {}, Incomplete),
    ],
)
def test_faults_of_the_facade_twin(
    twins: Twins, system: str, kind: str, arguments: dict[str, Any], error: type[HubError]
) -> None:
    """The same errors as over SOAP, in every form. An address that is not allowed is asked twice: the token may be the reason."""
    twins.play({"kind": kind, "match": {"system": system, "op": "traDanhSachHoSo"}, "times": 2, "args": arguments})

    with pytest.raises(error):
        list(twins.open(system, "birth").pages(Window()))
