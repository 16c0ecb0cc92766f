"""Whole WSDLs after the habits of the tools that write them, each drawn here, drafted, and asked over a socket."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.wsdl.description import Wsdl
from connectors.wsdl.documents import read_documents
from contracts.errors import DeploymentInvalid
from tests.connectors.conftest import served
from tests.connectors.wsdl_double import PLAIN, Service, opened, rows
from tests.connectors.wsdl_texts import (
    HTTP_GET,
    MESSAGES,
    OFFICE,
    OPERATION,
    REPLY,
    REQUEST,
    SOAP_12,
    SPACE,
    binding,
    bound,
    definitions,
    message,
    outside,
    port_type,
    schema,
    service,
    written,
)

POLICY = 'xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy"'
UTILITY = 'xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"'
ADDRESSING = '<wsaw:UsingAddressing xmlns:wsaw="http://www.w3.org/2006/05/addressing/wsdl"{}/>'
USES = f'<wsp:PolicyReference {POLICY} URI="#p"/>'


def policy(inside: str) -> str:
    return f'<wsp:Policy {POLICY} {UTILITY} wsu:Id="p"><wsp:ExactlyOne><wsp:All>{inside}</wsp:All></wsp:ExactlyOne></wsp:Policy>'


def asmx() -> tuple[str, dict[str, str]]:
    """ASP.NET: two SOAP bindings and two of HTTP, a DataSet beside."""
    data = (
        '<xs:element name="Set"><xs:complexType><xs:sequence><xs:element name="SetResult" minOccurs="0"><xs:complexType>'
        '<xs:sequence><xs:element ref="xs:schema"/><xs:any/></xs:sequence></xs:complexType></xs:element></xs:sequence>'
        "</xs:complexType></xs:element>"
    )
    get = message("GetIn", '<wsdl:part name="since" type="xs:string"/>') + message(
        "SetOut", '<wsdl:part name="p" element="tns:Set"/>'
    )
    more = OPERATION.replace("tns:ListIn", "tns:GetIn")
    odd = '<wsdl:operation name="Set"><wsdl:input message="tns:ListIn"/><wsdl:output message="tns:SetOut"/></wsdl:operation>'
    text = definitions(
        MESSAGES + get,
        port_type(OPERATION + odd) + port_type(more, "OfficesHttpGet"),
        binding(bound() + bound("Set")) + SOAP_12 + HTTP_GET,
        service("OfficesSoap", "OfficesSoap12", "OfficesHttpGet"),
        types=schema(OFFICE + REQUEST + REPLY + data),
    )
    return text, {}


def wcf() -> tuple[str, dict[str, str]]:
    """WCF, one file: two endpoints with policies, of which only that of SOAP 1.2 demands addressing."""
    spoken = f"{binding(more=USES.replace('#p', '#basic'))}"
    serialization = (
        '<xs:schema targetNamespace="http://schemas.microsoft.com/2003/10/Serialization/" xmlns:s="http://schemas.microsoft'
        '.com/2003/10/Serialization/"><xs:element name="guid" nillable="true" type="s:guid"/><xs:simpleType name="guid">'
        '<xs:restriction base="xs:string"/></xs:simpleType><xs:attribute name="Id" type="xs:ID"/></xs:schema>'
    )
    text = definitions(
        policy(ADDRESSING.format("")),
        MESSAGES,
        port_type(),
        spoken + SOAP_12.replace("<soap12:binding", f"{USES}<soap12:binding"),
        service("OfficesSoap", "OfficesSoap12"),
        types=schema() + serialization,
    )
    return text, {}


def jax_ws() -> tuple[str, dict[str, str]]:
    """JAX-WS: a schema without namespace that only imports, an optional policy, the binding in the root."""
    types = schema(f'<xs:import namespace="{SPACE}" schemaLocation="http://h.example/s?xsd=1"/>', space="")
    text = definitions(
        policy(ADDRESSING.format(f' {POLICY} wsp:Optional="true"')),
        MESSAGES,
        port_type(),
        binding(more=USES),
        service(),
        types=types,
    )
    return text, {"http://h.example/s?xsd=1": outside(OFFICE + REQUEST + REPLY, more=' version="1.0"')}


def axis_2() -> tuple[str, dict[str, str]]:
    """Axis2: three endpoints of one portType, attributes qualified, WS-Addressing offered and not demanded."""
    http = HTTP_GET.replace("OfficesHttpGet", "OfficesHttp").replace('type="tns:OfficesHttp"', 'type="tns:Offices"')
    types = schema(
        OFFICE + REQUEST + REPLY.replace('minOccurs="0"', 'minOccurs="0" nillable="true"'),
        more=' attributeFormDefault="qualified"',
    )
    return definitions(
        MESSAGES,
        port_type(),
        binding(more=ADDRESSING.format("")) + SOAP_12 + http,
        service("OfficesSoap", "OfficesSoap12", "OfficesHttp"),
        types=types,
    ), {}


def nusoap() -> tuple[str, dict[str, str]]:
    """PHP: imports of encodings by namespace only, encoded arrays among the types, no form of elements given."""
    array = (
        '<xs:complexType name="Offices"><xs:complexContent><xs:restriction xmlns:c="http://schemas.xmlsoap.org/soap/'
        'encoding/" base="c:Array"><xs:attribute ref="c:arrayType" wsdl:arrayType="tns:Office[]"/></xs:restriction>'
        "</xs:complexContent></xs:complexType>"
    )
    imports = (
        '<xs:import namespace="http://schemas.xmlsoap.org/soap/encoding/"/>'
        '<xs:import namespace="http://schemas.xmlsoap.org/wsdl/"/>'
    )
    return definitions(types=schema(imports + array + OFFICE + REQUEST + REPLY)), {}


def sap() -> tuple[str, dict[str, str]]:
    """SAP: policies and usage marks everywhere, facets of its own, parts unqualified at the top."""
    mark = '<wsp:UsingPolicy xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy" wsdl:required="true"/>'
    kinds = '<xs:simpleType name="char10"><xs:restriction base="xs:string"><xs:maxLength value="10"/></xs:restriction></xs:simpleType>'
    office = OFFICE.replace('name="code" type="xs:string"', 'name="code" type="tns:char10"')
    return definitions(
        mark,
        policy(ADDRESSING.format(f' {POLICY} wsp:Optional="true"')),
        MESSAGES,
        port_type(),
        binding(more=USES),
        service(),
        types=schema(kinds + office + REQUEST + REPLY),
    ), {}


def oracle() -> tuple[str, dict[str, str]]:
    """Oracle: partner links at the end, types in a folder, one import a schema."""
    link = (
        '<plnk:partnerLinkType xmlns:plnk="http://docs.oasis-open.org/wsbpel/2.0/plnktype" name="L">'
        '<plnk:role name="R" portType="tns:Offices"/></plnk:partnerLinkType>'
    )
    types = schema(f'<xs:import namespace="{SPACE}" schemaLocation="xsd/Offices.xsd"/>', space="")
    return definitions(link, MESSAGES, port_type(), binding(), service(), types=types), {
        "xsd/Offices.xsd": outside(OFFICE + REQUEST + REPLY)
    }


def spring() -> tuple[str, dict[str, str]]:
    """Spring-WS: one schema written into the WSDL, names made of its elements, an empty action."""
    return definitions(MESSAGES, port_type(), binding(bound(action="")), service()), {}


def delphi() -> tuple[str, dict[str, str]]:
    """Delphi: no prefix for the WSDL's own elements, an encoded operation beside a literal one."""
    encoded = bound("Odd", body='<soap:body use="encoded" encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"/>')
    odd = OPERATION.replace('"List"', '"Odd"')
    text = definitions(MESSAGES, port_type(OPERATION + odd), binding(bound() + encoded), service())
    return text.replace("<wsdl:", "<").replace("</wsdl:", "</").replace("xmlns:wsdl=", "xmlns="), {}


