"""Mixed text is read whole, and an element that may come again has a path for each place: nothing is said twice or lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.errors import DeploymentInvalid, HubError
from contracts.lint import UNDECIDED
from tests.connectors.notary_service import LIST, RECORD_END, Service, fields_of, office, reply

DECLARED_ADDRESS = '<xs:element name="diaChi" type="Ten"/>'
MIXED = {
    DECLARED_ADDRESS: '<xs:element name="diaChi"><xs:complexType mixed="true"><xs:sequence>'
    '<xs:element name="b" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>'
}
PHONES = {
    DECLARED_ADDRESS: f'{DECLARED_ADDRESS}<xs:element name="dienThoai" type="Ten"/><xs:element name="fax" type="Ten" '
    'minOccurs="0"/><xs:element name="dienThoai" type="Ten" minOccurs="0"/>'
}


def test_mixed_text_is_read_whole(tmp_path: Path) -> None:
    """Of «Số 7, đường Lê Lợi, Quận 1» only the part in bold was accepted as the address."""
    service = Service(tmp_path, types=MIXED)
    seat = "<t:truSo><t:diaChi>Số 7, <t:b>đường Lê Lợi</t:b>, Quận 1</t:diaChi></t:truSo>"

    [row] = service.rows(reply(office(1, before=seat)))

    assert "Số 7, đường Lê Lợi, Quận 1" == row["diaChi"]
    assert "truSo/diaChi" in fields_of(service).values()
    assert "truSo/diaChi/b" not in fields_of(service).values()
    part = Service(tmp_path / "part", types=MIXED, fields={'"truSo/diaChi"': '"truSo/diaChi/b"'})
    with pytest.raises(DeploymentInvalid, match="the record has truSo/diaChi, and no field takes it"):
        part.open()


def test_text_between_the_fields_of_a_record(tmp_path: Path) -> None:
    """A record of mixed content has a text of its own, which is a field or left out by name."""
    types = {'<xs:complexType name="ToChuc">': '<xs:complexType name="ToChuc" mixed="true">'}
    service = Service(tmp_path, types=types, fields={'"truSo/maDonVi"': '"text()"'})

    with pytest.raises(DeploymentInvalid, match="truSo/maDonVi"):
        service.open()
    [row] = service.rows(reply(office(1, " đã đóng")), left_out=["truSo/maDonVi"])
    assert " đã đóng" == row["maDonVi"]


def test_an_element_that_comes_twice_has_two_paths(tmp_path: Path) -> None:
    """Two fields had one path and one value; the second telephone was nowhere."""
    service = Service(tmp_path, types=PHONES, fields={'"truSo/maDonVi"': '"truSo/dienThoai[2]"'})
    seat = (
        "<t:truSo><t:diaChi>Số 7</t:diaChi><t:dienThoai>028 1</t:dienThoai><t:dienThoai>028 2</t:dienThoai></t:truSo>"
    )

    [row] = service.rows(reply(office(1, before=seat)), left_out=["truSo/dienThoai[1]", "truSo/fax", "truSo/maDonVi"])

    paths = list(fields_of(service).values())
    assert "028 2" == row["maDonVi"]
    assert {"truSo/dienThoai[1]", "truSo/dienThoai[2]"} <= set(paths)
    assert len(set(paths)) == len(paths)
    single = Service(tmp_path / "single", types=PHONES, fields={'"truSo/maDonVi"': '"truSo/dienThoai"'})
    with pytest.raises(DeploymentInvalid) as raised:
        single.open()
    assert "truSo/dienThoai[1], truSo/dienThoai[2]" in raised.value.hint


def test_a_record_that_names_a_field_again_at_its_top(tmp_path: Path) -> None:
    """Directly in the record as below it."""
    types = {
        '<xs:element name="soCongChungVien"': '<xs:element name="ten" type="Ten"/><xs:element name="soCongChungVien"'
    }
    service = Service(tmp_path, types=types, fields={'"ten"': '"ten[1]"', '"ngayCap"': '"ten[2]"'})

    [row] = service.rows(reply(office(1, before="<t:ten>Tên khác</t:ten>")), left_out=["ngayCap"])

    assert ("Văn phòng 1", "Tên khác") == (row["ten"], row["ngayCap"])


def test_branches_of_a_choice_bring_one_element(tmp_path: Path) -> None:
    """An element that stands in two branches comes once: one path, as before."""
    types = {
        DECLARED_ADDRESS: f'<xs:choice><xs:sequence>{DECLARED_ADDRESS}<xs:element name="so" type="Ten"/></xs:sequence>'
        f'<xs:sequence><xs:element name="ngo" type="Ten"/>{DECLARED_ADDRESS}</xs:sequence></xs:choice>'
    }

    paths = list(fields_of(Service(tmp_path, types=types)).values())

    assert ["truSo/diaChi", "truSo/so", "truSo/ngo"] == [
        each for each in paths if each in ("truSo/diaChi", "truSo/so", "truSo/ngo")
    ]
    assert not any("[" in each for each in paths)


def test_an_element_of_two_counts_is_a_list(tmp_path: Path) -> None:
    """Once single and once many times: a list, which no field takes and the draft leaves out by name."""
    types = {
        DECLARED_ADDRESS: f'{DECLARED_ADDRESS}<xs:element name="fax" type="Ten"/><xs:element name="tel" type="Ten"/>'
        '<xs:element name="fax" type="Ten" minOccurs="0" maxOccurs="unbounded"/>'
    }
    service = Service(tmp_path, types=types)

    assert not any("fax" in path for path in fields_of(service).values())
    assert f'- "truSo/fax"  {UNDECIDED}' in service.draft().files["notary.yaml"].decode()


VARIANTS: list[dict[str, Any]] = [
    {"types": MIXED},
    {"types": PHONES},
    {"types": {RECORD_END: '<xs:any namespace="##other" minOccurs="0"/></xs:sequence></xs:complexType>'}},
    {"wsdl": {LIST: LIST.replace('name="toChuc"', 'name="toChuc" nillable="true"')}},
]


def test_a_draft_of_each_variant_can_be_opened_when_decided(tmp_path: Path) -> None:
    """What the draft says is what the dialect takes: its map and its system file fit."""
    for number, changes in enumerate(VARIANTS):
        service = Service(tmp_path / str(number), **changes)
        made = service.draft()
        operation = yaml.safe_load(made.files["notary.yaml"])["options"]["operations"]["notary_office"]
        fields = yaml.safe_load(made.files["notary/notary_office.fields.yaml"])["fields"]
        left = operation.get("left_out", [])
        taken = {"truSo/maDonVi", "truSo/diaChi"} & set(fields.values())
        decided = [path for path in fields.values() if path.startswith("truSo/") and path not in taken]
        try:
            service.open(left_out=[*left, *decided])
        except HubError as error:
            pytest.fail(f"{changes}: {error}")


def test_attributes_within_a_mixed_text_are_decided(tmp_path: Path) -> None:
    """The text of an address was read whole; the code that stood on a part of it was nowhere."""
    types = {
        DECLARED_ADDRESS: '<xs:element name="diaChi"><xs:complexType mixed="true"><xs:sequence><xs:element name="b" '
        'minOccurs="0"><xs:complexType><xs:simpleContent><xs:extension base="xs:string"><xs:attribute name="ma"/>'
        "</xs:extension></xs:simpleContent></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>"
    }
    seat = '<t:truSo><t:diaChi>Số 7, <t:b ma="26740">phường Bến Nghé</t:b></t:diaChi></t:truSo>'
    service = Service(tmp_path, types=types)

    with pytest.raises(DeploymentInvalid, match="the record has truSo/diaChi/b/@ma, and no field takes it"):
        service.open()
    assert "truSo/diaChi/b/@ma" in fields_of(service).values()
    mapped = Service(tmp_path / "mapped", types=types, fields={'"truSo/maDonVi"': '"truSo/diaChi/b/@ma"'})
    [row] = mapped.rows(reply(office(1, before=seat)), left_out=["truSo/maDonVi"])
    assert ("Số 7, phường Bến Nghé", "26740") == (row["diaChi"], row["maDonVi"])
