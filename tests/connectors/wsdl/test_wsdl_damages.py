"""Whatever is wrong in a WSDL, it is read or refused by an error that has a name."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.wsdl.description import Wsdl
from connectors.wsdl.documents import read_documents
from connectors.wsdl.draft.contract import draft
from contracts.errors import DeploymentInvalid, HubError
from tests.connectors.wsdl_texts import (
    HTTP_GET,
    MESSAGES,
    OFFICE,
    REPLY,
    REQUEST,
    RPC,
    SOAP_12,
    binding,
    definitions,
    outside,
    port_type,
    schema,
    service,
    written,
)

KINDS = outside(f'{OFFICE}<xs:group name="g"><xs:choice><xs:element ref="tns:List"/><xs:any/></xs:choice></xs:group>')
INSIDE = (
    '<xs:redefine schemaLocation="kinds.xsd"><xs:complexType name="Office"><xs:complexContent><xs:extension '
    'base="tns:Office"><xs:attribute name="note" default="n"/></xs:extension></xs:complexContent></xs:complexType>'
    f'</xs:redefine><xs:import namespace="urn:other"/>{REQUEST}{REPLY}'
)
WHOLE = (
    definitions(
        MESSAGES,
        port_type(),
        binding() + SOAP_12 + HTTP_GET,
        service("OfficesSoap", "OfficesSoap12"),
        types=schema(INSIDE),
    ),
    definitions(types=schema('<xs:include schemaLocation="kinds.xsd"/>' + REQUEST + REPLY)),
    RPC,
)
_VALUE = re.compile(r'(?<==")[^"]*(?=")')
_ATTRIBUTE = re.compile(r'\s[\w:]+="[^"]*"')
_ELEMENT = re.compile(r"<(?:xs|wsdl|soap|soap12|http):\w+[^<>]*/>")
_NAME = re.compile(r"(?<=[</])(?:xs|wsdl|soap|soap12):\w+")


def damaged(draw: st.DrawFn, text: str) -> str:
    """A value, a name or an element replaced by another of the document, or gone."""
    for _ in range(draw(st.integers(1, 3))):
        pattern = draw(st.sampled_from([_VALUE, _ATTRIBUTE, _ELEMENT, _NAME]))
        found = list(pattern.finditer(text))
        if not found:
            continue
        old, other = draw(st.sampled_from(found)), draw(st.sampled_from(found))
        new = draw(st.sampled_from(["", other[0], other[0] * 2]))
        text = text[: old.start()] + new + text[old.end() :]
    return text


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, str]:
    whole = draw(st.sampled_from(WHOLE))
    return (damaged(draw, whole), KINDS) if draw(st.booleans()) else (whole, damaged(draw, KINDS))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=documents())
def test_what_is_put_in_the_place_of_another(tmp_path: Path, texts: tuple[str, str]) -> None:
    """Names, types, counts, locations and styles that were meant for another place."""
    (tmp_path / "kinds.xsd").write_text(texts[1], encoding="utf-8")
    path = written(tmp_path, texts[0], {}, {"kinds.xsd": "kinds.xsd"})
    with suppress(HubError):
        wsdl = Wsdl(read_documents(path))
        for name in (*wsdl.operations, "List"):
            with suppress(HubError):
                draft(wsdl, name, system="offices", contract="office")


def test_types_that_hold_each_other_too_deeply(tmp_path: Path) -> None:
    """A thousand levels ended in an error of Python's own."""
    chain = "".join(
        f'<xs:complexType name="L{n}"><xs:sequence><xs:element name="a" type="tns:L{n + 1}"/></xs:sequence></xs:complexType>'
        for n in range(1000)
    )
    deep = OFFICE.replace("</xs:sequence>", '<xs:element name="deep" type="tns:L0"/></xs:sequence>')
    types = schema(f'{chain}<xs:complexType name="L1000"/>{deep}{REQUEST}{REPLY}')
    wsdl = Wsdl(read_documents(written(tmp_path, definitions(types=types))))

    with pytest.raises(DeploymentInvalid, match="hold each other deeper than can be read"):
        draft(wsdl, "List", system="offices", contract="office")
