"""What a reply may legally say beside what is declared: read, refused by name, or left out by decision; never dropped."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from contracts.errors import DeploymentInvalid
from contracts.refused import REFUSED
from tests.connectors.notary_service import LIST, RECORD_END, Service, fields_of, office, reply

HEAD = {
    LIST: '<xs:element ref="tns:toChuc" minOccurs="0" maxOccurs="unbounded"/>',
    '<xs:element name="traToChuc">': '<xs:element name="toChuc" type="typ:ToChuc"/>'
    '<xs:element name="toChucTu" type="typ:ToChuc" substitutionGroup="tns:toChuc"/><xs:element name="traToChuc">',
}


def names(rows: list[dict[str, object]]) -> list[object]:
    return [row.get("ten", row.get(REFUSED)) for row in rows]


# -- substitution groups -------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["toChuc", "toChucTu"])
def test_what_stands_in_the_records_place_is_read(tmp_path: Path, first: str) -> None:
    """Two of three records were read, and of a reply of stand-ins none, without a word."""
    service = Service(tmp_path, wsdl=HEAD)

    found = service.rows(reply(office(1, name=first), office(2, name="toChucTu"), office(3)))

    assert ["Văn phòng 1", "Văn phòng 2", "Văn phòng 3"] == names(found)


def test_a_refused_stand_in_is_a_refusal(tmp_path: Path) -> None:
    """It costs itself, under its own name."""
    service = Service(tmp_path, wsdl=HEAD)

    found = service.rows(reply(office(1), office(2, before="<t:la/>", name="toChucTu"), office(3)))

    assert ["Văn phòng 1", "toChucTu/la: SCHEMAV_ELEMENT_CONTENT", "Văn phòng 3"] == names(found)
    assert "CC79000002" == found[1]["maToChuc"]


def test_the_name_of_a_record_is_a_field_where_it_matters(tmp_path: Path) -> None:
    """`name()` says which of the elements it was; the draft names them."""
    service = Service(tmp_path, wsdl=HEAD, fields={'"truSo/maDonVi"': '"name()"'})

    found = service.rows(reply(office(1), office(2, name="toChucTu")), left_out=["truSo/maDonVi"])

    assert ["toChuc", "toChucTu"] == [row["maDonVi"] for row in found]
    assert b"toChucTu may stand in its place" in service.draft().files["notary.yaml"]


def test_groups_of_groups_and_an_abstract_head(tmp_path: Path) -> None:
    """A member of a member's group stands in too; an abstract head only ever has stand-ins."""
    group = dict(HEAD)
    group['<xs:element name="traToChuc">'] = (
        '<xs:element name="toChuc" type="typ:ToChuc" abstract="true"/>'
        '<xs:element name="toChucTu" substitutionGroup="tns:toChuc"/>'
        '<xs:element name="toChucXa" type="typ:ToChuc" substitutionGroup="tns:toChucTu"/><xs:element name="traToChuc">'
    )

    found = Service(tmp_path, wsdl=group).rows(reply(office(1, name="toChucXa"), office(2, name="toChucTu")))

    assert ["Văn phòng 1", "Văn phòng 2"] == names(found)


def test_a_stand_in_with_fields_of_its_own(tmp_path: Path) -> None:
    """A member may be of a derived type: its fields are offered, and must be decided."""
    own = dict(HEAD)
    own['<xs:element name="traToChuc">'] = HEAD['<xs:element name="traToChuc">'].replace(
        'name="toChucTu" type="typ:ToChuc"', 'name="toChucTu" type="typ:ToChucDoi"'
    )
    service = Service(tmp_path, wsdl=own, types=DERIVED)

    with pytest.raises(DeploymentInvalid, match="the record has @ly, ngayGiaiThe, and no field takes it"):
        service.open()
    found = service.rows(reply(office(1, DISSOLVED, name="toChucTu")), left_out=["ngayGiaiThe", "@ly"])
    assert ["Văn phòng 1"] == names(found)


