"""The dialect of any WSDL: what to ask and what to read is data, checked against the schema before anything is asked."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import Position, Source, Window, open_source
from connectors.errors import Refused
from connectors.systems._wsdl_plan import slices
from contracts.errors import DeploymentInvalid, HubError
from tests.connectors.conftest import Place, served
from tests.connectors.notary_double import EXAMPLES, NotaryDouble, notary_contract, notary_system

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


@pytest.fixture
def notary() -> Iterator[Place[NotaryDouble]]:
    """A notary service."""
    double = NotaryDouble()
    with served(double, "/soap") as address:
        yield Place(double, address, notary_system, notary_contract())


def settings(**changes: object) -> dict[str, Any]:
    """The example's operation, changed; None takes a setting away."""
    given = {**notary_system("http://127.0.0.1:9").options["operations"]["notary_office"], **changes}
    return {"operations": {"notary_office": {name: value for name, value in given.items() if value is not None}}}


def ids(source: Source, window: Window = Window()) -> list[list[str]]:
    return [
        source.records(page.body, page.media_type)["notary_office"]["maToChuc"].to_list()
        for page in source.pages(window)
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


def test_attributes_are_texts_too(tmp_path: Path) -> None:
    """A text that stands in an attribute is mapped by `@name`, or named as left out: it is not dropped in silence."""
    shutil.copytree(EXAMPLES, tmp_path / "systems")
    folder = tmp_path / "systems" / "notary"
    types = (
        (folder / "types.xsd")
        .read_text(encoding="utf-8")
        .replace(
            "</xs:sequence>\n  </xs:complexType>",
            '</xs:sequence>\n    <xs:attribute name="nguon"/>\n  </xs:complexType>',
        )
    )
    (folder / "types.xsd").write_text(types, encoding="utf-8")
    digest = hashlib.sha256((folder / "types.xsd").read_bytes()).hexdigest()
    (folder / "notary.imports.yaml").write_text(
        f'"http://schemas.notary.example/types.xsd": {{file: types.xsd, sha256: {digest}}}\n', encoding="utf-8"
    )
    system = notary_system("http://127.0.0.1:9")
    moved = replace(system, folder=tmp_path / "systems")

    with pytest.raises(DeploymentInvalid, match="the record has @nguon, and no field takes it"):
        open_source(moved, notary_contract())
    fields = (folder / "notary_office.fields.yaml").read_text(encoding="utf-8").replace('"truSo/maDonVi"', '"@nguon"')
    (folder / "notary_office.fields.yaml").write_text(fields, encoding="utf-8")
    source = open_source(
        replace(moved, options={**moved.options, **settings(left_out=["truSo/maDonVi"])}), notary_contract()
    )
    body = NotaryDouble()("POST", "/", {}, b"<a:tuNgay>2022-05-30</a:tuNgay><a:denNgay>2022-05-30</a:denNgay>")[
        2
    ].replace(b"<toChuc ", b'<toChuc nguon="so-cu" ')

    assert ["so-cu", "so-cu"] == source.records(body, "text/xml")["notary_office"]["maDonVi"].to_list()


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


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"operation": "danhSach"}, "no operation danhSach among 2"),
        ({"record": "danhSach/nguoi"}, "danhSach/nguoi is no way through danhSachToChucResponse: there is no nguoi"),
        ({"record": None}, "needs record"),
        ({"pages": 5}, "knows no pages"),
        ({"window": {"from": "tuNgay"}}, "takes from and until"),
        ({"window": {"from": "tuNgay", "until": "maTinh"}}, "maTinh is neither date nor dateTime"),
        ({"window": {"from": "tuNgay", "until": "ngay"}}, "there is no ngay"),
        ({"days": 0}, "days must be a whole number"),
        ({"request": {"maHuyen": "1"}}, "there is no maHuyen"),
        ({"request": ["79"]}, "must be path: value"),
        ({"left_out": ["maToChuc2"]}, "does not have maToChuc2"),
        ({"refusal": "loi"}, "there is no loi"),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, dict) else "",
)
def test_what_the_schema_does_not_bear_out_is_refused(changes: dict[str, Any], said: str) -> None:
    """When the source is opened, with the setting and the next step."""
    with pytest.raises(DeploymentInvalid) as raised:
        open_source(notary_system("http://127.0.0.1:9", **settings(**changes)), notary_contract())

    assert said in raised.value.message
    assert "notary" in raised.value.message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"ten"', '"tenToChuc"', "there is no tenToChuc"),
        ('"truSo/diaChi"', '"truSo"', "truSo is no single text"),
        ('"truSo/diaChi"', "null", "the record has truSo/diaChi, and no field takes it"),
        ('ngayCapNhat: "ngayCapNhat"', "ngayCapNhat: null", "and no field takes it"),
    ],
    ids=["unknown", "no-text", "silent", "version"],
)
def test_a_map_that_the_schema_does_not_bear_out(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Nothing is dropped in silence, and no path leads nowhere."""
    shutil.copytree(EXAMPLES, tmp_path / "systems")
    path = tmp_path / "systems" / "notary" / "notary_office.fields.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    system = notary_system("http://127.0.0.1:9")

    with pytest.raises(HubError, match=said):
        open_source(replace(system, folder=tmp_path / "systems"), notary_contract())


def test_what_cannot_be_asked_is_reported_before_it_is_asked(notary: Place[NotaryDouble]) -> None:
    """A request that the schema forbids never leaves."""
    with pytest.raises(DeploymentInvalid, match="what operations would ask is not valid"):
        ids(notary.open(**settings(request={"maTinh": "bảy chín"})))

    assert not notary.double.asked


def test_a_first_reading_needs_its_day(notary: Place[NotaryDouble]) -> None:
    """Where the service's changes begin is for the deployment to say."""
    source = open_source(notary_system(notary.address, first_day=None), notary_contract())

    with pytest.raises(DeploymentInvalid, match="first_day"):
        ids(source)


def test_a_changed_wsdl_is_not_used(tmp_path: Path) -> None:
    """By its pin, as the registry's."""
    shutil.copytree(EXAMPLES, tmp_path / "systems")
    with (tmp_path / "systems" / "notary" / "notary.wsdl").open("a") as file:
        file.write("<!-- -->")
    system = notary_system("http://127.0.0.1:9")

    with pytest.raises(DeploymentInvalid, match="wsdl_sha256 pins"):
        open_source(replace(system, folder=tmp_path / "systems"), notary_contract())
