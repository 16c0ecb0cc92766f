"""The operations of a port: what is sent and what comes back, or why an operation cannot be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from contracts.errors import DeploymentInvalid

from .documents import WSDL
from .ports import SOAP_12, Definitions, Port
from .xsd_references import expanded

_XROAD_VERSION = "{http://x-road.eu/xsd/xroad.xsd}version"
_XROAD = "{http://x-road.eu/xsd/xroad.xsd}"
_OTHERS = "the other operations of the service are not concerned"


@dataclass(frozen=True)
class Operation:
    """One operation: one element is sent, one is returned."""

    name: str
    request: str
    """The element of the request's Body, as lxml writes it: `{namespace}name`, or a bare name without namespace."""
    reply: str
    version: str = ""
    """X-Road's version of the service, if the binding has one."""
    documentation: str = ""
    port: str = ""
    action: str = ""
    """The SOAPAction."""
    headers: tuple[str, ...] = ()
    """Names of header elements that the binding declares for the request, apart from X-Road's."""
    wrappers: tuple[Wrapper, ...] = ()
    """Of rpc/literal: what request and reply are made of, as no schema declares them."""
    new: bool = False
    """Whether it is called by SOAP 1.2."""


@dataclass(frozen=True)
class Wrapper:
    """The element of a Body that the rules of rpc/literal make of a message (WSDL 1.1 section 3.5)."""

    element: str
    parts: tuple[tuple[str, str], ...]
    """Name and `{namespace}type` of each part."""


