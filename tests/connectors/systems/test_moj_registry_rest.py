"""The registry's REST facade: the same reading as over SOAP, logins as documented, and maps that must fit."""

from __future__ import annotations

import base64
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from structlog.testing import capture_logs

from connectors import Page, Position, Source, Window, open_source
from connectors.errors import AuthenticationFailed, Malformed, Refused
from connectors.systems._moj_rest_reply import understood
from connectors.testing.fault_proxy import FaultProxy
from contracts.errors import ContractInvalid, DeploymentInvalid, HubError

SYSTEMS = Path(__file__).parents[3] / "deployments" / "hcmc" / "systems"
FORMS = Path(__file__).parents[1] / "forms"


def frame(source: Source, pages: list[Page]) -> pl.DataFrame:
    return pl.concat(source.records(page.body, page.media_type)["birth"] for page in pages)


def test_every_day_is_read_in_chunks(facade: Any) -> None:
    """Each record comes once, by day and in pages; a refused one is told with its code."""
    source = facade.open()

    pages = list(source.pages(Window()))

    assert ["2022-05-30", "2022-05-31", "2022-06-01", "2022-06-02"] == facade.double.days
    assert [3, 1, 3] == [page.count for page in pages]
    assert [{}, {"1005": "200"}, {}] == [dict(page.refused) for page in pages]
    assert [str(1000 + n) for n in (1, 2, 3, 4, 6, 7, 8)] == frame(source, pages)["id"].to_list()


def test_texts_arrive_unharmed(facade: Any) -> None:
    """XML's own signs are read, partial dates stay partial, empty is null, and names come together."""
    source = facade.open()
    rows = {row["id"]: row for row in frame(source, list(source.pages(Window()))).iter_rows(named=True)}

    assert ("A & B < C", "05.2022", None, "Trần Văn Khai Sinh 1", "1") == (
        *(rows["1002"]["ghiChu"], rows["1004"]["nksNgaySinh"]),
        *(rows["1001"]["ghiChu"], rows["1001"]["nksHoTen"], rows["1001"]["so"]),
    )


def test_reading_on(facade: Any) -> None:
    """The position's day is read whole, local time."""
    pages = list(facade.open().pages(Window()))

    assert isinstance(pages[-1].end, Position)
    again = list(facade.open().pages(Window(since=pages[-1].end)))
    assert [page.body for page in pages[-1:]] == [page.body for page in again]


def test_one_record_and_a_code_list(facade: Any) -> None:
    """traHoSo gives a page like any other, or code 201; danhMuc code and name."""
    source = facade.open()

    assert ["Trần Văn Khai Sinh 3"] == frame(source, [source.lookup("1003")])["nksHoTen"].to_list()
    assert {"1": "CMND", "4": "CCCD"} == source.catalogue(5)
    with pytest.raises(Refused) as raised:
        source.lookup("77")
    assert "201" == raised.value.code


def test_a_token_that_ended_is_renewed(facade: Any) -> None:
    """Code 100 inside HTTP 200 may only mean that the token has ended: a new one is tried, once."""
    source = facade.open()
    source.catalogue(5)
    facade.double.revoked = 1

    assert source.catalogue(5)
    facade.double.revoked = 99
    with pytest.raises(AuthenticationFailed, match="100 AUTHEN_ERROR"):
        source.catalogue(5)


def test_the_platforms_header(facade: Any, credentials: dict[str, str]) -> None:
    """With `login: lgsp` each call bears the platform's header, with `token` none."""
    facade.open().catalogue(5)
    facade.open(login="token").catalogue(5)

    shown, absent = (headers.get("lgspaccesstoken") for headers in facade.double.headers)
    assert credentials["access_key"] == json.loads(base64.b64decode(shown))["AccessKey"]
    assert absent is None


