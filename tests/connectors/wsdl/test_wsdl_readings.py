"""What a draft says is what is read: each kind of WSDL is drafted, opened as drafted, and asked over a socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.errors import AuthenticationFailed, Refused, SourceFailed
from contracts.errors import DeploymentInvalid, HubError
from tests.connectors.conftest import served
from tests.connectors.wsdl_double import ONE, PLAIN, Service, opened, reopened_without_port, rows
from tests.connectors.wsdl_spread import TYPES
from tests.connectors.wsdl_texts import (
    MESSAGES,
    OFFICE,
    REPLY,
    REQUEST,
    RPC,
    SOAP_12,
    SPACE,
    binding,
    bound,
    definitions,
    outside,
    port_type,
    schema,
    service,
    written,
)


@pytest.mark.parametrize("kind", TYPES)
def test_types_as_they_are_spread(tmp_path: Path, kind: str) -> None:
    """However a description spreads its types, the records that it describes are read."""
    types, files = TYPES[kind]
    path = written(tmp_path / "given", definitions(types=types), files)
    double = Service(
        PLAIN
        if "not imported" not in kind
        else PLAIN.replace("o:code", "k:code")
        .replace("o:changed", "k:changed")
        .replace("<o:office", '<o:office xmlns:k="urn:motlan:kinds:drawn:1"')
    )
    with served(double, "/soap") as address:
        [found] = rows(opened(tmp_path, path, address))

    assert "A1" == found["code"]
    assert [f"{{{SPACE}}}since", f"{{{SPACE}}}until"] == [each.tag for each in double.body]
    assert '"urn:list"' == double.asked[-1][0]["soapaction"]


def test_types_without_a_namespace(tmp_path: Path) -> None:
    """Request and reply bear none, and neither do their parts."""
    bare = (OFFICE + REQUEST + REPLY).replace("tns:", "")
    messages = MESSAGES.replace("tns:", "")
    text = definitions(messages, port_type(), binding(), service(), types=schema(bare, space=""))
    double = Service(f"<ListResponse>{ONE}</ListResponse>".replace(f' xmlns:o="{SPACE}"', "").replace("o:", ""))
    with served(double, "/soap") as address:
        [found] = rows(opened(tmp_path, written(tmp_path / "given", text), address))

    assert "A1" == found["code"]
    assert "List" == double.body.tag


def test_a_wsdl_in_three_files(tmp_path: Path) -> None:
    """WCF and CXF put types, portType and binding into files that import each other, by the addresses of the server."""
    abstract = definitions(
        MESSAGES,
        port_type(),
        types=schema(f'<xs:import namespace="{SPACE}" schemaLocation="http://h.example/s.svc?xsd=xsd0"/>', space=""),
    )
    whole = definitions(
        '<wsdl:import namespace="urn:motlan:offices:drawn:1" location="http://h.example/s.svc?wsdl=wsdl0"/>',
        binding(),
        service(),
        types="",
    )
    files = {"abstract.wsdl": abstract, "types.xsd": outside(OFFICE + REQUEST + REPLY)}
    pins = {"http://h.example/s.svc?wsdl=wsdl0": "abstract.wsdl", "http://h.example/s.svc?xsd=xsd0": "types.xsd"}
    double = Service(PLAIN)
    with served(double, "/soap") as address:
        [found] = rows(opened(tmp_path, written(tmp_path / "given", whole, files, pins), address))

    assert "A1" == found["code"]


def test_rpc_literal(tmp_path: Path) -> None:
    """The parts of its messages bear no namespace; what is in them does."""
    double = Service(f'<o:ListResponse xmlns:o="{SPACE}"><offices>{ONE}</offices></o:ListResponse>')
    with served(double, "/soap") as address:
        [found] = rows(opened(tmp_path, written(tmp_path / "given", RPC), address))

    assert "A1" == found["code"]
    assert (f"{{{SPACE}}}List", ["since", "until"]) == (double.body.tag, [each.tag for each in double.body])


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("e:Client", Refused),
        ("e:Client.Authentication", AuthenticationFailed),
        ("e:MustUnderstand", Refused),
        ("e:VersionMismatch", Refused),
        ("e:Server", SourceFailed),
        ("e:Server.079200000001", SourceFailed),
    ],
)
def test_a_fault_says_whether_waiting_helps(tmp_path: Path, code: str, error: type[HubError]) -> None:
    """A header that is not understood was asked for again for ever; nothing of a code that is no code is shown."""
    double = Service(f"<e:Fault><faultcode>{code}</faultcode><faultstring>no</faultstring></e:Fault>")
    double.status = 500
    path = written(tmp_path / "given", definitions())
    with served(double, "/soap") as address, pytest.raises(error) as raised:
        rows(opened(tmp_path, path, address, attempts=1))
    assert type(raised.value) is error
    assert "0792" not in str(raised.value)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """A service of SOAP 1.2 alone."""
    return written(tmp_path / "given", definitions(MESSAGES, port_type(), SOAP_12, service("OfficesSoap12")))


def test_the_port_that_is_named_is_called(tmp_path: Path) -> None:
    """By its own action; without a name it is asked about, and nothing leaves."""
    second = binding(bound(action="urn:second"), "SecondSoap")
    text = definitions(MESSAGES, port_type(), binding() + second, service("OfficesSoap", "SecondSoap"))
    path = written(tmp_path / "given", text)
    double = Service(PLAIN)
    with served(double, "/soap") as address:
        rows(opened(tmp_path, path, address, port="SecondSoap"))
    made = opened(tmp_path, path, "http://127.0.0.1:9")

    assert '"urn:second"' == double.asked[-1][0]["soapaction"]
    assert made
    with pytest.raises(DeploymentInvalid, match="asked differently at the ports OfficesSoap, SecondSoap"):
        reopened_without_port(tmp_path)


def test_defaults_are_the_schemas(tmp_path: Path) -> None:
    """An attribute that is absent and an element that is empty have the default; an element that is absent has none."""
    kinds = OFFICE.replace(
        "</xs:sequence>",
        '<xs:element name="state" type="xs:string" default="open" minOccurs="0"/></xs:sequence>'
        '<xs:attribute name="form" default="short"/><xs:attribute name="edition" fixed="2"/>',
    )
    path = written(tmp_path / "given", definitions(types=schema(kinds + REQUEST + REPLY)))
    empty = ONE.replace("</o:office>", "<o:state/></o:office>").replace("A1", "A2")
    given = ONE.replace("</o:office>", "<o:state>shut</o:state></o:office>").replace("A1", "A3")
    given = given.replace("<o:office ", '<o:office form="long" edition="2" ')
    double = Service(PLAIN.replace(ONE, ONE + empty + given))
    with served(double, "/soap") as address:
        found = rows(opened(tmp_path, path, address))

    assert [(None, "short", "2"), ("open", "short", "2"), ("shut", "long", "2")] == [
        (each["state"], each["form"], each["edition"]) for each in found
    ]
    assert 'state: "state"  # empty, it is "open" by the schema' in (
        tmp_path / "made" / "offices" / "office.fields.yaml"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ('<xs:element name="office" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>', None),
        (
            '<xs:element name="office" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:simpleContent>'
            '<xs:extension base="xs:string"><xs:attribute name="form"/></xs:extension></xs:simpleContent>'
            "</xs:complexType></xs:element>",
            "f",
        ),
    ],
    ids=["bare", "with an attribute"],
)
def test_records_that_are_texts(tmp_path: Path, kind: str, said: str | None) -> None:
    """A list of single texts could not be drafted; beside attributes, the text itself was passed over."""
    reply = f'<xs:element name="ListResponse"><xs:complexType><xs:sequence>{kind}</xs:sequence></xs:complexType></xs:element>'
    path = written(tmp_path / "given", definitions(types=schema(REQUEST + reply)))
    form = ' form="f"' if said else ""
    double = Service(f'<o:ListResponse xmlns:o="{SPACE}"><o:office{form}>A1</o:office></o:ListResponse>')
    with served(double, "/soap") as address:
        [found] = rows(opened(tmp_path, path, address))

    assert ("A1", said) == (found["text"], found.get("form"))
