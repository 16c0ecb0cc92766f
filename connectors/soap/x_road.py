"""Messages of X-Road's protocol 4.0 (PR-MESS), checked by its rules: who asks whom for what, and why.

Vietnam's VDXP runs X-Road; whether the national platform NDXP does is not known to us.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lxml import etree

from ..errors import Malformed
from ..xml import envelope as soap
from ..xml import parsing
from .mime import inline, read_message

HEADER = "{http://x-road.eu/xsd/xroad.xsd}"
IDENTIFIERS = "{http://x-road.eu/xsd/identifiers}"
VERSION = "4.0"
CLIENT_PARTS = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")
SERVICE_PARTS = (*CLIENT_PARTS, "serviceCode", "serviceVersion")
_OPTIONAL = {"subsystemCode", "serviceVersion"}
_TEXTS = ("userId", "id", "issue", "protocolVersion")
_NEEDED = ("client", "service", "userId", "id", "protocolVersion")
"""userId is optional in the protocol. The hub requires it, so that the audit shows who asked."""


@dataclass(frozen=True)
class RequestHash:
    """The request as a reply repeats it, proved by the security servers."""

    algorithm: str
    value: str


@dataclass(frozen=True)
class XRoadMessage:
    """One valid message."""

    client: Mapping[str, str]
    service: Mapping[str, str]
    """Parts of an identifier by name; optional parts only if they are given."""
    user_id: str
    id: str
    issue: str
    protocol_version: str
    request_hash: RequestHash | None
    content: etree._Element
    """The element of the Body."""


def read_x_road(body: bytes, content_type: str, about: str, caps: parsing.Caps = parsing.Caps()) -> XRoadMessage:
    """A message received over HTTP.

    Raises:
        Malformed: it breaks a rule of the protocol, which the message names; also a Fault, which has no such headers.
        Incomplete, TooLarge: as `connectors.soap.mime` and `connectors.xml.parsing` say.
    """
    message = read_message(body, content_type, about)
    opened = soap.opened(message.envelope, about, caps)
    inline(opened, message, about)
    return read_headers(opened, about)


def read_headers(opened: etree._Element, about: str) -> XRoadMessage:
    """The same of an envelope that is open already."""
    content = soap.content(opened)
    if content.tag == soap.FAULT:
        raise Malformed(f"{about}: a Fault stands where a message is due")
    head = opened.find(f"{soap.SOAP}Header")
    if head is None:
        raise Malformed(f"{about}: the message has no Header")
    if missing := [name for name in _NEEDED if head.find(f"{HEADER}{name}") is None]:
        raise Malformed(f"{about}: the Header has no {', '.join(missing)}")
    if twice := [name for name in (*_NEEDED, "issue") if len(head.findall(f"{HEADER}{name}")) > 1]:
        raise Malformed(f"{about}: the Header has {', '.join(twice)} twice")
    texts = {name: head.findtext(f"{HEADER}{name}", "").strip() for name in _TEXTS}
    if empty := [name for name in ("userId", "id") if not texts[name]]:
        raise Malformed(f"{about}: {', '.join(empty)} in the Header is empty")
    if texts["protocolVersion"].partition(".")[0] != VERSION.partition(".")[0]:
        raise Malformed(f"{about}: another version of the protocol than {VERSION}")
    client, service = (
        _identifier(head, "client", CLIENT_PARTS, about),
        _identifier(head, "service", SERVICE_PARTS, about),
    )
    name = etree.QName(content).localname
    if name not in (service["serviceCode"], f"{service['serviceCode']}Response"):
        raise Malformed(f"{about}: the Header names another service than the Body's element")
    proof = head.find(f"{HEADER}requestHash")
    proved = None if proof is None else RequestHash(proof.get("algorithmId", ""), (proof.text or "").strip())
    return XRoadMessage(
        client, service, texts["userId"], texts["id"], texts["issue"], texts["protocolVersion"], proved, content
    )


def _identifier(head: etree._Element, name: str, parts: tuple[str, ...], about: str) -> Mapping[str, str]:
    found = head.find(f"{HEADER}{name}")
    values = (
        {each: (found.findtext(f"{IDENTIFIERS}{each}") or "").strip() for each in parts} if found is not None else {}
    )
    if missing := [each for each in parts if not values.get(each) and each not in _OPTIONAL]:
        raise Malformed(f"{about}: {name} in the Header has no {', '.join(missing)}")
    return MappingProxyType({each: value for each, value in values.items() if value})
