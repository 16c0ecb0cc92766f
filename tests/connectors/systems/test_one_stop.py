"""The one-stop dialect: paging, tokens, positions, and dossiers laid flat."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import Page, Position, Source, Window
from connectors.errors import AuthenticationFailed, Malformed
from connectors.rest.dossiers import LISTS, WIRE
from connectors.rest.session import Cursor
from connectors.wire_time import from_compact, from_iso, furthest, to_compact


def envelope(dossiers: list[dict[str, Any]]) -> bytes:
    return json.dumps(
        {"error_code": "0", "message": "Thành công", "count": len(dossiers), "hasMore": False, "result": dossiers}
    ).encode()


@pytest.fixture
def flat(dossier_reader: Source) -> Callable[..., dict[str, pl.DataFrame]]:
    """The frames of some dossiers."""
    return lambda *dossiers: dict(dossier_reader.records(envelope(list(dossiers)), "application/json"))


def ids(source: Source, pages: list[Page]) -> list[str]:
    return [
        each for page in pages for each in source.records(page.body, page.media_type)["dossier"]["MaHoSo"].to_list()
    ]


def test_pages_start_strictly_after_the_last_record(one_stop: Any) -> None:
    """Ties on time are parted by MaHoSo, so that records changed in one second are neither lost nor read twice."""
    double, source = one_stop.double, one_stop.open()

    pages = list(source.pages(Window()))

    assert sorted(str(d["MaHoSo"]) for d in double.dossiers) == sorted(ids(source, pages))
    assert [3, 3, 1] == [page.count for page in pages]
    assert [{}, {"tuNgay": "20220601070300", "sauMaHoSo": "000.00.01.H29-220601-0003"}] == [
        {k: v for k, v in asked.items() if k != "soLuong"} for asked in double.asked[:2]
    ]


def test_windows_are_inclusive_and_local(one_stop: Any) -> None:
    """Both ends count, and are asked for in the time of Ho Chi Minh City."""
    double, source = one_stop.double, one_stop.open()

    pages = list(
        source.pages(Window(Position(datetime(2022, 6, 1, 0, 2, tzinfo=UTC)), datetime(2022, 6, 1, 0, 4, tzinfo=UTC)))
    )

    assert ["0002", "0003", "0004"] == [each[-4:] for each in ids(source, pages)]
    assert ("20220601070200", "20220601070400") == (double.asked[0]["tuNgay"], double.asked[0]["denNgay"])


def test_the_headers_of_the_gateway(one_stop: Any, credentials: dict[str, str]) -> None:
    """lgspaccesstoken is base64 of the five published fields."""
    double = one_stop.double

    list(one_stop.open().pages(Window()))

    assert {
        "AccessKey": credentials["access_key"],
        "SecretKey": credentials["secret_key"],
        "AppName": credentials["app_name"],
        "PartnerCode": credentials["partner_code"],
        "PartnerCodeCus": credentials["partner_code"],
    } == json.loads(base64.b64decode(double.headers[0]["lgspaccesstoken"]))


def test_one_token_for_all_pages(one_stop: Any) -> None:
    """A token is kept for as long as it lives; one that ends early is renewed once, and the reading goes on."""
    double, source = one_stop.double, one_stop.open()

    pages = source.pages(Window())
    next(pages)
    double.revoked = 1
    rest = list(pages)

    assert [3, 1] == [page.count for page in rest]
    assert double.tokens == 2


def test_a_token_that_is_never_taken(one_stop: Any) -> None:
    """After one renewal the source's no is a no."""
    double = one_stop.double
    double.revoked = 99

    with pytest.raises(AuthenticationFailed):
        list(one_stop.open().pages(Window()))
    assert double.tokens == 2


@pytest.mark.parametrize("odd", ["22020601080000", "2022-06-01", "", "20220231000000", None])
def test_a_time_that_cannot_be_does_not_move_the_position(one_stop: Any, odd: str | None) -> None:
    """A slip of the keyboard (2202 for 2022) neither carries the position past honest records nor loses its own."""
    double = one_stop.double
    double.dossiers[0]["NgayCapNhat"] = odd if odd is not None else ""
    source = one_stop.open(page_size=100)

    (page,) = source.pages(Window())

    assert Position(datetime(2022, 6, 1, 1, 0, tzinfo=UTC), "000.00.01.H29-220601-0007") == page.end
    assert str(double.dossiers[0]["MaHoSo"]) in ids(source, [page])