def test_a_field_that_another_stands_in_for(tmp_path: Path) -> None:
    """In a record too: each name is a path of its own, and none of them is passed over."""
    types = {
        '<xs:element name="ten" type="Ten"><xs:annotation><xs:documentation>Tên tổ chức</xs:documentation></xs:annotation>'
        "</xs:element>": '<xs:element ref="ten"/>',
        "</xs:schema>": '<xs:element name="ten" type="Ten"/><xs:element name="tenMoi" type="Ten" '
        'substitutionGroup="ten"/></xs:schema>',
    }
    service = Service(tmp_path, types=types)

    with pytest.raises(DeploymentInvalid, match="the record has tenMoi, and no field takes it"):
        service.open()
    assert {"ten": "ten", "tenMoi": "tenMoi"}.items() <= fields_of(service).items()


# -- derived types, and what is left open --------------------------------------------------------

DERIVED = {
    "</xs:schema>": '<xs:complexType name="ToChucDoi"><xs:complexContent><xs:extension base="ToChuc"><xs:sequence>'
    '<xs:element name="ngayGiaiThe" type="xs:date"/></xs:sequence><xs:attribute name="ly"/></xs:extension>'
    "</xs:complexContent></xs:complexType></xs:schema>"
}
DISSOLVED = "<t:ngayGiaiThe>2022-05-30</t:ngayGiaiThe>"
OPEN = {
    RECORD_END: '<xs:any namespace="##other" processContents="lax" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>'
    '<xs:anyAttribute processContents="lax"/></xs:complexType>'
}
WITHDRAWN = '<x:trangThai xmlns:x="urn:x">THU HỒI</x:trangThai>'


def test_fields_of_derived_types_are_decided(tmp_path: Path) -> None:
    """The day of a dissolution was in no field and in no word; now a field takes it, or it is left out by name."""
    service = Service(tmp_path, types=DERIVED)

    with pytest.raises(DeploymentInvalid, match="the record has @ly, ngayGiaiThe, and no field takes it"):
        service.open()
    assert "ngayGiaiThe" == fields_of(service)["ngayGiaiThe"]
    mapped = Service(tmp_path / "mapped", types=DERIVED, fields={'"ngayCap"': '"ngayGiaiThe"'})
    found = mapped.rows(
        reply(office(1), office(2, DISSOLVED, attributes=' xsi:type="t:ToChucDoi"')), left_out=["@ly", "ngayCap"]
    )
    assert [None, "2022-05-30"] == [row.get("ngayCap") for row in found]


def test_a_type_derived_from_a_derived_one(tmp_path: Path) -> None:
    """By way of a restriction too."""
    types = {
        "</xs:schema>": '<xs:complexType name="A"><xs:complexContent><xs:extension base="ToChuc"/></xs:complexContent>'
        '</xs:complexType><xs:complexType name="B"><xs:complexContent><xs:extension base="A"><xs:sequence>'
        '<xs:element name="sau" type="xs:string"/><xs:element name="ten" type="xs:string"/></xs:sequence></xs:extension>'
        "</xs:complexContent></xs:complexType></xs:schema>"
    }

    offered = fields_of(Service(tmp_path, types=types))

    assert ["sau", "ten[2]"] == [path for path in offered.values() if path in ("sau", "ten[2]")]


def test_what_the_schema_leaves_open_costs_its_record_until_somebody_decides(tmp_path: Path) -> None:
    """A licence was withdrawn under xs:any, and the office accepted as if nothing had been said."""
    service = Service(tmp_path, types=OPEN)
    page = reply(office(1), office(2, WITHDRAWN), office(3, attributes=' xmlns:y="urn:y" y:xoa="true"'))

    assert [
        "Văn phòng 1",
        "toChuc/trangThai: NO_FIELD_TAKES_IT",
        "toChuc/@xoa: NO_FIELD_TAKES_IT",
    ] == names(service.rows(page))
    left_out = service.rows(page, left_out=["*", "@*"])
    assert ["Văn phòng 1", "Văn phòng 2", "Văn phòng 3"] == names(left_out)
    drafted = service.draft().files["notary.yaml"].decode()
    assert ['"*"', '"@*"'] == [
        line.split(" - ")[1].split("  ")[0] for line in drafted.splitlines() if "leaves open" in line
    ]