def gsoap() -> tuple[str, dict[str, str]]:
    """gSOAP: header parts in a message of their own, MIME around the Body, documentation between all."""
    head = message("Heads", '<wsdl:part name="auth" element="tns:Auth"/>')
    body = '<mime:multipartRelated xmlns:mime="http://schemas.xmlsoap.org/wsdl/mime/"><mime:part><soap:body parts="parameters" use="literal"/></mime:part></mime:multipartRelated>'
    more = '<soap:header use="literal" message="tns:Heads" part="auth"/>'
    words = "<wsdl:documentation>Service <b>of</b> offices</wsdl:documentation>"
    return definitions(
        words + head,
        MESSAGES,
        port_type(words.replace("Service", "Port") + OPERATION),
        binding(bound(body=body, more=more)),
        service(),
        types=schema(f'{OFFICE}{REQUEST}{REPLY}<xs:element name="Auth" type="xs:string"/>'),
    ), {}


def x_road() -> tuple[str, dict[str, str]]:
    """X-Road: its headers as parts of every message, its version in the binding."""
    road = 'xmlns:xrd="http://x-road.eu/xsd/xroad.xsd"'
    head = message("Heads", f'<wsdl:part name="client" {road} element="xrd:client"/>')
    given = bound(more='<soap:header use="literal" message="tns:Heads" part="client"/>').replace(
        "<wsdl:input>", f"<xrd:version {road}>v1</xrd:version><wsdl:input>"
    )
    kinds = '<xs:schema targetNamespace="http://x-road.eu/xsd/xroad.xsd"><xs:element name="client" type="xs:string"/></xs:schema>'
    return definitions(head + MESSAGES, port_type(), binding(given), service(), types=schema() + kinds), {}


