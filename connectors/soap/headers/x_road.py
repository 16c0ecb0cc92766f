"""X-Road 4.0: the request states who asks whom, on whose behalf and why; the reply must repeat it.

headers:
  - profile: x_road
    client: VN/GOV/79-HUB/mot-lan      # instance/class/member[/subsystem]
    service: VN/GOV/RR/registry        # the operation's name is the service code
    serviceVersion: v1
    userId: VN-HUB                     # whose action it is, by the agreement with the service
    issue: 000.00.01.H29-220601-0004   # the dossier or purpose; a question for one dossier has its number
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Mapping

from lxml import etree

from contracts.errors import DeploymentInvalid

from ...errors import Malformed
from ...interface import System
from ...xml import envelope as soap
from ..x_road import CLIENT_PARTS, HEADER, IDENTIFIERS, SERVICE_PARTS, VERSION, RequestHash, XRoadMessage, read_headers
from . import Profile, check_settings, header_of

_SETTINGS = ("client", "service", "serviceVersion", "userId", "issue")
_HASHES = {
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
}


def profile(system: System, settings: Mapping[str, object]) -> XRoad:
    """The headers of one client of one provider.

    Raises:
        DeploymentInvalid: a setting is unknown, missing, or not an identifier.
    """
    check_settings(system, "x_road", settings, _SETTINGS)
    given = {name: str(settings.get(name, "")) for name in _SETTINGS}
    for name in ("client", "service", "userId"):
        parts = given[name].split("/")
        if not all(parts) or (name != "userId" and len(parts) not in (3, 4)):
            hint = "client and service: instance/class/member[/subsystem]; userId: who answers for the asking"
            raise DeploymentInvalid(f"{system.id}: the profile x_road needs a good {name}", hint=hint)
    return XRoad(
        given["client"].split("/"),
        given["service"].split("/"),
        given["serviceVersion"],
        given["userId"],
        given["issue"],
    )


class XRoad(Profile):
    """Adds a new message id to every request; the reply must repeat it with the other headers."""

    def __init__(self, client: list[str], service: list[str], version: str, user_id: str, issue: str) -> None:
        self._client = dict(zip(CLIENT_PARTS, client, strict=False))
        self._service = dict(zip(CLIENT_PARTS, service, strict=False))
        self._version, self._user_id, self._issue = version, user_id, issue
        self._sent: XRoadMessage | None = None
        self._bytes = b""

    def dress(self, envelope: etree._Element, operation: str) -> None:
        header = header_of(envelope)
        service = {
            **self._service,
            "serviceCode": operation,
            **({"serviceVersion": self._version} if self._version else {}),
        }
        _put(header, "client", "SUBSYSTEM" if "subsystemCode" in self._client else "MEMBER", self._client, CLIENT_PARTS)
        _put(header, "service", "SERVICE", service, SERVICE_PARTS)
        texts = {"userId": self._user_id, "id": str(uuid.uuid4()), "issue": self._issue, "protocolVersion": VERSION}
        for name, text in texts.items():
            if text:
                etree.SubElement(header, f"{HEADER}{name}").text = text
        self._sent = read_headers(envelope, "our own request")

    def sent(self, message: bytes) -> None:
        self._bytes = message

    def verify(self, envelope: etree._Element, about: str) -> None:
        if soap.content(envelope).tag == soap.FAULT:
            return  # a server on the way may fail before it has read our headers; a Fault is an error in any case
        came, sent = read_headers(envelope, about), self._sent
        assert sent is not None  # nothing comes before something went
        names = ("client", "service", "user_id", "id", "issue", "protocol_version")
        if other := [name for name in names if getattr(came, name) != getattr(sent, name)]:
            raise Malformed(
                f"{about}: the reply is to another request: {', '.join(other)} of its Header differ",
                hint="a server between mixes messages up",
            )
        if came.request_hash is not None:
            self._prove(came.request_hash, about)

    def _prove(self, proof: RequestHash, about: str) -> None:
        """Check that the request hash is that of the bytes that we sent (PR-MESS 2.2)."""
        name = _HASHES.get(proof.algorithm)
        if name is None:
            raise Malformed(
                f"{about}: the requestHash is made by an algorithm that is not taken",
                hint=f"taken: {', '.join(_HASHES.values())}",
            )
        if base64.b64encode(hashlib.new(name, self._bytes).digest()).decode() != proof.value:
            raise Malformed(f"{about}: the requestHash is not that of our request: the reply is to another")


def _put(header: etree._Element, name: str, kind: str, parts: Mapping[str, str], order: tuple[str, ...]) -> None:
    made = etree.SubElement(
        header, f"{HEADER}{name}", {f"{IDENTIFIERS}objectType": kind}, {"xro": HEADER[1:-1], "iden": IDENTIFIERS[1:-1]}
    )
    for each in order:
        if each in parts:
            etree.SubElement(made, f"{IDENTIFIERS}{each}").text = parts[each]
