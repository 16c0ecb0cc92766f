"""Requests whose schema has variants: what is given is asked, and no variant that nobody asked for is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from connectors.wsdl.description import Wsdl
from connectors.wsdl.documents import read_documents
from connectors.wsdl.draft.contract import draft
from connectors.wsdl.request import request_body
from connectors.wsdl.shape import Shapes
from contracts.errors import DeploymentInvalid
from tests.connectors.conftest import served
from tests.connectors.wsdl_double import PLAIN, Service, opened, rows
from tests.connectors.wsdl_texts import OFFICE, REPLY, REQUEST, SPACE, definitions, schema, written

DERIVED = (
    '<xs:complexType name="Filter"><xs:sequence><xs:element name="ward" type="xs:string"/></xs:sequence></xs:complexType>'
    '<xs:complexType name="Narrow"><xs:complexContent><xs:extension base="tns:Filter"><xs:sequence>'
    '<xs:element name="street" type="xs:string"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>'
)
GROUP = (
    '<xs:element name="by" abstract="true" type="tns:By"/><xs:complexType name="By"/>'
    '<xs:element name="byWard" substitutionGroup="tns:by"><xs:complexType><xs:complexContent><xs:extension base="tns:By">'
    '<xs:sequence><xs:element name="ward" type="xs:string"/></xs:sequence></xs:extension></xs:complexContent>'
    "</xs:complexType></xs:element>"
)
ANY = '<xs:any namespace="##other" minOccurs="0" processContents="lax"/>'
END = '<xs:element name="until" type="xs:date"/>'


def asking(folder: Path, more: str, declared: str = "") -> Path:
    """The drawn service, whose request has more in it."""
    text = schema(f"{OFFICE}{declared}{REQUEST.replace(END, END + more)}{REPLY}")
    return written(folder / "given", definitions(types=text))


def asked(path: Path, **values: str) -> etree._Element:
    """The request for one day and some more, held against its schema."""
    wsdl = Wsdl(read_documents(path))
    shape = Shapes(wsdl).element(wsdl.operation("List").request)
    body = request_body(shape, {"since": "2022-06-02", "until": "2022-06-02", **values})
    assert not wsdl.schema.violations(body)
    return body


def names(body: etree._Element) -> list[str]:
    return [etree.QName(each).localname for each in body.iterdescendants()]


def test_what_only_a_derived_type_has_is_not_written(tmp_path: Path) -> None:
    """Its elements were held for necessary ones, and no request was valid."""
    path = asking(tmp_path, '<xs:element name="filter" type="tns:Filter"/>', DERIVED)
    draft(Wsdl(read_documents(path)), "List", system="offices", contract="office")

    assert ["since", "until", "filter", "ward"] == names(asked(path, **{"filter/ward": "1"}))


def test_a_stand_in_that_is_given_stands_in_the_place_of_its_head(tmp_path: Path) -> None:
    """The abstract head was written beside it."""
    path = asking(tmp_path, '<xs:element ref="tns:by"/>', GROUP)

    assert ["since", "until", "byWard", "ward"] == names(asked(path, **{"byWard/ward": "1"}))


def test_an_abstract_head_alone_cannot_be_asked(tmp_path: Path) -> None:
    """A draft has no one to choose between those that may stand in its place."""
    path = asking(tmp_path, '<xs:element ref="tns:by"/>', GROUP)

    with pytest.raises(DeploymentInvalid, match=r"List cannot be asked: .*abstract"):
        draft(Wsdl(read_documents(path)), "List", system="offices", contract="office")


def test_each_element_of_a_name_is_given_by_its_number(tmp_path: Path) -> None:
    """What was given stood in the first, and the second could not be asked."""
    one = '<xs:element name="part" type="xs:string"/>'
    path = asking(tmp_path, f'{one}<xs:element name="between" type="xs:string" minOccurs="0"/>{one}')

    body = asked(path, **{"part[1]": "a", "part[2]": "b"})

    assert ["a", "b"] == [each.text for each in body.findall(f"{{{SPACE}}}part")]


def test_an_open_place_of_a_request_stays_empty(tmp_path: Path) -> None:
    """What the schema does not declare is neither written nor taken from a plan without a word."""
    path = asking(tmp_path, ANY)
    assert ["since", "until"] == names(asked(path))
    operation = {
        "operation": "List",
        "record": "office",
        "map": "offices/office.fields.yaml",
        "window": {"from": "since", "until": "until"},
        "request": {"{urn:other}ward": "1"},
    }

    with pytest.raises(DeploymentInvalid, match="stands where the schema leaves open"):
        opened(tmp_path, path, "http://127.0.0.1:9", operations={"office": operation})


def test_a_reply_with_defaults_beside_mixed_text(tmp_path: Path) -> None:
    """An empty element has its default, a mixed one its whole text, and an absent one neither."""
    office = OFFICE.replace(
        "</xs:sequence>",
        '<xs:element name="state" type="xs:string" default="open" minOccurs="0"/><xs:element name="note" minOccurs="0">'
        '<xs:complexType mixed="true"><xs:sequence><xs:element name="b" type="xs:string" minOccurs="0"/></xs:sequence>'
        "</xs:complexType></xs:element></xs:sequence>",
    )
    path = written(tmp_path / "given", definitions(types=schema(f"{office}{REQUEST}{REPLY}")))
    more = "<o:state/><o:note>nhà <o:b>số 1</o:b> mới</o:note>"
    one, two = PLAIN.replace("</o:office>", f"{more}</o:office>"), PLAIN.partition(">")[2].replace("A1", "A2")
    with served(Service(one.replace("</o:ListResponse>", two)), "/soap") as address:
        first, second = rows(opened(tmp_path, path, address))

    assert ("open", "nhà số 1 mới") == (first["state"], first["note"])
    assert (None, None) == (second["state"], second["note"])


def test_days_that_need_something_around_them_are_no_window(tmp_path: Path) -> None:
    """A draft was refused because its guess of a window made the request invalid."""
    asked = (
        '<xs:element name="List"><xs:complexType><xs:sequence><xs:element name="period" minOccurs="0"><xs:complexType>'
        '<xs:sequence><xs:element name="since" type="xs:date"/><xs:element name="until" type="xs:date"/>'
        '<xs:element name="of" type="tns:Period" minOccurs="2" maxOccurs="3"/></xs:sequence></xs:complexType>'
        '</xs:element></xs:sequence></xs:complexType></xs:element><xs:complexType name="Period"><xs:sequence/>'
        "</xs:complexType>"
    )
    path = written(tmp_path, definitions(types=schema(f"{OFFICE}{asked}{REPLY}")))
    made = draft(Wsdl(read_documents(path)), "List", system="offices", contract="office")

    assert b"window:" not in made.files["offices.yaml"]
