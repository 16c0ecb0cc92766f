"""WSDLs as the usual tools write them: what is read, what is refused, and by which reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from connectors.wsdl.description import Wsdl
from connectors.wsdl.documents import read_documents
from connectors.wsdl.draft.contract import Draft, draft
from connectors.wsdl.request import needed_texts, request_body
from connectors.wsdl.shape import Shapes
from contracts.errors import DeploymentInvalid
from tests.connectors.wsdl_texts import (
    HTTP_GET,
    MESSAGES,
    OFFICE,
    OPERATION,
    REPLY,
    REQUEST,
    RPC,
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

POLICY = (
    '<wsp:Policy xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy" xmlns:wsu="http://docs.oasis-open.org/wss/2004/'
    '01/oasis-200401-wss-wssecurity-utility-1.0.xsd" wsu:Id="p"><wsaw:UsingAddressing '
    'xmlns:wsaw="http://www.w3.org/2006/05/addressing/wsdl"/></wsp:Policy>'
)
REFERENCE = '<wsp:PolicyReference xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy" URI="#p"/>'


def opened(path: Path, port: str | None = None) -> Wsdl:
    return Wsdl(read_documents(path), port)


def drafted(path: Path, name: str = "List", port: str | None = None) -> Draft:
    return draft(opened(path, port), name, system="offices", contract="office")


def refusal(path: Path, name: str = "List") -> str:
    with pytest.raises(DeploymentInvalid) as raised:
        drafted(path, name)
    assert raised.value.hint
    return raised.value.message


def with_operation(operation: str, bound_: str = "", messages: str = "", types: str | None = None) -> str:
    """The plain service with one more operation."""
    more = port_type(OPERATION + operation)
    return definitions(MESSAGES + messages, more, binding(bound() + bound_), service(), types=types)


# -- ports ------------------------------------------------------------------------------------------


def test_the_soap_1_1_port_is_taken_among_others(tmp_path: Path) -> None:
    """Every .asmx has four bindings; its WSDL was drafted, and then the first reading blamed the owner's WSDL."""
    get = message("GetIn", '<wsdl:part name="since" type="xs:string"/>')
    other = '<wsdl:operation name="List"><wsdl:input message="tns:GetIn"/><wsdl:output message="tns:ListOut"/></wsdl:operation>'
    path = written(
        tmp_path,
        definitions(
            MESSAGES + get,
            port_type() + port_type(other, "OfficesHttpGet"),
            binding() + SOAP_12 + HTTP_GET,
            service("OfficesSoap", "OfficesSoap12", "OfficesHttpGet"),
        ),
    )
    made = drafted(path)

    assert ("OfficesSoap12 (SOAP 1.2)", "OfficesHttpGet (HTTP GET)") == opened(path).aside
    assert "# Left aside: OfficesSoap12 (SOAP 1.2), OfficesHttpGet (HTTP GET)." in made.files["offices.yaml"].decode()


def test_bindings_without_a_service(tmp_path: Path) -> None:
    """Some give the address on paper only: a binding is as good as a port."""
    assert "office" == drafted(written(tmp_path, definitions(MESSAGES, port_type(), binding()))).record


def test_two_ports_that_are_called_alike_are_no_question(tmp_path: Path) -> None:
    """Two addresses of one binding differ in nothing that a WSDL decides."""
    ports = service("OfficesSoap") + service("OfficesSoap").replace('name="OfficesSoap"', 'name="Second"')
    made = drafted(written(tmp_path, definitions(MESSAGES, port_type(), binding(), ports)))

    assert b"port:" not in made.files["offices.yaml"]


def two_ports(tmp_path: Path) -> Path:
    """Two bindings of SOAP 1.1, called by different actions."""
    second = binding(bound(action="urn:second"), "SecondSoap")
    return written(
        tmp_path, definitions(MESSAGES, port_type(), binding() + second, service("OfficesSoap", "SecondSoap"))
    )


