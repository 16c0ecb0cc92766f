"""Small WSDLs in the shapes that the usual tools write, drawn here: a list of offices of notaries, asked by day."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

SPACE = "urn:motlan:offices:drawn:1"
XS = "http://www.w3.org/2001/XMLSchema"
NAMES = (
    'xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"'
    ' xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:http="http://schemas.xmlsoap.org/wsdl/http/"'
    f' xmlns:xs="{XS}" xmlns:tns="{SPACE}"'
)
HTTP = "http://schemas.xmlsoap.org/soap/http"
OFFICE = (
    '<xs:complexType name="Office"><xs:sequence><xs:element name="code" type="xs:string"/>'
    '<xs:element name="changed" type="xs:dateTime"/></xs:sequence></xs:complexType>'
)
REQUEST = (
    '<xs:element name="List"><xs:complexType><xs:sequence><xs:element name="since" type="xs:date"/>'
    '<xs:element name="until" type="xs:date"/></xs:sequence></xs:complexType></xs:element>'
)
REPLY = (
    '<xs:element name="ListResponse"><xs:complexType><xs:sequence>'
    '<xs:element name="office" type="tns:Office" minOccurs="0" maxOccurs="unbounded"/>'
    "</xs:sequence></xs:complexType></xs:element>"
)


def schema(inside: str = f"{OFFICE}{REQUEST}{REPLY}", space: str = SPACE, more: str = "") -> str:
    """One schema inside a WSDL."""
    target = f' targetNamespace="{space}"' if space else ""
    return f'<xs:schema{target} elementFormDefault="qualified"{more}>{inside}</xs:schema>'


def message(name: str, part: str) -> str:
    return f'<wsdl:message name="{name}">{part}</wsdl:message>'


MESSAGES = message("ListIn", '<wsdl:part name="parameters" element="tns:List"/>') + message(
    "ListOut", '<wsdl:part name="parameters" element="tns:ListResponse"/>'
)
OPERATION = '<wsdl:operation name="List"><wsdl:input message="tns:ListIn"/><wsdl:output message="tns:ListOut"/></wsdl:operation>'


def port_type(operations: str = OPERATION, name: str = "Offices") -> str:
    return f'<wsdl:portType name="{name}">{operations}</wsdl:portType>'


def bound(
    name: str = "List", action: str = "urn:list", body: str = '<soap:body use="literal"/>', more: str = ""
) -> str:
    """One operation of a SOAP 1.1 binding."""
    head = f'<soap:operation soapAction="{action}"/>'
    return f'<wsdl:operation name="{name}">{head}<wsdl:input>{body}{more}</wsdl:input><wsdl:output>{body}</wsdl:output></wsdl:operation>'


def binding(
    operations: str = "", name: str = "OfficesSoap", style: str = "document", kind: str = "Offices", more: str = ""
) -> str:
    """A SOAP 1.1 binding."""
    head = f'<soap:binding style="{style}" transport="{HTTP}"/>'
    return f'<wsdl:binding name="{name}" type="tns:{kind}">{more}{head}{operations or bound()}</wsdl:binding>'


SOAP_12 = (
    f'<wsdl:binding name="OfficesSoap12" type="tns:Offices"><soap12:binding transport="{HTTP}"/><wsdl:operation name="List">'
    '<soap12:operation soapAction="urn:list" style="document"/><wsdl:input><soap12:body use="literal"/></wsdl:input>'
    '<wsdl:output><soap12:body use="literal"/></wsdl:output></wsdl:operation></wsdl:binding>'
)
HTTP_GET = (
    '<wsdl:binding name="OfficesHttpGet" type="tns:OfficesHttpGet"><http:binding verb="GET"/><wsdl:operation name="List">'
    '<http:operation location="/List"/><wsdl:input><http:urlEncoded/></wsdl:input><wsdl:output/></wsdl:operation>'
    "</wsdl:binding>"
)


def service(*ports: str) -> str:
    """Ports of these names, each of the binding of its name."""
    inside = "".join(
        f'<wsdl:port name="{each}" binding="tns:{each}"><soap:address location="http://offices.example/"/></wsdl:port>'
        for each in ports or ("OfficesSoap",)
    )
    return f'<wsdl:service name="Offices">{inside}</wsdl:service>'


def definitions(*parts: str, types: str | None = None, space: str = SPACE, between: str = "\n") -> str:
    """A whole WSDL; without parts that of the plain service."""
    given = parts or (MESSAGES, port_type(), binding(), service())
    held = f"<wsdl:types>{schema() if types is None else types}</wsdl:types>" if types != "" else ""
    return f'<wsdl:definitions targetNamespace="{space}" {NAMES}>{between}{between.join((held, *given))}{between}</wsdl:definitions>'


def written(
    folder: Path, wsdl: str | bytes, files: Mapping[str, str] = {}, pins: Mapping[str, str] | None = None
) -> Path:
    """A WSDL in a folder with the files beside it; `pins` are addresses and files, by default each file by its name."""
    path = folder / "offices.wsdl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wsdl if isinstance(wsdl, bytes) else wsdl.encode())
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    wanted = {name: name for name in files} if pins is None else pins
    lines = (
        f"'{address}': {{file: '{name}', sha256: {hashlib.sha256((folder / name).read_bytes()).hexdigest()}}}\n"
        for address, name in wanted.items()
    )
    if text := "".join(lines):
        (folder / "offices.imports.yaml").write_text(text, encoding="utf-8")
    return path


def outside(inside: str, space: str = SPACE, more: str = "") -> str:
    """A schema as a file of its own."""
    target = f' targetNamespace="{space}"' if space else ""
    names = f' xmlns:tns="{space}"' if space else ""
    return f'<xs:schema xmlns:xs="{XS}"{names}{target} elementFormDefault="qualified"{more}>{inside}</xs:schema>'


RPC = definitions(
    message("ListIn", '<wsdl:part name="since" type="xs:date"/><wsdl:part name="until" type="xs:date"/>')
    + message("ListOut", '<wsdl:part name="offices" type="tns:Offices"/>'),
    port_type(),
    binding(bound(body=f'<soap:body use="literal" namespace="{SPACE}"/>'), style="rpc"),
    service(),
    types=schema(
        f'{OFFICE}<xs:complexType name="Offices"><xs:sequence><xs:element name="office" type="tns:Office" minOccurs="0" '
        'maxOccurs="unbounded"/></xs:sequence></xs:complexType>'
    ),
)
"""The same service as rpc/literal."""
