"""What a listing says about itself is demanded, and believed only where it can be."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from connectors import Position, Window, open_source
from connectors.errors import Incomplete, Malformed, Refused
from connectors.interface import Fingerprint
from connectors.testing.fault_proxy import FaultProxy, ScriptedReply
from connectors.wire_time import AHEAD, furthest, trusted_clock
from tests.connectors.double import NOW, served
from tests.connectors.one_stop_double import OneStopDouble, dossier_contract, one_stop_system

Change = Callable[[dict[str, Any]], object]


def read(place: Any, change: Change, **options: object) -> list[str]:
    """The numbers that come through a desk whose envelopes are changed."""

    def spoil(request: object, answer: ScriptedReply) -> ScriptedReply:
        content = json.loads(answer.body)
        if "result" in content:
            change(content)
        return answer.with_body(json.dumps(content, ensure_ascii=False).encode())

    with FaultProxy(place.address, spoil) as proxy:
        source = open_source(place.system(proxy.address, **options), place.contract)
        try:
            return [
                n
                for page in source.pages(Window())
                for n in source.records(page.body, page.media_type)["dossier"]["MaHoSo"]
            ]
        finally:
            source.close()


ALL = [f"000.00.01.H29-220601-{n:04d}" for n in range(1, 8)]


@pytest.mark.parametrize(
    "change",
    [
        lambda e: e.pop("hasMore"),
        lambda e: e.update(has_more=e.pop("hasMore")),
        lambda e: e.update(hasMore=False),
        lambda e: e.update(hasMore=False, nextPage="2" if e["hasMore"] else None),
    ],
    ids=["absent", "renamed", "always false", "contradicted"],
)
@pytest.mark.parametrize("size", [1, 3, 7])
def test_a_full_page_without_its_paging_word_is_read_on(one_stop: Any, change: Change, size: int) -> None:
    """Once a reply without `hasMore` ended the reading: with the overlap, each run read the same first page for ever."""
    assert ALL == read(one_stop, change, page_size=size)


@pytest.mark.parametrize(
    "change", [lambda e: e.pop("hasMore"), lambda e: e.update(hasMore=False)], ids=["absent", "false"]
)
def test_a_desk_that_gives_all_at_once(one_stop: Any, change: Change) -> None:
    """It ignores the cursor: the question after its only page brings the same again, and the reading ends."""
    listed = one_stop.double.listed
    one_stop.double.listed = lambda asked: listed({"soLuong": "7"})

    assert ALL == read(one_stop, change, page_size=100)


def test_a_full_page_that_comes_for_ever(one_stop: Any) -> None:
    """It says so: the position would stay where it is in every run."""
    listed = one_stop.double.listed
    one_stop.double.listed = lambda asked: listed({"soLuong": "3"})

    with pytest.raises(Malformed, match="turns in circles"):
        read(one_stop, lambda e: e.pop("hasMore"), page_size=3)


def test_a_total_is_read_up_to(one_stop: Any) -> None:
    """A page that says it is the last before the total has come is not believed."""

    def short(envelope: dict[str, Any]) -> None:
        held = envelope["result"][:2]
        envelope.update(total=7, hasMore=False, result=held, count=len(held))

    assert ALL == read(one_stop, short, page_size=3)


@pytest.mark.parametrize("count", [0, "0"])
def test_null_is_an_empty_list_where_nothing_is_promised(one_stop: Any, count: object) -> None:
    """Many servers write null for an empty list; once every quiet run ended in an error that asked somebody to act."""
    assert [] == read(one_stop, lambda e: e.update(result=None, count=count, hasMore=False))


def test_a_count_in_digits(one_stop: Any) -> None:
    """A count as text says the same as a number."""
    assert ALL == read(one_stop, lambda e: e.update(count=str(e["count"])))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda e: e.update(result=None), Malformed),
        (lambda e: e.update(result=None, count=0, hasMore=True), Malformed),
        (lambda e: e.update(count="three"), Malformed),
        (lambda e: e.update(count=True), Malformed),
        (lambda e: e.update(count=3.0), Malformed),
        (lambda e: e.update(error_code=None), Malformed),
        (lambda e: e.update(error_code=False), Malformed),
        (lambda e: e.update(error_code="00"), Refused),
        (lambda e: e.update(message="Chưa thành công"), Refused),
        (lambda e: e.update(message="Không thành công"), Refused),
        (lambda e: e.update(message="Giao dịch thành công một phần"), Refused),
        (lambda e: e.update(message=None), Refused),
        (lambda e: e.update(hasMore=1), Malformed),
        (lambda e: e.update(total=8), Incomplete),
        (lambda e: e.update(tong_so="8"), Incomplete),
        (lambda e: e.update(deleted=[{"MaHoSo": "1"}]), Malformed),
    ],
)
def test_what_completes_a_page_is_demanded(one_stop: Any, change: Change, error: type[Exception]) -> None:
    """Each of these once ended a reading as complete, or would have."""
    with pytest.raises(error) as raised:
        read(one_stop, change)
    assert str(raised.value).startswith("one-stop-760: DongBoHoSoMC")
    assert error is Incomplete or "(page 1)" in str(raised.value)


@pytest.mark.parametrize("behind", [b"<!-- 0.3 s -->", b"x", b"{}", b'{"result": []}', b"]}", b"\xff"])
def test_what_follows_a_reply_is_no_cut_transport(one_stop: Any, behind: bytes) -> None:
    """No waiting heals it: once it was tried again for ever as a reply that ended early, or blamed on its first record."""

    def spoil(request: object, answer: ScriptedReply) -> ScriptedReply:
        return answer.with_body(answer.body + behind) if b'"result"' in answer.body else answer

    with FaultProxy(one_stop.address, spoil) as proxy:
        source = open_source(one_stop.system(proxy.address), one_stop.contract)
        with pytest.raises(Malformed, match="something follows the end of the JSON"):
            list(source.pages(Window()))
        source.close()


@pytest.mark.parametrize("message", ["Thành công", "THÀNH CÔNG", " thành công. ", "Tha\u0300nh co\u0302ng"])
def test_success_in_its_ways_of_writing(one_stop: Any, message: str) -> None:
    """Capitals, decomposed letters and a full stop are the same word."""
    assert ALL == read(one_stop, lambda e: e.update(message=message))


def test_a_page_is_judged_before_it_leaves(one_stop: Any) -> None:
    """Once a page that does not ascend was merged and moved the position before it was refused: 20 records were lost."""
    double, source = one_stop.double, one_stop.open(page_size=3)

    def turned(asked: dict[str, str]) -> dict[str, Any]:
        listed: dict[str, Any] = OneStopDouble.listed(double, asked)
        return listed | {"result": listed["result"][::-1] if "sauMaHoSo" in asked else listed["result"]}

    double.listed = turned

    pages = source.pages(Window())

    assert 3 == next(pages).count
    with pytest.raises(Malformed, match="do not ascend by NgayCapNhat at record 2"):
        next(pages)


@pytest.mark.usefixtures("plain_log")
def test_a_clock_that_jumps_ahead_carries_nothing_past(one_stop: Any) -> None:
    """Date header and change times an hour ahead together once carried the position past ten dossiers of that hour."""
    double = OneStopDouble()
    for number, each in enumerate(double.dossiers[5:]):
        each["NgayCapNhat"] = f"202206020{9 + number:d}0000"[:14] if number == 0 else "20220602083000"
    double.dossiers[5]["NgayCapNhat"] = "20220602085900"
    ahead = NOW + timedelta(hours=1)
    with served(double, "/d", clock=ahead) as address, capture_logs() as logs:
        source = open_source(one_stop_system(address, page_size=100), dossier_contract())
        (page,) = source.pages(Window())
        probes = {probe.step: probe for probe in source.check()}
        source.close()

    assert page.count == 7
    assert page.end is not None
    assert page.end.changed_at <= NOW + AHEAD
    assert [2] == [line["records"] for line in logs if line["event"] == "page.ahead_of_clock"]
    assert probes["clock"].ok is False
    assert "do not move the position" in probes["clock"].detail


def test_the_trusted_clock() -> None:
    """The source's as far as ours allows: a clock that is behind is believed, one that is far ahead is not."""
    hour = timedelta(hours=1)
    assert [NOW, NOW - hour, NOW + AHEAD, NOW + timedelta(minutes=1)] == [
        trusted_clock(each, NOW) for each in (None, NOW - hour, NOW + hour, NOW + timedelta(minutes=1))
    ]


