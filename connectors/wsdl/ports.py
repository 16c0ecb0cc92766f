"""The ports of a WSDL, over all its documents, and which of them are spoken to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from contracts.errors import DeploymentInvalid

from .documents import SCHEMA, WSDL, Documents, map_beside
from .policies import demanded
from .xsd_references import expanded

SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
SOAP_12 = "{http://schemas.xmlsoap.org/wsdl/soap12/}"
_HTTP = "{http://schemas.xmlsoap.org/wsdl/http/}"
_OVER_HTTP = ("", "http://schemas.xmlsoap.org/soap/http", "http://www.w3.org/2003/05/soap/bindings/HTTP")
_WSDL_2 = "{http://www.w3.org/ns/wsdl}description"
_KINDS = {SOAP: "SOAP 1.1", SOAP_12: "SOAP 1.2"}
"""Kinds of port that are spoken to, the preferred one first."""


@dataclass(frozen=True)
class Port:
    """One way to call a service."""

    name: str
    """Of the port; of the binding, where no service has it."""
    kind: str
    """`SOAP 1.1`, or what it is instead: `SOAP 1.2`, `HTTP GET`, `SOAP 1.1 over jms` ..."""
    binding: etree._Element
    around: tuple[etree._Element, ...] = ()
    """The elements of port and service, where there are any: policies may be attached to them."""

    @property
    def space(self) -> str:
        """The namespace of its SOAP binding."""
        return SOAP_12 if self.kind == _KINDS[SOAP_12] else SOAP


class Definitions:
    """What the WSDL and the WSDLs that it imports define."""

    def __init__(self, documents: Documents) -> None:
        """Raises: DeploymentInvalid: the first document is no WSDL 1.1."""
        self.documents = documents
        self.roots = {address: tree for address, tree in documents.trees.items() if tree.tag == f"{WSDL}definitions"}
        if documents.wsdl.name not in self.roots:
            raise _no_wsdl(documents)
        self._of = {id(tree): address for address, tree in self.roots.items()}
        self._named: dict[tuple[str, str], list[etree._Element]] = {}
        for tree in self.roots.values():
            for each in tree.iterchildren(etree.Element):
                self._named.setdefault((etree.QName(each).localname, each.get("name", "")), []).append(each)

    def where(self, at: etree._Element) -> str:
        """Document and line of an element, for messages."""
        line: Any = at.sourceline  # lxml-stubs give it a type of their own
        address = self._of[id(at.getroottree().getroot())]
        return f"{self.documents.where(address)}:{line}"

    def find(self, kind: str, at: etree._Element, written: str) -> etree._Element | None:
        """The definition that a prefixed name means where it stands.

        A name without prefix often means the namespace of the document; a name that only one definition has is taken
        without asking for its namespace.
        """
        wanted, local = expanded(at, written), written.strip().rpartition(":")[2]
        named = self._named.get((kind, local), [])
        exact = [each for each in named if f"{{{_space(each)}}}{local}" == wanted]
        return exact[0] if exact else named[0] if len(named) == 1 else None

    def missing(self, kind: str, at: etree._Element, written: str) -> DeploymentInvalid:
        """The error about a name that `find` does not find."""
        unlocated = [
            each.get("namespace", "")
            for root in self.roots.values()
            for each in root.findall(f"{WSDL}import")
            if self.documents.linked(self._of[id(root)], each) is None
        ]
        what = f"{self.where(at)}: {kind} {written} is in none of the {len(self.roots)} WSDL documents here"
        hint = "ask its owner for all documents of the WSDL"
        if unlocated:
            space, chart = unlocated[0], map_beside(self.documents.wsdl).name
            pin = f'name the file in {chart}:  "{space}": {{file: ..., sha256: ...}}'
            hint = f"the WSDL imports {space} without saying from where: {pin}"
        return DeploymentInvalid(what, hint=hint)

    def ports(self) -> Sequence[Port]:
        """All ports; where no service has any, each binding as one."""
        found = []
        for each in self._ports():
            binding = self.find("binding", each, each.get("binding", ""))
            if binding is not None:
                service = each.getparent()
                around = (each,) if service is None else (each, service)
                found.append(Port(each.get("name", ""), _kind(binding), binding, around))
        return found or [Port(each.get("name", ""), _kind(each), each) for each in self._all("binding")]

    def demands(self, port: Port) -> str:
        """What a port demands of a request and nobody here speaks, such as WS-Addressing; nothing if there is none."""
        return demanded((port.binding, *port.around), self.roots.values())

    def _all(self, kind: str) -> Iterator[etree._Element]:
        for root in self.roots.values():
            yield from root.iterchildren(f"{WSDL}{kind}")

    def _ports(self) -> Iterator[etree._Element]:
        for service in self._all("service"):
            yield from service.iterchildren(f"{WSDL}port")


def spoken(definitions: Definitions, wanted: str | None) -> tuple[list[Port], list[Port]]:
    """The ports of SOAP 1.1 over HTTP, without one those of SOAP 1.2, or only the wanted one; and those left aside.

    Raises:
        DeploymentInvalid: there is none, or none of that name.
    """
    every = list(definitions.ports())
    listed = ", ".join(f"{each.name} ({each.kind})" for each in every)
    path = definitions.documents.wsdl
    usable = [each for each in every if each.kind in _KINDS.values()]
    if not every:
        what = f"{path}: it has neither a port nor a binding: it says what a service is, and not how it is called"
        raise DeploymentInvalid(what, hint="ask its owner for the WSDL with the service in it, which imports this one")
    if not usable:
        what = f"{path}: no port of SOAP over HTTP, which is what is spoken; it has {listed}"
        raise DeploymentInvalid(what, hint="ask its owner for a SOAP endpoint and the WSDL of it")
    kind = next(kind for kind in _KINDS.values() if any(each.kind == kind for each in usable))
    chosen = [each for each in usable if (each.kind == kind if wanted is None else each.name == wanted)]
    if not chosen:
        raise DeploymentInvalid(f"{path}: no port {wanted} of SOAP over HTTP", hint=f"its ports: {listed}")
    return chosen, [each for each in every if each not in chosen]


def _kind(binding: etree._Element) -> str:
    for space, kind in _KINDS.items():
        if (soap := binding.find(f"{space}binding")) is not None:
            transport = soap.get("transport", "").rstrip("/")
            return kind if transport in _OVER_HTTP else f"{kind} over {transport}"
    if (http := binding.find(f"{_HTTP}binding")) is not None:
        return f"HTTP {http.get('verb', '')}".strip()
    other = next((each for each in binding if isinstance(each.tag, str) and not each.tag.startswith(WSDL)), None)
    return "no protocol" if other is None else f"a binding of {etree.QName(other).namespace}"


def _space(at: etree._Element) -> str:
    return at.getroottree().getroot().get("targetNamespace", "")


def _no_wsdl(documents: Documents) -> DeploymentInvalid:
    root = documents.trees[documents.wsdl.name]
    if root.tag == _WSDL_2:
        return DeploymentInvalid(
            f"{documents.wsdl}: a WSDL 2.0", hint="ask its owner for the WSDL 1.1 of the same service"
        )
    what = "an XML Schema" if root.tag == SCHEMA else f"the element {etree.QName(root).localname}"
    return DeploymentInvalid(f"{documents.wsdl}: no WSDL 1.1: it is {what}", hint="its root must be wsdl:definitions")