def test_a_token_handed_out(facade: Any, credentials: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With `login: bearer` none is asked for."""
    monkeypatch.setitem(credentials, "access_token", "token-5")

    facade.open(login="bearer").catalogue(5)

    assert 0 == facade.double.tokens
    assert "Bearer token-5" == facade.double.headers[0]["Authorization"]


@pytest.mark.parametrize(
    ("option", "value"),
    [("login", "basic"), ("data", "csv"), ("fields", None), ("units", "nowhere.csv"), ("surprise", 1)],
)
def test_options_that_cannot_work(facade: Any, option: str, value: object) -> None:
    """They are refused when the source is opened."""
    with pytest.raises(DeploymentInvalid, match=option):
        facade.open(**{option: value})


def test_a_map_that_does_not_fit_the_contract(facade: Any, tmp_path: Path) -> None:
    """A field without a word stops the connector at the start, with file and line."""
    form, shipped = (
        ("register", SYSTEMS / "moj-registry-rest") if facade.double.form == "xml" else ("structured", FORMS)
    )
    shutil.copytree(shipped / form, tmp_path / "maps" / form)
    for path in (tmp_path / "maps").rglob("birth.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("  trangSo: trangSo\n", ""), encoding="utf-8")

    with pytest.raises(ContractInvalid, match=r"birth\.yaml:\d+: no word on trangSo"):
        facade.open(fields=str(tmp_path / "maps" / form))


def test_shapes_do_not_exist_in_xml(facade: Any) -> None:
    """The XML of `data` holds texts only: a map with shapes is of another form."""
    with pytest.raises(ContractInvalid, match="no shape"):
        facade.open(data="xml", fields=str(FORMS / "structured"))


@pytest.mark.parametrize("names", ["register", "result", "structured"])
@pytest.mark.parametrize("contract", ["birth", "death", "marriage", "recognition"])
def test_every_shipped_map_says_every_field(facade: Any, names: str, contract: str) -> None:
    """12 maps, checked against the shipped contracts; none leaves a field out."""
    from connectors.mapping import read_mapping
    from connectors.systems._moj_structured import SHAPES
    from contracts.load import load_contracts

    folder = SYSTEMS / "moj-registry-rest" if names == "register" else FORMS
    found = read_mapping(folder / names / f"{contract}.yaml", load_contracts()[contract], SHAPES)

    assert all(wire for _, wire in found.fields)


def test_records_of_another_register(facade: Any) -> None:
    """A page of deaths is no page of births: each of its records is refused by the name of its strange field."""
    source = facade.open()
    (page, *_) = source.pages(Window())
    body = page.body.replace(b"nksHoTen", b"nktHoTen")

    frame = source.records(body, page.media_type)["birth"]

    assert ["nktHoTen: a field that the map of birth does not know"] * 3 == frame["_refused"].to_list()
    assert ["1001", "1002", "1003"] == frame["id"].to_list()


@pytest.mark.parametrize("entry", [{"maDonVi": "27007"}, {"id": None}, {"id": ""}, {"id": ["1"]}, None, "1001", 7])
def test_an_entry_without_an_id(facade: Any, monkeypatch: pytest.MonkeyPatch, entry: object) -> None:
    """It costs itself: once a changed record that cannot be asked for kept its whole day out."""
    listed = type(facade.double).dsHoSoDangKy

    def spoiled(asked: dict[str, Any]) -> dict[str, Any]:
        entries = listed(facade.double, asked)["value"]
        return {"value": [*entries[:2], entry, *entries[2:]] if asked["ngayCapNhat"] == "2022-05-31" else entries}

    monkeypatch.setattr(facade.double, "dsHoSoDangKy", spoiled, raising=False)
    source = facade.open()
    pages = list(source.pages(Window()))
    rows = pl.concat([source.records(p.body, p.media_type)["birth"] for p in pages], how="diagonal")

    assert [1, 3, 1, 3] == [page.count for page in pages]
    assert [str(1000 + n) for n in (1, 2, 3, 4, 6, 7, 8)] == rows["id"].drop_nulls().to_list()
    assert ["value/id: missing, or no text: its record cannot be asked for"] == rows["_refused"].drop_nulls().to_list()
    assert "dsHoSoDangKy module=KS 2022-05-31 (1 entries without an id)" == pages[0].request
    assert [json.dumps(entry).encode()] == rows["_raw"].drop_nulls().to_list()


def test_no_list_is_no_empty_list(facade: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quiet day is an empty list, or null; a reply without any would end the day in silence."""
    monkeypatch.setattr(facade.double, "dsHoSoDangKy", lambda asked: {"value": None}, raising=False)
    assert [] == list(facade.open().pages(Window()))

    monkeypatch.setattr(facade.double, "dsHoSoDangKy", lambda asked: {}, raising=False)
    with pytest.raises(Malformed, match=r"dsHoSoDangKy: no list came.*\(2022-05-30\)"):
        list(facade.open().pages(Window()))


def test_good_halves_of_a_damaged_page_come_in_order(facade: Any) -> None:
    """The reply breaks at one record; the others come by smaller questions, one at a time, and the position moves."""
    facade.double.births["1002"]["ghiChu"] = "BREAKS"
    broken = {"xml": b'BREAKS", "', "json": b'BREAKS"'}[facade.double.form]
    with FaultProxy(
        facade.address, lambda request, answer: answer.with_body(answer.body.replace(b"BREAKS", broken))
    ) as proxy:
        source = open_source(facade.system(proxy.address, page_size=8), facade.contract)
        pages = list(source.pages(Window()))
        rows = pl.concat([source.records(p.body, p.media_type)["birth"] for p in pages], how="diagonal")
        source.close()

    assert [str(1000 + n) for n in (1, 2, 3, 4, 6, 7, 8)] == rows["id"].to_list()
    assert [("1002", "data: not readable, even alone")] == rows.filter(pl.col("_refused").is_not_null()).select(
        "id", "_refused"
    ).rows()
    assert Position(datetime(2022, 6, 1, 2, 8, tzinfo=UTC), "1008") == pages[-1].end


def test_another_answer_to_a_question_about_one_record(facade: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting heals nothing there: it is permanent."""
    monkeypatch.setattr(
        facade.double,
        "traHoSo",
        lambda asked: {"data": facade.double._data([facade.double.births["1002"]])},
        raising=False,
    )
    with pytest.raises(Malformed, match="another record came"):
        facade.open().lookup("1001")


@pytest.mark.usefixtures("plain_log")
@pytest.mark.parametrize("facade", ["xml"], indirect=True)
def test_attributes_and_texts_around_records_are_seen(facade: Any) -> None:
    """What stands beside the fields of XML is named in the log, or refuses the record: it is never dropped in silence."""
    source = facade.open()
    (page, *_) = source.pages(Window())
    with capture_logs() as logs:
        source.records(page.body.replace(b"<hoso><id>1002", b"<hoso xoa='1'><id>1002"), page.media_type)
    frame = source.records(page.body.replace(b"<so>2</so>", b"<so>2</so>x"), page.media_type)["birth"]

    assert [["@xoa"]] == [line["fields"] for line in logs if line["event"] == "page.unknown_fields"]
    assert [None, "hoso: text between the fields", None] == frame["_refused"].to_list()


@pytest.mark.parametrize(
    "damage", [b'{"a\x80": 1, ', b'{"\\ud800": 1, ', b'{"a\x01": 1, '], ids=["bytes", "half", "control"]
)
def test_a_name_that_is_no_text_has_a_named_error(damage: bytes) -> None:
    """Half a character in the name of a member ended the reading in an error that nobody had named."""
    body = json.dumps({"status": 1, "value": []}).encode().replace(b"{", damage, 1)

    with pytest.raises(HubError):
        understood(body, "moj: danhMuc")