def test_what_the_schema_leaves_open_can_be_mapped(tmp_path: Path) -> None:
    """By its name with its namespace; what else comes there is still a case."""
    service = Service(
        tmp_path, types=OPEN, fields={'"truSo/maDonVi"': '"{urn:x}trangThai"', '"truSo/diaChi"': '"@{urn:y}xoa"'}
    )
    page = reply(office(1, WITHDRAWN, attributes=' xmlns:y="urn:y" y:xoa="true"'), office(2, '<z xmlns="urn:z"/>'))

    found = service.rows(page, left_out=["truSo/maDonVi", "truSo/diaChi"])

    assert ("THU HỒI", "true") == (found[0]["maDonVi"], found[0]["diaChi"])
    assert "toChuc/z: NO_FIELD_TAKES_IT" == found[1][REFUSED]


def test_an_element_of_any_type(tmp_path: Path) -> None:
    """An element without a type may hold elements: as text it is read, with elements it is a case."""
    types = {
        '<xs:element name="maDonVi" type="xs:string" minOccurs="0"/>': '<xs:element name="maDonVi" minOccurs="0"/>'
    }
    service = Service(tmp_path, types=types)
    seat = "<t:truSo><t:diaChi>Số 7</t:diaChi><t:maDonVi>{}</t:maDonVi></t:truSo>"

    found = service.rows(
        reply(office(1, before=seat.format("27007")), office(2, before=seat.format("<a>27</a><b>007</b>")))
    )

    assert ["27007", None] == [row.get("maDonVi") for row in found]
    assert "toChuc/truSo/maDonVi/a: NO_FIELD_TAKES_IT" == found[1][REFUSED]


# -- types that hold themselves -------------------------------------------------------------------

PART = '<xs:element name="trucThuoc" type="{}" minOccurs="0"/></xs:sequence>\n  </xs:complexType>'
BRANCH = (
    '<xs:complexType name="ChiNhanh"><xs:complexContent><xs:extension base="ToChuc"><xs:sequence>'
    '<xs:element name="so" type="xs:string"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>'
)
GROUP = (
    '<xs:group name="Nhom"><xs:sequence><xs:element name="con" minOccurs="0"><xs:complexType><xs:sequence>'
    '<xs:element name="so" type="xs:string"/><xs:group ref="Nhom"/></xs:sequence></xs:complexType></xs:element>'
    "</xs:sequence></xs:group>"
)
THEMSELVES: dict[str, tuple[dict[str, str], str, str]] = {
    "a type in itself": (
        {RECORD_END: PART.format("ToChuc")},
        office(2, name="t:trucThuoc"),
        "toChuc/trucThuoc/maToChuc: NO_FIELD_TAKES_IT",
    ),
    "a type in one that it is derived from": (
        {RECORD_END: PART.format("ChiNhanh"), "</xs:schema>": f"{BRANCH}</xs:schema>"},
        office(2, "<t:so>2</t:so>", name="t:trucThuoc"),
        "toChuc/trucThuoc/maToChuc: NO_FIELD_TAKES_IT",
    ),
    "a group in itself": (
        {
            RECORD_END: '<xs:group ref="Nhom"/></xs:sequence>\n  </xs:complexType>',
            "</xs:schema>": f"{GROUP}</xs:schema>",
        },
        "<t:con><t:so>1</t:so><t:con><t:so>2</t:so></t:con></t:con>",
        "toChuc/con/con: NO_FIELD_TAKES_IT",
    ),
}


@pytest.mark.parametrize("kind", THEMSELVES)
def test_what_a_type_holds_of_itself_is_not_passed_over(tmp_path: Path, kind: str) -> None:
    """An office in an office, and all that was said of it, was in no field, no word and no case."""
    types, inner, clause = THEMSELVES[kind]
    service = Service(tmp_path, types=types)
    taken = [path for path in left_out_by(service) if not path.endswith("*")]

    found = service.rows(reply(office(1), office(3, inner)), left_out=taken)

    assert ["Văn phòng 1", clause] == names(found)
    assert ["Văn phòng 1", "Văn phòng 3"] == names(
        service.rows(reply(office(1), office(3, inner)), left_out=left_out_by(service))
    )


def left_out_by(service: Service) -> list[str]:
    """What the draft leaves out of a record, and the fields that the example's map does not have."""
    drafted = yaml.safe_load(service.draft().files["notary.yaml"])["options"]["operations"]["notary_office"]
    ours = set(yaml.safe_load((service.folder / "notary" / "notary_office.fields.yaml").read_text())["fields"].values())
    return [*drafted.get("left_out", []), *(path for path in fields_of(service).values() if path not in ours)]