@pytest.mark.parametrize("odd", ["A\0", "A\ud800", "A\n", "A\x7f"])
def test_an_id_that_no_position_can_hold(odd: str) -> None:
    """NUL in the newest number once broke the position's JSONB in every run."""
    assert Position(NOW, "") == furthest([(NOW, odd)], NOW)
    assert Fingerprint.of("", [(odd, "1")]).marks


@pytest.mark.parametrize("odd", [rb"\u0000", rb"\ud800", rb"\u0001"])
def test_a_newest_dossier_with_such_a_number(one_stop: Any, odd: bytes) -> None:
    """It is read and moves the position in time; the reading goes on and ends."""

    def spoil(request: object, answer: ScriptedReply) -> ScriptedReply:
        return answer.with_body(answer.body.replace(b'H29-220601-0007"', b'H29-220601-0007%b"' % odd))

    with FaultProxy(one_stop.address, spoil) as proxy:
        source = open_source(one_stop.system(proxy.address, page_size=7), one_stop.contract)
        pages = list(source.pages(Window()))
        frames = [source.records(page.body, page.media_type)["dossier"] for page in pages]
        source.close()

    end = max(page.end for page in pages if page.end is not None)
    assert end.record_id.isprintable()
    assert end.changed_at == datetime(2022, 6, 1, 1, 0, tzinfo=UTC)
    assert 7 == sum(frame.height for frame in frames)
