"""XML, and the XSD that it is valid against: both made from the contract's fields.

    <delivery xmlns="urn:motlan:birth">
    <put system="moj-registry" key="17" version="2022-06-01T..."><nksHoTen>...</nksHoTen>...</put>
    <delete system="moj-registry" key="3" version="..."/>
    </delivery>

A field without a value is left out; an empty element is the empty text. XML has no way to write control characters: a
text with one is base64 of its UTF-8, and says so (`encoding="base64"`).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from contracts.model import Dataset, Field, Kind
from hub.feeds.items import Item

NAMESPACE = "urn:motlan:delivery"
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENCODING = (
    '<xs:attribute name="encoding"><xs:simpleType><xs:restriction base="xs:string">'
    '<xs:enumeration value="base64"/></xs:restriction></xs:simpleType></xs:attribute>'
)
_KEPT = {"\r": "&#13;"}
"""A parser would make it a line feed."""
_ATTRIBUTE = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def xml_lines(items: Iterable[Item], columns: Sequence[str]) -> Iterator[bytes]:
    """One line an item, between a head and an end."""
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<delivery xmlns="{NAMESPACE}">\n'.encode()
    for item in items:
        attributes = _attributes(item)
        if item.operation == "delete":
            yield f"<delete {attributes}/>\n".encode()
            continue
        fields = "".join(_element(name, value) for name in columns if (value := item.values[name]) is not None)
        yield f"<put {attributes}>{fields}</put>\n".encode()
    yield b"</delivery>\n"


def xsd(dataset: Dataset, columns: Sequence[str]) -> str:
    """The schema of a feed's XML: its columns, with the codes and forms that the contract promises."""
    fields = "".join(_declared(dataset.by_name[name]) for name in columns)
    attributes = "".join(f'<xs:attribute name="{name}" type="xs:string" use="required"/>' for name in ("system", "key"))
    attributes += '<xs:attribute name="version" type="xs:dateTime" use="required"/>' + _ENCODING
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{NAMESPACE}" targetNamespace="{NAMESPACE}"
           elementFormDefault="qualified">
<xs:element name="delivery"><xs:complexType><xs:choice minOccurs="0" maxOccurs="unbounded">
<xs:element name="put"><xs:complexType><xs:sequence>
{fields}</xs:sequence>{attributes}</xs:complexType></xs:element>
<xs:element name="delete"><xs:complexType>{attributes}</xs:complexType></xs:element>
</xs:choice></xs:complexType></xs:element>
</xs:schema>
"""


def _element(name: str, value: str | int) -> str:
    text = str(value)
    if _IMPOSSIBLE.search(text):
        return f'<{name} encoding="base64">{_base64(text)}</{name}>'
    return f"<{name}>{escape(text, _KEPT)}</{name}>"


def _attributes(item: Item) -> str:
    """System, key and version of an item; system and key are base64 where XML cannot write one of them."""
    named, encoding = {"system": item.system, "key": item.key}, ""
    if any(map(_IMPOSSIBLE.search, named.values())):
        named = {name: _base64(text) for name, text in named.items()}
        encoding = ' encoding="base64"'
    attributes = " ".join(f"{name}={quoteattr(text, _ATTRIBUTE)}" for name, text in named.items())
    return f'{attributes} version="{item.version}"{encoding}'


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _declared(field: Field) -> str:
    if field.codes:
        codes = "".join(f"<xs:enumeration value={quoteattr(code.value)}/>" for code in field.codes)
        kind = f'<xs:simpleType><xs:restriction base="xs:string">{codes}</xs:restriction></xs:simpleType>'
        return f'<xs:element name="{field.name}" minOccurs="0">{kind}</xs:element>\n'
    if field.kind is Kind.TEXT:
        text = f'<xs:complexType><xs:simpleContent><xs:extension base="xs:string">{_ENCODING}</xs:extension>'
        text += "</xs:simpleContent></xs:complexType>"
        return f'<xs:element name="{field.name}" minOccurs="0">{text}</xs:element>\n'
    if field.kind is Kind.PARTIAL_DATE:
        forms = r'<xs:pattern value="\d{4}(-\d{2}(-\d{2})?)?"/>'
        kind = f'<xs:simpleType><xs:restriction base="xs:string">{forms}</xs:restriction></xs:simpleType>'
        return f'<xs:element name="{field.name}" minOccurs="0">{kind}</xs:element>\n'
    types = {Kind.INTEGER: "xs:integer", Kind.DECIMAL: "xs:decimal", Kind.TIMESTAMP: "xs:dateTime"}
    return f'<xs:element name="{field.name}" minOccurs="0" type="{types[field.kind]}"/>\n'