def test_two_ports_that_are_called_differently_are_asked_about(tmp_path: Path) -> None:
    """A person decides, with the names before him."""
    made = drafted(two_ports(tmp_path)).files["offices.yaml"].decode()

    assert '  port: "OfficesSoap"  # DECIDE: which port; the operation is asked differently at' in made
    assert 'port: "SecondSoap"\n' in drafted(two_ports(tmp_path), port="SecondSoap").files["offices.yaml"].decode()
    with pytest.raises(DeploymentInvalid, match="no port Third of SOAP") as raised:
        opened(two_ports(tmp_path), "Third")
    assert "SecondSoap (SOAP 1.1)" in raised.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (definitions(MESSAGES, port_type(), HTTP_GET, service("OfficesHttpGet")), "it has OfficesHttpGet (HTTP GET)"),
        (definitions(MESSAGES, port_type()), "it has neither a port nor a binding"),
        (definitions(MESSAGES, port_type(), binding().replace("soap/http", "soap/jms")), "SOAP 1.1 over http://"),
        ('<d:description xmlns:d="http://www.w3.org/ns/wsdl"/>', "a WSDL 2.0"),
        (outside(REQUEST), "it is an XML Schema"),
        ("<html><body>Log in</body></html>", "it is the element html"),
        (definitions(MESSAGES, port_type(), binding(more=REFERENCE), service(), POLICY), "demands WS-Addressing"),
    ],
    ids=["get", "abstract", "jms", "2.0", "xsd", "html", "addressing"],
)
def test_what_is_not_spoken_is_refused_by_its_name(tmp_path: Path, text: str, said: str) -> None:
    """The reason is the service's kind, not a fault of its description."""
    assert said in refusal(written(tmp_path, text))


# -- operations -------------------------------------------------------------------------------------

ONE_WAY = '<wsdl:operation name="Odd"><wsdl:input message="tns:ListIn"/></wsdl:operation>'
NOTICE = '<wsdl:operation name="Odd"><wsdl:output message="tns:ListOut"/></wsdl:operation>'
BOTH = (
    '<wsdl:operation name="Odd"><wsdl:input message="tns:OddIn"/><wsdl:output message="tns:ListOut"/></wsdl:operation>'
)
ODD: dict[str, tuple[str, str, str, str]] = {
    "one-way": (ONE_WAY, bound("Odd"), "", "has no output: it is one-way"),
    "notification": (NOTICE, bound("Odd"), "", "has no input"),
    "overloaded": (BOTH + BOTH, bound("Odd") * 2, message("OddIn", ""), "is overloaded: its portType has 2 operations"),
    "empty": (BOTH, bound("Odd"), message("OddIn", ""), "it has no part where"),
    "a type": (BOTH, bound("Odd"), message("OddIn", '<wsdl:part name="p" type="xs:string"/>'), "it has a type where"),
    "two parts": (
        BOTH,
        bound("Odd"),
        message("OddIn", '<wsdl:part name="p" element="tns:List"/><wsdl:part name="q" element="tns:List"/>'),
        "it has 2 parts where",
    ),
    "encoded": (
        BOTH,
        bound("Odd", body='<soap:body use="encoded"/>'),
        message("OddIn", '<wsdl:part name="p" element="tns:List"/>'),
        "is document/encoded",
    ),
    "no message": (BOTH, bound("Odd"), "", "message tns:OddIn is in none of the 1 WSDL documents"),
    "no element": (
        BOTH,
        bound("Odd"),
        message("OddIn", '<wsdl:part name="p" element="tns:Gone"/>'),
        f"the input of operation Odd is the element {{{SPACE}}}Gone, which no schema here declares",
    ),
}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_operation_refuses_itself_and_not_its_service(tmp_path: Path, kind: str) -> None:
    """One one-way operation kept a whole service out."""
    operation, bound_, messages, said = ODD[kind]
    path = written(tmp_path, with_operation(operation, bound_, messages))

    assert "office" == drafted(path).record
    assert said in refusal(path, "Odd")


