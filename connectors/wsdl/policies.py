"""What the policies of a WSDL demand of a request (WS-Policy 1.2 and 1.5, and their attachment to a WSDL).

A policy stands where it counts, or is referred to: by an element or by an attribute, also from another policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from .documents import WSDL

_DEMANDS = {
    "UsingAddressing": "WS-Addressing headers",
    "Addressing": "WS-Addressing headers",
    "RMAssertion": "WS-ReliableMessaging",
    "SymmetricBinding": "messages that are encrypted with an agreed key (WS-SecurityPolicy)",
}
"""Assertion -> what it asks for."""
_IDS = ("{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}Id", "Name")
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"


def demanded(places: Iterable[etree._Element], documents: Iterable[etree._Element]) -> str:
    """The first demand in the policies of some places of a WSDL; `documents` hold what these refer to."""
    found = [*places]
    for each in found:
        for extension in each.iterchildren("{*}UsingAddressing"):
            if extension.get(f"{WSDL}required", "") in ("true", "1"):
                return _DEMANDS["UsingAddressing"]
    named = {name: each for root in documents for each in root.iter("{*}Policy") for name in _names(each)}
    waiting = [policy for each in found for policy in _attached(each, named)]
    seen: list[etree._Element] = []
    while waiting:
        policy = waiting.pop(0)
        if policy in seen:
            continue
        seen.append(policy)
        for assertion in policy.iter(*(f"{{*}}{name}" for name in _DEMANDS)):
            if _is_due(assertion, policy):
                return _DEMANDS[etree.QName(assertion).localname]
        waiting += [
            named[name]
            for reference in policy.iter("{*}PolicyReference")
            for name in _targets(reference.get("URI", ""))
            if name in named and _is_due(reference, policy)
        ]
    return ""


def _names(policy: etree._Element) -> Iterator[str]:
    yield from (policy.get(attribute, "") for attribute in (*_IDS, _XML_ID) if policy.get(attribute))


def _attached(place: etree._Element, named: dict[str, etree._Element]) -> Iterator[etree._Element]:
    """The policies in a place and those that it refers to. Those of the ports in a service are theirs alone."""
    inside = place.iterchildren(etree.Element) if place.tag == f"{WSDL}service" else place.iter(etree.Element)
    for each in (place, *inside):
        if etree.QName(each).localname == "Policy":
            yield each
        references = [value for name, value in each.attrib.items() if str(name).endswith("}PolicyURIs")]
        if etree.QName(each).localname == "PolicyReference":
            references.append(each.get("URI", ""))
        yield from (named[name] for written in references for name in _targets(str(written)) if name in named)


def _targets(written: str) -> Iterator[str]:
    """The names that a list of references may mean: each as it is, and what is behind its #."""
    for each in written.split():
        yield each.rpartition("#")[2] if "#" in each else each


def _is_due(assertion: etree._Element, policy: etree._Element) -> bool:
    """Whether a policy leaves no way around an assertion: it is not optional, and stands in no choice."""
    if any(value in ("true", "1") for name, value in assertion.attrib.items() if str(name).endswith("}Optional")):
        return False
    around = (each for each in assertion.iterancestors("{*}ExactlyOne") if policy in each.iterancestors())
    return all(sum(1 for _ in each.iterchildren(etree.Element)) == 1 for each in around)
