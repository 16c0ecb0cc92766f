"""The registry's dialect: days, chunks, refusals by code, and records as frames."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from connectors import Page, Position, Source, Window
from connectors.errors import AuthenticationFailed, Refused
from contracts.errors import DeploymentInvalid
from contracts.refused import REFUSED

XML = "text/xml"


def frame(source: Source, pages: list[Page]) -> pl.DataFrame:
    return pl.concat(source.records(page.body, page.media_type)["birth"] for page in pages)


def test_every_day_is_read_in_chunks(registry: Any) -> None:
    """Each record comes once, by day and in pages; a day without records gives no page."""
    source = registry.open()

    pages = list(source.pages(Window()))

    assert ["2022-05-30", "2022-05-31", "2022-06-01", "2022-06-02"] == registry.double.days
    assert [3, 1, 3] == [page.count for page in pages]
    assert [str(1000 + n) for n in (1, 2, 3, 4, 6, 7, 8)] == frame(source, pages)["id"].to_list()


def test_a_record_refused_by_code(registry: Any) -> None:
    """A record that the registry calls not complete makes the page no less whole, and is told with its code."""
    refused = [dict(page.refused) for page in registry.open().pages(Window())]

    assert [{}, {"1005": "200"}, {}] == refused


def test_the_days_of_a_window_are_read_whole(registry: Any) -> None:
    """The registry tells days only, so reading on starts at the first moment of the position's day, local time."""
    since = Position(datetime(2022, 5, 31, 17, 30, tzinfo=UTC), "1008")  # half past midnight of 1 June

    list(registry.open().pages(Window(since, datetime(2022, 6, 1, 10, 0, tzinfo=UTC))))

    assert ["2022-06-01"] == registry.double.days


def test_an_idle_stretch_is_cheap(registry: Any) -> None:
    """A day on which nothing changed costs one small call."""
    registry.double.births.clear()

    assert [] == list(registry.open(first_day="2022-05-04").pages(Window()))
    assert 30 == len(registry.double.sent)


def test_a_record_changed_again_does_not_carry_the_position_over_unread_days(registry: Any) -> None:
    """A list of a day also names records created then and changed since: a reading cut there must not skip the days between."""
    registry.double.births["1001"]["ngayCapNhat"] = "2022-06-02T07:00:00+07:00"
    double = registry.double
    listed = double.births["1001"]
    original = double.__class__.__call__

    pages = registry.open().pages(Window())
    with pytest.MonkeyPatch.context() as patch:
        # As the registry tells it on 31 May's list: created that day, last changed on 2 June.
        patch.setattr(double.__class__, "__call__", lambda self, *call: _with_listed(self, original, listed, call))
        first = next(pages)

    assert first.end == Position(datetime(2022, 5, 31, 2, 3, tzinfo=UTC), "1003")


def _with_listed(double: Any, original: Any, listed: dict[str, str], call: tuple[Any, ...]) -> Any:
    status, kind, body = original(double, *call)
    if b"dsHoSoDangKy" in call[3] and b"2022-05-31" in call[3]:
        body = body.replace(
            b"<danhSach>", b"<danhSach><hoSo><id>%s</id><maDonVi>27007</maDonVi></hoSo>" % listed["id"].encode()
        )
    return status, kind, body


def test_the_registry_gets_one_request_at_a_time(registry: Any) -> None:
    """The next request is sent while a reply is read, and never while another one is being answered."""
    answering, most, double = [0], [0], registry.double
    original = double.__class__.__call__

    def counted(self: Any, *call: Any) -> Any:
        answering[0] += 1
        most[0] = max(most[0], answering[0])
        time.sleep(0.01)
        answering[0] -= 1
        return original(self, *call)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(double.__class__, "__call__", counted)
        for page in registry.open(page_size=1).pages(Window()):
            assert page.count <= 1

    assert [1] == most
    assert 12 == len(double.sent)


