"""Calls by zeep have a border: whatever it raises of a WSDL becomes an error with a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.http.body import CallLimits
from connectors.http.client import Http
from connectors.soap.client import Soap
from connectors.soap.headers import Headers
from contracts.errors import DeploymentInvalid
from tests.connectors.wsdl_texts import (
    HTTP_GET,
    MESSAGES,
    SOAP_12,
    binding,
    definitions,
    message,
    port_type,
    schema,
    service,
    written,
)


def soap(path: Path) -> Soap:
    return Soap(Http("offices", CallLimits()), "http://127.0.0.1:9/", path, lambda _: path.read_bytes(), Headers())


def test_the_one_binding_of_soap_1_1_is_taken(tmp_path: Path) -> None:
    """Others beside it ended in an unpacking error."""
    get = message("GetIn", '<wsdl:part name="since" type="xs:string"/>')
    text = definitions(
        MESSAGES + get,
        port_type() + port_type(name="OfficesHttpGet").replace("tns:ListIn", "tns:GetIn"),
        binding() + SOAP_12 + HTTP_GET,
        service("OfficesSoap", "OfficesSoap12")
        + service("OfficesHttpGet").replace("soap:address", "http:address").replace('name="Offices"', 'name="Get"'),
    )
    made = soap(written(tmp_path, text))

    assert ("List",) == made.operations
    assert "List" in str(made.body("List", since="2022-05-01", until="2022-05-02").tag)


@pytest.mark.parametrize(
    "text",
    [
        definitions(MESSAGES, port_type(), binding() + binding(name="Second"), service()),
        definitions(MESSAGES, port_type(), SOAP_12, service("OfficesSoap12")),
        definitions(types=schema('<xs:element name="a" type="tns:Gone"/>')),
        definitions(types=schema('<xs:redefine schemaLocation="x.xsd"/>')),
        "<html>",
    ],
    ids=["two", "1.2", "gone", "redefine", "html"],
)
def test_what_zeep_cannot_use_is_named(tmp_path: Path, text: str) -> None:
    """File and reason; no exception of the library travels on."""
    with pytest.raises(DeploymentInvalid, match=r"offices\.wsdl") as raised:
        soap(written(tmp_path, text))

    assert raised.value.__cause__ is None


def test_an_argument_that_the_wsdl_does_not_have(tmp_path: Path) -> None:
    """Said of the operation."""
    with pytest.raises(DeploymentInvalid, match="List cannot be asked by this WSDL"):
        soap(written(tmp_path, definitions())).body("List", gone="x")
