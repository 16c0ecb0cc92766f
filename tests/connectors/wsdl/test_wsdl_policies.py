"""What a service demands by its policies, wherever they are attached: refused by its name before the first call."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.wsdl.description import Wsdl
from connectors.wsdl.documents import read_documents
from contracts.errors import DeploymentInvalid
from tests.connectors.wsdl_texts import MESSAGES, binding, bound, definitions, port_type, service, written

NAMES = (
    'xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy" xmlns:wsaw="http://www.w3.org/2006/05/addressing/wsdl"'
    ' xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"'
    ' xmlns:rm="http://schemas.xmlsoap.org/ws/2005/02/rm/policy"'
    ' xmlns:sp="http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702"'
)
DUE, FREE = "<wsaw:UsingAddressing/>", '<wsaw:UsingAddressing wsp:Optional="true"/>'
REFERENCE = f'<wsp:PolicyReference {NAMES} URI="#p"/>'
NESTED = f'<wsp:Policy {NAMES}><wsp:PolicyReference URI="#p"/></wsp:Policy>'


def policy(inside: str, name: str = 'wsu:Id="p"') -> str:
    return f"<wsp:Policy {NAMES} {name}><wsp:ExactlyOne><wsp:All>{inside}</wsp:All></wsp:ExactlyOne></wsp:Policy>"


def choice(*alternatives: str) -> str:
    every = "".join(f"<wsp:All>{each}</wsp:All>" for each in alternatives)
    return f'<wsp:Policy {NAMES} wsu:Id="p"><wsp:ExactlyOne>{every}</wsp:ExactlyOne></wsp:Policy>'


PORT = service().replace("<soap:address", f"{REFERENCE}<soap:address")
SERVICE = service().replace("<wsdl:port ", f"{REFERENCE}<wsdl:port ")
ATTRIBUTE = binding().replace("<wsdl:binding ", f'<wsdl:binding {NAMES} wsp:PolicyURIs="#p" ')
OPERATION = binding(bound().replace("<soap:operation", f"{REFERENCE}<soap:operation"))
INPUT = binding(bound(more=REFERENCE))
WHERE = {
    "at the binding": (policy(DUE), binding(more=REFERENCE), service()),
    "in a policy at the binding": (policy(DUE), binding(more=NESTED), service()),
    "in the binding itself": ("", binding(more=policy(DUE, "")), service()),
    "by an attribute": (policy(DUE), ATTRIBUTE, service()),
    "at the operation": (policy(DUE), OPERATION, service()),
    "at its input": (policy(DUE), INPUT, service()),
    "at the port": (policy(DUE), binding(), PORT),
    "at the service": (policy(DUE), binding(), SERVICE),
    "by an address": (policy(DUE), binding(more=REFERENCE.replace("#p", "http://h.example/policies#p")), service()),
    "by a name": (policy(DUE, 'Name="urn:p"'), binding(more=REFERENCE.replace("#p", "urn:p")), service()),
}


def asked(folder: Path, text: str) -> Wsdl:
    """Its operation, looked up."""
    wsdl = Wsdl(read_documents(written(folder, text)))
    wsdl.operation("List")
    return wsdl


@pytest.mark.parametrize("where", WHERE)
def test_a_demand_is_found_wherever_it_is_attached(tmp_path: Path, where: str) -> None:
    """SAP attaches policies within policies, others at the port: such a service was drafted, and answered no call."""
    given, bound_, served = WHERE[where]

    with pytest.raises(DeploymentInvalid, match="demands WS-Addressing headers"):
        asked(tmp_path, definitions(given, MESSAGES, port_type(), bound_, served))


@pytest.mark.parametrize(
    ("assertion", "said"),
    [
        ("<rm:RMAssertion/>", "demands WS-ReliableMessaging"),
        ("<sp:SymmetricBinding/>", "demands messages that are encrypted with an agreed key"),
    ],
)
def test_other_things_that_are_not_spoken(tmp_path: Path, assertion: str, said: str) -> None:
    """A sequence or a session key must be agreed before the first question."""
    with pytest.raises(DeploymentInvalid, match=said):
        asked(tmp_path, definitions(policy(assertion), MESSAGES, port_type(), binding(more=REFERENCE), service()))


@pytest.mark.parametrize(
    ("given", "bound_", "served"),
    [
        (policy(FREE), binding(more=REFERENCE), service()),
        (choice(DUE, ""), binding(more=REFERENCE), service()),
        (policy(DUE), binding(), service()),
        (policy(DUE), binding() + binding(name="Other", more=REFERENCE), service()),
        (policy("<sp:TransportBinding/>"), binding(more=REFERENCE), service()),
        (f'<wsp:UsingPolicy {NAMES} wsdl:required="true"/>', binding(more=NESTED), service()),
    ],
    ids=["optional", "a choice", "attached nowhere", "of another port", "transport", "a reference to none"],
)
def test_what_leaves_a_way_around_is_asked(tmp_path: Path, given: str, bound_: str, served: str) -> None:
    """A demand that need not be met refuses nothing."""
    assert ["List"] == list(asked(tmp_path, definitions(given, MESSAGES, port_type(), bound_, served)).operations)