def test_pages_go_past_times_that_have_not_come(one_stop: Any) -> None:
    """The cursor of one reading passes a future record, so what stands behind it is reached; the position does not."""
    double = one_stop.double
    for dossier in double.dossiers[:5]:
        dossier["NgayCapNhat"] = "21000101000000"
    source = one_stop.open(page_size=2)

    pages = list(source.pages(Window()))

    assert 7 == sum(page.count for page in pages)
    assert datetime(2022, 6, 1, 1, 0, tzinfo=UTC) == max(page.end.changed_at for page in pages if page.end)


def test_requests_name_no_dossier(one_stop: Any) -> None:
    """What was asked is kept readable, without the number of a person's dossier."""
    requests = [page.request for page in one_stop.open().pages(Window())]

    assert "DongBoHoSoMC?soLuong=3 (page 1)" == requests[0]
    assert not any("H29" in request for request in requests)


def test_a_dossier_laid_flat(flat: Callable[..., dict[str, pl.DataFrame]]) -> None:
    """Lists become frames that repeat their dossier, papers of the owner two fields, databases one text."""
    frames = flat(
        {
            "MaHoSo": "A",
            "NgayCapNhat": "20220601080000",
            "Fax": "",
            "DinhDanhCHS": [
                {"LoaiDinhDanh": "2", "SoDinhDanh": "023456789"},
                {"LoaiDinhDanh": "1", "SoDinhDanh": "079190000001"},
            ],
            "DSKetNoiCSDL": [{"MaCSDL": "1"}, {"MaCSDL": "7"}],
            "DanhSachTepDinhKemKhac": [{"TenGiayTo": "Tờ khai"}],
            "TaiLieuNop": [{"TepDinhKemId": "t1"}, {"TepDinhKemId": "t2"}],
            "DanhSachLePhi": [
                {"MaPhiLePhi": "L", "HinhThucThu": "1"},
                {"MaPhiLePhi": "M", "HinhThucThu": "1"},
                {"MaPhiLePhi": "L", "HinhThucThu": "1"},
            ],
        },
        {
            "MaHoSo": "B",
            "NgayCapNhat": "20220601080001",
            "DanhSachLePhi": [{"MaPhiLePhi": "L", "HinhThucThu": "1"}],
            "TaiLieuNop": None,
        },
    )

    dossier = frames["dossier"].row(0, named=True)
    assert ("079190000001", "023456789", "1,7", '[{"TenGiayTo":"Tờ khai"}]', None) == (
        *(dossier["DinhDanhCHS_CCCD"], dossier["DinhDanhCHS_CMND"], dossier["DSKetNoiCSDL"]),
        *(dossier["DanhSachTepDinhKemKhac"], dossier["Fax"]),
    )
    assert [("A", "20220601080000", "t1"), ("A", "20220601080000", "t2")] == frames["dossier_component"].select(
        "MaHoSo", "NgayCapNhat", "TepDinhKemId"
    ).rows()
    assert [("A", "L", "1"), ("A", "M", "1"), ("A", "L", "2"), ("B", "L", "1")] == frames["dossier_fee"].select(
        "MaHoSo", "MaPhiLePhi", "ThuTu"
    ).rows()
    assert 0 == frames["dossier_result"].height


def test_values_that_are_no_text_are_kept(dossier_reader: Source) -> None:
    """A number stays as it was written and a structure as JSON: for the rules to judge, not for the reader to drop."""
    body = envelope([{"MaHoSo": "A", "GhiChu": {"a": [1]}, "Email": True}]).replace(
        b'"MaHoSo": "A"', b'"MaHoSo": "A", "HinhThuc": 0, "Fax": 1.10'
    )

    row = dossier_reader.records(body, "application/json")["dossier"].row(0, named=True)

    assert ("0", "1.10", '{"a":[1]}', "true") == (row["HinhThuc"], row["Fax"], row["GhiChu"], row["Email"])


