"""SOAP 1.1 envelopes of replies: the single element of the Body, or a Fault."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from lxml import etree

from contracts.errors import HubError

from ..errors import AuthenticationFailed, Malformed, Refused, SourceFailed
from . import parsing

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
FAULT = f"{SOAP}Fault"
_NOT_ADMITTED = (
    "Authentication",  # SOAP 1.1's own example
    "FailedAuthentication",
    "InvalidSecurity",
    "InvalidSecurityToken",
    "FailedCheck",
    "MessageExpired",
    "AccessDenied",
)
"""Last parts of faultcodes that refuse our identity: those of WS-Security, and X-Road's."""
_KNOWN = frozenset(
    {
        "Client",
        "Server",
        "VersionMismatch",
        "MustUnderstand",  # SOAP 1.1 section 4.4.1
        *_NOT_ADMITTED,
        "UnsupportedSecurityToken",
        "UnsupportedAlgorithm",
        "SecurityTokenUnavailable",  # WS-Security 1.1 section 12
        "ClientProxy",
        "ServerProxy",
        "IOError",
        "NetworkError",
        "SslAuthenticationFailed",
        "UnknownMember",
        "UnknownService",  # X-Road
        "ServiceDisabled",
        "ServiceFailed",
        "InternalError",
        "InvalidMessage",
        "InvalidSoap",
        "InvalidRequest",
        "MissingSoap",
        "OutdatedGlobalConf",
    }
)
"""Parts of faultcodes that may be shown. A sender may put any text into a faultcode, so others are not shown."""
_MOST_PARTS = 3


@dataclass(frozen=True)
class SoapFault:
    """The safe content of a SOAP Fault. Its text is left out, because servers put records into it."""

    kind: str
    """Known parts of the faultcode (`Client`, `Server.ServerProxy` ...), without the sender's own text."""
    details: tuple[tuple[str, str], ...]
    """Tag and text of each leaf of the detail."""


def opened(body: bytes, about: str, caps: parsing.Caps = parsing.Caps()) -> etree._Element:
    """The envelope of a reply, with one element in its Body.

    Raises:
        Malformed, Incomplete, TooLarge: as `connectors.xml.parsing.read`, or no SOAP 1.1 envelope.
    """
    return checked(parsing.read(body, about, caps), about)


def checked(root: etree._Element, about: str) -> etree._Element:
    """The root of a document, if it is a SOAP 1.1 envelope with one element in its Body. Raises: Malformed."""
    parts = [part.tag for part in root]
    if root.tag != f"{SOAP}Envelope" or parts not in ([f"{SOAP}Body"], [f"{SOAP}Header", f"{SOAP}Body"]):
        raise Malformed(f"{about}: the reply is no SOAP 1.1 envelope")
    if len(root[-1]) != 1:
        raise Malformed(f"{about}: the Body holds {len(root[-1])} elements where one is due")
    return root


def content(envelope: etree._Element) -> etree._Element:
    """The only element of the Body of an opened envelope; it may be a Fault."""
    return envelope[-1][0]


def fault(element: etree._Element) -> SoapFault:
    """A Fault element as a value."""
    code = (element.findtext("faultcode") or "").strip().rpartition(":")[2]
    detail = element.find("detail")
    leaves = (
        ()
        if detail is None
        else tuple((str(each.tag), (each.text or "").strip()) for each in detail.iter() if len(each) == 0)
    )
    known = list(itertools.takewhile(_KNOWN.__contains__, code.split(".")))
    return SoapFault(".".join(known[:_MOST_PARTS]) or "unknown", leaves)


def meaning(fault: SoapFault, about: str) -> HubError:
    """Our error for a Fault of a service that has no codes of its own."""
    if fault.kind.rpartition(".")[2] in _NOT_ADMITTED:
        return AuthenticationFailed(
            f"{about}: a Fault {fault.kind}",
            hint="check credentials and headers, that both clocks agree, and that we are admitted",
        )
    if fault.kind.partition(".")[0] in ("Client", "MustUnderstand", "VersionMismatch"):
        hint = "the service does not accept what was asked, or how: compare headers and port with its description"
        return Refused(f"{about}: a Fault {fault.kind}", hint=hint, code=fault.kind)
    return SourceFailed(f"{about}: a Fault {fault.kind}")