def biztalk() -> tuple[str, dict[str, str]]:
    """BizTalk: annotations at the head of each schema, an import before them, names with dots."""
    note = '<xs:annotation><xs:appinfo><b:info xmlns:b="http://schemas.microsoft.com/BizTalk/2003" root="List"/></xs:appinfo></xs:annotation>'
    kinds = "http://Motlan.Schemas.Kinds"
    types = schema(
        f'<xs:import namespace="{kinds}" schemaLocation="Motlan.Schemas.Kinds.xsd"/>{note}{OFFICE}{REQUEST}'
        + REPLY.replace(
            "</xs:sequence>", '<xs:element name="Motlan.State" minOccurs="0" type="k:State"/></xs:sequence>'
        ).replace("<xs:element name=", f'<xs:element xmlns:k="{kinds}" name=', 1)
    )
    state = '<xs:simpleType name="State"><xs:restriction base="xs:string"/></xs:simpleType>'
    return definitions(types=types), {"Motlan.Schemas.Kinds.xsd": outside(note + state, kinds)}


TOOLS = (asmx, wcf, jax_ws, axis_2, nusoap, sap, oracle, spring, delphi, gsoap, x_road, biztalk)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.__name__)
def test_its_service_is_drafted_and_asked(tmp_path: Path, tool: Callable[[], tuple[str, dict[str, str]]]) -> None:
    """Nothing in these descriptions is wrong; most were refused, and their owners blamed."""
    text, given = tool()
    files = {f"file-{number}.xsd" if "://" in name else name: each for number, (name, each) in enumerate(given.items())}
    pins = dict(zip(given, files, strict=True))
    double = Service(PLAIN)
    with served(double, "/soap") as address:
        options = {"headers": ["plain"]}
        [found] = rows(opened(tmp_path, written(tmp_path / "given", text, files, pins), address, **options))

    assert "A1" == found["code"]
    assert [f"{{{SPACE}}}since", f"{{{SPACE}}}until"] == [each.tag for each in double.body]


def test_the_encoded_operation_beside_has_its_own_reason(tmp_path: Path) -> None:
    """The one of Delphi's: its neighbour is read."""
    wsdl = Wsdl(read_documents(written(tmp_path, delphi()[0])))

    assert ["Odd"] == list(wsdl.refused)
    with pytest.raises(DeploymentInvalid, match="operation Odd is document/encoded"):
        wsdl.operation("Odd")


def test_a_service_of_soap_1_2_that_demands_addressing(tmp_path: Path) -> None:
    """WCF's wsHttpBinding alone: what is not spoken is said, not guessed at the first call."""
    only = SOAP_12.replace("<soap12:binding", f"{USES}<soap12:binding")
    text = definitions(policy(ADDRESSING.format("")), MESSAGES, port_type(), only, service("OfficesSoap12"))
    wsdl = Wsdl(read_documents(written(tmp_path, text)))

    with pytest.raises(DeploymentInvalid, match="demands WS-Addressing headers"):
        wsdl.operation("List")