def test_a_list_that_is_none(flat: Callable[..., dict[str, pl.DataFrame]]) -> None:
    """Where a list of objects is due and something else came, that dossier is refused; once its whole page was."""
    frames = flat({"MaHoSo": "A", "TaiLieuNop": [{"TepDinhKemId": "1"}]}, {"MaHoSo": "B", "TaiLieuNop": "Bí Mật"})

    assert [None, "TaiLieuNop: no list of objects"] == frames["dossier"]["_refused"].to_list()
    assert ["A", "B"] == frames["dossier"]["MaHoSo"].to_list()
    assert b'{"MaHoSo": "B", "TaiLieuNop": "B\\u00ed M\\u1eadt"}' == frames["dossier"]["_raw"][1]
    assert [1] == frames["dossier_component"]["_owner"].to_list()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"error_code":"0"}',
        b"\xff\xfe",
        b'{"error_code":"0","message":"th\xc3\xa0nh c\xc3\xb4ng","result":[1]}',
        b"[" * 100_000,
    ],
)
def test_bytes_that_are_no_page(dossier_reader: Source, body: bytes) -> None:
    """Reading landed bytes ends in frames or in Malformed, whatever they are."""
    with pytest.raises(Malformed):
        dossier_reader.records(body, "application/json")


texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)
children = st.lists(st.dictionaries(st.sampled_from(["TepDinhKemId", "TenTepDinhKem"]), texts), max_size=3)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries({"MaHoSo": texts, "ChuHoSo": st.none() | texts, "TaiLieuNop": st.none() | children}),
        max_size=5,
    )
)
def test_nothing_is_lost_and_nothing_invented(dossier_reader: Source, dossiers: list[dict[str, Any]]) -> None:
    """Any dossiers come out in their order with their texts; an empty text is null; no list row is lost."""
    frames = dossier_reader.records(
        msgspec.json.encode(
            {"error_code": "0", "message": "Thành công", "count": len(dossiers), "hasMore": False, "result": dossiers}
        ),
        "application/json",
    )

    assert [(d["MaHoSo"] or None, d["ChuHoSo"] or None) for d in dossiers] == frames["dossier"].select(
        "MaHoSo", "ChuHoSo"
    ).rows()
    expected = [(d["MaHoSo"] or None, c.get("TepDinhKemId") or None) for d in dossiers for c in d["TaiLieuNop"] or []]
    assert expected == frames["dossier_component"].select("MaHoSo", "TepDinhKemId").rows()


def test_every_field_comes_out_under_its_name(flat: Callable[..., dict[str, pl.DataFrame]]) -> None:
    """No field of the dialect is read from another one's place."""
    own = {name for fields in WIRE.values() for name in fields}
    dossier: dict[str, Any] = {name: name for name in own}
    dossier |= {key: [{name: name for name in names}] for key, names in LISTS.values()}
    dossier |= {"DinhDanhCHS": [], "DSKetNoiCSDL": []}

    for frame in flat(dossier).values():
        row = frame.drop("_refused", "_raw", strict=False).row(0, named=True)
        assert {name: value for name, value in row.items() if value != name} in (
            {"_owner": 1},
            {"_owner": 1, "ThuTu": "1"},
            {"DinhDanhCHS_CCCD": None, "DinhDanhCHS_CMND": None, "DSKetNoiCSDL": None},
        )


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_local_times_go_there_and_back(moment: datetime) -> None:
    """A time in seconds survives the wire."""
    moment = moment.replace(microsecond=0)
    assert moment == from_compact(to_compact(moment))
    assert moment == from_iso(moment.isoformat())


def test_the_furthest_of_a_page(now: datetime) -> None:
    """Equal times are parted by id; a page of unreadable or future times moves nothing."""
    assert Position(now, "b") == furthest(
        [(now, "a"), (now, "b"), (None, "c"), (datetime(2199, 1, 1, tzinfo=UTC), "d")], now
    )
    assert furthest([(None, "c")], now) is None


def test_a_cursor_moves_or_says_so() -> None:
    """The same place twice is a circle, also by way of another id at that time; the source's order of ids is its own."""
    cursor = Cursor()
    assert [True, True, True, False, False] == [
        cursor.move(*at) for at in [("1", "b"), ("1", "a"), ("2", "a"), ("2", "a"), ("1", "z")]
    ]