def test_a_wrong_type_refuses_what_needs_it(tmp_path: Path) -> None:
    """By the file and line of the fault, also where the whole WSDL is one line."""
    wrong = f'<xs:element name="Odd"><xs:complexType><xs:sequence><xs:element name="a" type="tns:Gone"/></xs:sequence></xs:complexType></xs:element>{OFFICE}{REQUEST}{REPLY}'
    part = message("OddIn", '<wsdl:part name="p" element="tns:Odd"/>')
    text = with_operation(BOTH, bound("Odd"), part, types=schema(wrong)).replace("\n", "")
    path = written(tmp_path, text)

    assert "office" == drafted(path).record
    assert f"{path}:1: the WSDL breaks its own schema" in refusal(path, "Odd")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ('<xs:element name="a" type="tns:Base"/>', "its type is abstract"),
        ('<xs:element ref="tns:Head"/>', "an abstract one"),
        ('<xs:any namespace="##other"/>', "or one that no path of the schema leads to"),
        ('<xs:element name="a" type="xs:string" minOccurs="2" maxOccurs="2"/>', "it needs an element several times"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_init(tmp_path: Path, asked: str, said: str) -> None:
    """Such operations were drafted, and failed at the first reading."""
    more = (
        '<xs:complexType name="Base" abstract="true"/><xs:element name="Head" abstract="true" type="xs:string"/>'
        f'<xs:element name="Odd"><xs:complexType><xs:sequence>{asked}</xs:sequence></xs:complexType></xs:element>'
    )
    part = message("OddIn", '<wsdl:part name="p" element="tns:Odd"/>')
    types = schema(OFFICE + REQUEST + REPLY + more)

    assert said in refusal(written(tmp_path, with_operation(BOTH, bound("Odd"), part, types)), "Odd")


def test_a_header_is_no_part_of_the_body(tmp_path: Path) -> None:
    """.NET declares headers so; the draft names the header that somebody must provide."""
    head = '<soap:header message="tns:ListIn" part="auth" use="literal"/>'
    parts = '<wsdl:part name="auth" element="tns:Auth"/><wsdl:part name="parameters" element="tns:List"/>'
    types = schema(f'{OFFICE}{REQUEST}{REPLY}<xs:element name="Auth" type="xs:string"/>')
    path = written(
        tmp_path,
        definitions(
            MESSAGES.replace('<wsdl:part name="parameters" element="tns:List"/>', parts),
            port_type(),
            binding(bound(more=head)),
            service(),
            types=types,
        ),
    )

    assert "the WSDL names the header Auth" in drafted(path).files["offices.yaml"].decode()


# -- requests ---------------------------------------------------------------------------------------


def test_a_request_holds_what_the_schema_demands(tmp_path: Path) -> None:
    """Elements around a text, texts that are fixed, the first of alternatives; nothing else is invented."""
    asked = (
        '<xs:element name="Odd"><xs:complexType><xs:sequence><xs:element name="around"><xs:complexType><xs:sequence>'
        '<xs:choice><xs:element name="code" type="xs:string"/><xs:element name="name" type="xs:string"/></xs:choice>'
        '<xs:element name="note" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>'
        '<xs:element name="form" type="xs:string" fixed="full"/></xs:sequence>'
        '<xs:attribute name="version" use="required" fixed="1.0"/></xs:complexType></xs:element>'
    )
    part = message("OddIn", '<wsdl:part name="p" element="tns:Odd"/>')
    path = written(tmp_path, with_operation(BOTH, bound("Odd"), part, schema(OFFICE + REQUEST + REPLY + asked)))
    wsdl = opened(path)
    shape = Shapes(wsdl).element(f"{{{SPACE}}}Odd")
    body = request_body(shape, {"around/code": "79"})

    assert ["around/code"] == [path for path, _ in needed_texts(shape)]
    assert () == wsdl.schema.violations(body)
    assert ["79", "full"] == [each.text for each in body.iter(etree.Element) if each.text]
    assert b'"around/code": ""' in drafted(path, "Odd").files["offices.yaml"]


# -- rpc/literal ------------------------------------------------------------------------------------


def test_rpc_literal_is_read(tmp_path: Path) -> None:
    """It was refused with "ask for a WS-I conformant WSDL", which it is."""
    wsdl = opened(written(tmp_path, RPC))
    operation = wsdl.operation("List")
    body = request_body(Shapes(wsdl).element(operation.request), {"since": "2022-05-01", "until": "2022-05-02"})

    assert "offices/office" == drafted(written(tmp_path, RPC)).record
    assert (f"{{{SPACE}}}List", f"{{{SPACE}}}ListResponse") == (operation.request, operation.reply)
    assert ["since", "until"] == [each.tag for each in body]
    assert () == wsdl.schema.violations(body)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('use="literal"', 'use="encoded"', "is rpc/encoded, and only document/literal and rpc/literal are spoken"),
        ('name="since" type="xs:date"', 'name="since" element="tns:Since"', "names an element where rpc has a type"),
        ('type="tns:Offices"/>', 'type="tns:Gone"/>', "the WSDL breaks its own schema"),
    ],
)
def test_rpc_that_cannot_be_read(tmp_path: Path, old: str, new: str, said: str) -> None:
    """By the reason that is true."""
    assert said in refusal(written(tmp_path, RPC.replace(old, new)))