def test_records_of_a_fetched_page_are_those_of_its_bytes(registry: Any) -> None:
    """What fetching has read is the same as what a replay reads from the landing."""
    source = registry.open()

    for page in source.pages(Window()):
        at_hand = source.records(page.body, page.media_type)["birth"]
        assert at_hand.equals(source.records(bytes(bytearray(page.body)), page.media_type)["birth"])


def test_texts_arrive_unharmed(registry: Any) -> None:
    """Entities of XML are resolved, partial dates stay as they are, and an empty element is null."""
    source = registry.open()
    rows = {row["id"]: row for row in frame(source, list(source.pages(Window()))).iter_rows(named=True)}

    assert ("A & B < C", "05.2022", None, "Trần Văn Khai Sinh 1") == (
        *(rows["1002"]["ghiChu"], rows["1004"]["nksNgaySinh"]),
        *(rows["1001"]["ghiChu"], rows["1001"]["nksHoTen"]),
    )


def test_no_nonce_goes_out_twice(registry: Any) -> None:
    """Every sending has a token of its own, with the hub's clock in it."""
    list(registry.open().pages(Window()))

    assert len(registry.double.sent) == len(set(registry.double.nonces))
    assert not any("mật-khẩu" in body.decode() for body in registry.double.sent)


def test_a_wrong_password(registry: Any, credentials: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry's code 100 means that our user is not accepted."""
    monkeypatch.setitem(credentials, "password", "other")
    source = registry.open()
    monkeypatch.undo()

    with pytest.raises(AuthenticationFailed, match="100 AUTHEN_ERROR"):
        list(source.pages(Window()))


def test_one_record(registry: Any) -> None:
    """traHoSo gives a page like any other; a number it does not know is refused with code 201."""
    source = registry.open()

    page = source.lookup("1003")

    assert ["Trần Văn Khai Sinh 3"] == frame(source, [page])["nksHoTen"].to_list()
    with pytest.raises(Refused) as raised:
        source.lookup("77")
    assert "201" == raised.value.code


def test_a_code_list(registry: Any) -> None:
    """danhMuc gives code and name."""
    assert {"1": "CMND", "4": "CCCD"} == registry.open().catalogue(5)


def test_another_wsdl_is_not_used(registry: Any) -> None:
    """A vendored file that is not the pinned one stops the connector at the start, and says what it found."""
    with pytest.raises(DeploymentInvalid, match="wsdl_sha256 pins"):
        registry.open(wsdl_sha256="0" * 64)


def test_the_wsdls_address_is_not_used(registry: Any) -> None:
    """Only the deployment's address counts: a twin and the real registry differ by nothing else."""
    wsdl = (Path(__file__).parents[3] / "deployments/hcmc/systems/moj-registry/registry.wsdl").read_text()

    registry.open().catalogue(5)

    assert f'location="{registry.address}"' not in wsdl
    assert 1 == len(registry.double.sent)


def test_a_first_reading_needs_a_first_day(registry: Any) -> None:
    """Without a position and without first_day nobody can say where to begin."""
    source = registry.open(first_day=None)

    with pytest.raises(DeploymentInvalid, match="first_day"):
        next(iter(source.pages(Window())))


def test_records_of_another_register(birth_reader: Source, registry: Any) -> None:
    """A valid record of the death register is no birth: it is refused, and what it holds is no field of a birth."""
    (page, *_) = registry.open().pages(Window())
    body = page.body.replace(b"khaiSinh>", b"khaiTu>")
    body = re.sub(rb"<nks\w+>[^<]*</nks\w+>", b"", body)

    page_of_births = birth_reader.records(body, XML)["birth"]

    assert ["hoSo/khaiTu: ANOTHER_REGISTER"] * page.count == page_of_births[REFUSED].to_list()


def test_reading_landed_pages_needs_no_zeep() -> None:
    """zeep is slow to import: a worker that judges, and the scheduler that parses, do without it."""
    code = "import sys, connectors.systems.moj_registry, connectors.systems.one_stop; sys.exit('zeep' in sys.modules)"

    assert 0 == subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode
