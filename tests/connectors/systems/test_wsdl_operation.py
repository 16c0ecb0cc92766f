"""The dialect of any WSDL: what it asks, day by day, and what it reads out of a reply."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import Position, Window, open_source
from connectors.errors import Refused
from connectors.systems._wsdl_plan import slices
from tests.connectors import notary_operation
from tests.connectors.conftest import Place, served
from tests.connectors.notary_double import EXAMPLES, NotaryDouble, notary_contract, notary_system
from tests.connectors.notary_operation import ids, settings

notary = notary_operation.notary

DAYS = [
    "2022-05-25",
    "2022-05-26",
    "2022-05-27",
    "2022-05-28",
    "2022-05-29",
    "2022-05-30",
    "2022-05-31",
    "2022-06-01",
    "2022-06-02",
]


def test_every_day_is_asked_once(notary: Place[NotaryDouble]) -> None:
    """From the first day to today; a day without records gives no page."""
    found = ids(notary.open())

    assert [(day, day) for day in DAYS] == notary.double.asked
    assert [["CC79000001", "CC79000002"], ["CC79000003", "CC79000004", "CC79000005"], ["CC79000006"]] == found


def test_the_days_of_a_window_are_read_whole(notary: Place[NotaryDouble]) -> None:
    """Reading on starts with the whole day of the position, in the system's own time zone."""
    since = Position(datetime(2022, 5, 30, 18, 0, tzinfo=UTC), "CC79000002")  # one o'clock of 31 May

    assert [["CC79000003", "CC79000004", "CC79000005"]] == ids(
        notary.open(), Window(since, datetime(2022, 5, 31, 9, tzinfo=UTC))
    )


def test_longer_stretches_lie_on_a_fixed_grid(notary: Place[NotaryDouble]) -> None:
    """The same days are asked in the same call, wherever a reading starts; the record of 1 June comes with those of its stretch."""
    ids(notary.open(**settings(days=3)))
    whole = list(notary.double.asked)
    notary.double.asked.clear()
    ids(notary.open(**settings(days=3)), Window(Position(datetime(2022, 5, 30, 18, 0, tzinfo=UTC))))

    assert set(notary.double.asked) <= set(whole)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 400), st.integers(1, 40), st.integers(0, 60))
def test_every_day_is_in_one_stretch(first: date, length: int, days: int, later: int) -> None:
    """Without a gap, from before the first day to after the last; and a reading that starts later asks the same stretches."""
    last = first + timedelta(days=length)
    whole = list(slices(first, last, days))

    assert whole[0][0] <= first
    assert last <= whole[-1][1]
    assert all(other[0] - one[1] == timedelta(days=1) for one, other in pairwise(whole))
    assert set(slices(min(first + timedelta(days=later), last), last, days)) <= set(whole)


def test_no_record_carries_the_position_past_its_stretch(notary: Place[NotaryDouble]) -> None:
    """A record that a day tells with a later time does not count: the days between are not read yet."""
    notary.double.offices["CC79000002"] = "2022-05-30T23:59:59+07:00"
    first = next(iter(notary.open().pages(Window())))

    assert Position(datetime(2022, 5, 30, 16, 59, 59, tzinfo=UTC), "CC79000002") == first.end


def test_values_in_depth_and_absent_ones(notary: Place[NotaryDouble]) -> None:
    """A path goes into the record; what is not told is null."""
    source = notary.open()
    page = next(iter(source.pages(Window())))
    frame = source.records(page.body, page.media_type)["notary_office"]

    assert [None, "Số 7, đường Đinh Tiên Hoàng"] == frame["diaChi"].to_list()
    assert [None, None] == frame["ngayCap"].to_list()


def test_a_reply_in_latin_1(notary: Place[NotaryDouble]) -> None:
    """Its charset is the HTTP header's, and the landed page keeps it: a replay reads the same."""
    notary.double.content_type = "text/xml; charset=ISO-8859-1"
    source = notary.open()
    page = next(iter(source.pages(Window())))

    assert "text/xml; charset=ISO-8859-1" == page.media_type
    assert (
        "Số 7, đường Đinh Tiên Hoàng" in source.records(page.body, page.media_type)["notary_office"]["diaChi"].to_list()
    )


def test_a_reply_with_attachments(notary: Place[NotaryDouble]) -> None:
    """A multipart whole is landed as it came, with its boundary, and read again from there."""
    notary.double.content_type = 'multipart/related; type="text/xml"; boundary="b-7"'
    source = notary.open()
    page = next(iter(source.pages(Window())))

    assert page.body.startswith(b"--b-7")
    assert ["CC79000001", "CC79000002"] == source.records(page.body, page.media_type)["notary_office"][
        "maToChuc"
    ].to_list()


class Echoing(NotaryDouble):
    """A service that tells no time of change, and repeats what it was asked."""

    def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        status, kind, content = super().__call__(method, path, headers, body)
        return (
            status,
            kind,
            content.replace(b"<danhSach>", f"<denNgay>{self.asked[-1][1]}</denNgay><danhSach>".encode()),
        )


def test_a_day_that_orders_versions_is_read_when_it_is_over(tmp_path: Path) -> None:
    """Read at noon and in the evening it would be two contents of one version; its records bear the day that was asked."""
    shutil.copytree(EXAMPLES, tmp_path / "systems")
    folder = tmp_path / "systems" / "notary"
    wsdl = (
        (folder / "notary.wsdl")
        .read_text(encoding="utf-8")
        .replace(
            '<xs:element name="danhSach">', '<xs:element name="denNgay" type="xs:date"/><xs:element name="danhSach">'
        )
    )
    (folder / "notary.wsdl").write_text(wsdl, encoding="utf-8")
    fields = (
        (folder / "notary_office.fields.yaml")
        .read_text(encoding="utf-8")
        .replace('ngayCapNhat: "ngayCapNhat"', 'ngayCapNhat: "/denNgay"')
    )
    (folder / "notary_office.fields.yaml").write_text(fields, encoding="utf-8")
    options = {**settings(left_out=["ngayCapNhat"]), "wsdl_sha256": hashlib.sha256(wsdl.encode()).hexdigest()}
    double = Echoing()
    with served(double, "/soap") as address:
        source = open_source(replace(notary_system(address, **options), folder=tmp_path / "systems"), notary_contract())
        pages = list(source.pages(Window()))

    assert ("2022-06-01", "2022-06-01") == double.asked[-1]
    assert ["2022-06-01T00:00:00+07:00"] == source.records(pages[-1].body, pages[-1].media_type)["notary_office"][
        "ngayCapNhat"
    ].to_list()


def test_a_no_inside_a_valid_reply(notary: Place[NotaryDouble]) -> None:
    """The declared place says no by a code; what is no code is not repeated."""
    notary.double.refuses = "LOI-7"
    with pytest.raises(Refused, match="LOI-7"):
        ids(notary.open())

    notary.double.refuses = "không thấy Nguyễn Văn Lỗi"
    with pytest.raises(Refused, match="unreadable"):
        ids(notary.open())


def test_the_check_ticks_each_step(notary: Place[NotaryDouble]) -> None:
    """WSDL as pinned, a sample call, the clock."""
    probes = {each.step: each for each in notary.open().check()}

    assert all(each.ok is not False for each in probes.values())
    assert "as pinned, with 1 imported; 2 operations" == probes["WSDL"].detail