class OperationReader:
    """Reads the operations of one port."""

    def __init__(self, definitions: Definitions, port: Port) -> None:
        self._definitions, self._port = definitions, port
        self._binding = port.binding
        self._soap = port.space

    def read(self, bound: etree._Element) -> Operation:
        """One operation of the binding.

        Raises:
            DeploymentInvalid: it cannot be asked; says why.
        """
        name = bound.get("name", "")
        if demanded := self._definitions.demands(self._port):
            raise self._refused(bound, f"demands {demanded}", "which is not spoken: ask for a basic endpoint")
        declared = self._declared(bound, name)
        style = self._style(bound)
        sides = [self._side(declared, bound, side, style) for side in ("input", "output")]
        head = bound.find(f"{self._soap}operation")
        return Operation(
            name,
            sides[0].element.removeprefix("{}"),
            sides[1].element.removeprefix("{}"),
            (bound.findtext(_XROAD_VERSION) or "").strip(),
            _documentation(declared),
            self._port.name,
            "" if head is None else head.get("soapAction", ""),
            tuple(self._headers(bound)),
            tuple(sides) if style == "rpc" else (),
            self._soap == SOAP_12,
        )

    def _declared(self, bound: etree._Element, name: str) -> etree._Element:
        """The operation of the portType."""
        written = self._binding.get("type", "")
        port_type = self._definitions.find("portType", self._binding, written)
        if port_type is None:
            raise self._definitions.missing("portType", self._binding, written)
        named = [each for each in port_type.findall(f"{WSDL}operation") if each.get("name") == name]
        if not named:
            what = f"operation {name} is bound, and its portType {written} does not have it"
            raise DeploymentInvalid(
                f"{self._definitions.where(bound)}: {what}", hint=f"ask its owner for a WSDL that fits; {_OTHERS}"
            )
        if len(named) > 1:
            what = f"is overloaded: its portType has {len(named)} operations of this name"
            raise self._refused(bound, what, "no call can say which one it means: ask its owner for names of their own")
        return named[0]

    def _style(self, bound: etree._Element) -> str:
        head, of_binding = bound.find(f"{self._soap}operation"), self._binding.find(f"{self._soap}binding")
        styles = [each.get("style") for each in (head, of_binding) if each is not None and each.get("style")]
        style = (styles or ["document"])[0] or "document"
        uses = {each.get("use", "literal") for each in bound.iter(f"{self._soap}body")}
        if uses - {"literal"} or style not in ("document", "rpc"):
            what = f"is {style}/{(sorted(uses - {'literal'}) or ['literal'])[0]}, and only document/literal and rpc/literal are spoken"
            raise self._refused(bound, what, "no schema describes its messages: ask its owner for a literal binding")
        return style

    def _side(self, declared: etree._Element, bound: etree._Element, side: str, style: str) -> Wrapper:
        """The element of one side's Body; its parts where the style is rpc."""
        place = declared.find(f"{WSDL}{side}")
        if place is None:
            reason = {"input": "nothing can be asked", "output": "it is one-way, and no records come back"}[side]
            raise self._refused(declared, f"has no {side}: {reason}", _OTHERS)
        written = place.get("message", "")
        message = self._definitions.find("message", place, written)
        if message is None:
            raise self._definitions.missing("message", place, written)
        body = bound.find(f"{WSDL}{side}/{self._soap}body")
        if body is None:
            body = bound.find(f"{WSDL}{side}//{self._soap}body")  # inside a multipart of the MIME binding
        parts = self._parts(message, bound, side, body)
        if style == "rpc":
            return self._wrapper(declared, side, body, parts)
        elements = [each.get("element") for each in parts]
        if len(parts) != 1 or not elements[0]:
            found = "no part" if not parts else f"{len(parts)} parts" if len(parts) > 1 else "a type"
            what = f"the {side} of operation {declared.get('name')} is no message with an element: it has {found} where document/literal has one element"
            raise DeploymentInvalid(f"{self._definitions.where(message)}: {what}", hint=_OTHERS)
        return Wrapper(expanded(parts[0], str(elements[0])), ())

    def _parts(
        self, message: etree._Element, bound: etree._Element, side: str, body: etree._Element | None
    ) -> Sequence[etree._Element]:
        """The parts of a message that stand in the Body."""
        parts = message.findall(f"{WSDL}part")
        if body is not None and body.get("parts") is not None:
            named = body.get("parts", "").split()
            return [each for each in parts if each.get("name") in named]
        elsewhere = {
            each.get("part")
            for each in bound.iterfind(f"{WSDL}{side}//*")
            if each.tag != f"{self._soap}header" or each.get("message", "").rpartition(":")[2] == message.get("name")
        }
        return [each for each in parts if each.get("name") not in elsewhere]

    def _wrapper(
        self, declared: etree._Element, side: str, body: etree._Element | None, parts: Sequence[etree._Element]
    ) -> Wrapper:
        name = declared.get("name", "") + ("Response" if side == "output" else "")
        if any(not each.get("type") for each in parts):
            what = f"is rpc/literal, and a part of its {side} names an element where rpc has a type"
            raise self._refused(declared, what, "ask its owner which of both it is")
        space = "" if body is None else body.get("namespace", "")
        typed = tuple((each.get("name", ""), expanded(each, each.get("type", ""))) for each in parts)
        return Wrapper(f"{{{space}}}{name}", typed)

    def _headers(self, bound: etree._Element) -> Sequence[str]:
        """Names of the header elements of the request."""
        found = []
        for each in bound.iterfind(f"{WSDL}input//{self._soap}header"):
            message = self._definitions.find("message", each, each.get("message", ""))
            parts = [] if message is None else message.findall(f"{WSDL}part")
            named = next((part for part in parts if part.get("name") == each.get("part")), None)
            element = "" if named is None else expanded(named, named.get("element", ""))
            if element and not element.startswith(_XROAD):
                found.append(element.rpartition("}")[2])
        return found

    def _refused(self, at: etree._Element, what: str, hint: str) -> DeploymentInvalid:
        return DeploymentInvalid(f"{self._definitions.where(at)}: operation {at.get('name')} {what}", hint=hint)


def _documentation(declared: etree._Element) -> str:
    note = declared.find(f"{WSDL}documentation")
    return "" if note is None else " ".join("".join(map(str, note.itertext())).split())
