"""The registry's REST facade: the same reading as over SOAP, logins as documented, and maps that must fit."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from connectors import Page, Position, Source, Window
from connectors.errors import AuthenticationFailed, Malformed, Refused
from contracts.errors import ContractInvalid, DeploymentInvalid

SYSTEMS = Path(__file__).parents[2] / "deployments" / "hcmc" / "systems"
FORMS = Path(__file__).parent / "forms"


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
    """A page of deaths is no page of births: their fields are strange."""
    source = facade.open()
    (page, *_) = source.pages(Window())
    body = page.body.replace(b"nksHoTen", b"nktHoTen")

    with pytest.raises(Malformed, match="nktHoTen"):
        source.records(body, page.media_type)


def test_an_entry_without_an_id(facade: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed record that cannot be asked for must not be passed over."""
    monkeypatch.setattr(facade.double, "dsHoSoDangKy", lambda asked: {"value": [{"maDonVi": "27007"}]}, raising=False)

    with pytest.raises(Malformed, match="no id"):
        list(facade.open().pages(Window()))
