"""The settings and maps of an operation are data, checked against the schema before anything is asked."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors import open_source
from contracts.errors import DeploymentInvalid, HubError
from tests.connectors import notary_operation
from tests.connectors.conftest import Place
from tests.connectors.notary_double import EXAMPLES, NotaryDouble, notary_contract, notary_system
from tests.connectors.notary_operation import ids, settings

notary = notary_operation.notary


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
