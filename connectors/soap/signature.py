"""Verifies that the signature covers exactly the Body that is read.

A valid signature alone proves nothing: it may cover another element (signature wrapping). Therefore these are refused
before the cryptographic check: a second Security or Signature, a repeated Id, a reference to anything but an element
by its Id, a transform other than exclusive canonical XML, an algorithm with SHA-1. The references must point to the
envelope's own Body and to the Timestamp of the Security header, in the same tree from which the records are read. The
key is the pinned certificate's; KeyInfo is not read.

Memory: the tree of the reply (its size is limited before parsing: `connectors/xml/parsing.py`) and, during the digest, its
canonical bytes in chunks. Not covered: a recent reply that is replayed for another question. The dialect checks that
the records are the requested ones, and TLS protects the transport.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import xmlsec
from lxml import etree
from xmlsec import constants

from ..errors import Untrusted
from ..http.certificates import Certificate
from ..wire_time import from_iso
from ..xml.envelope import SOAP

WSSE = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
WSU = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
EXCLUSIVE = constants.TransformExclC14N
SHA256 = constants.TransformSha256
FRESH = timedelta(minutes=5)
"""Validity of a message after its creation, and allowed difference of two clocks."""

_IDS = frozenset({"id", "{http://www.w3.org/XML/1998/namespace}id", f"{WSU}id"})
_PARTS = ([f"{DS}SignedInfo", f"{DS}SignatureValue"], [f"{DS}SignedInfo", f"{DS}SignatureValue", f"{DS}KeyInfo"])


ALGORITHMS = {"RSA": constants.TransformRsaSha256, "ECDSA": constants.TransformEcdsaSha256}
"""Kind of key -> its signature algorithm, with SHA-256."""


def require_signed(envelope: etree._Element, server: Certificate, now: datetime, about: str) -> None:
    """Check that the Body and the Timestamp of an envelope are fresh and signed with a certificate.

    Raises:
        Untrusted: names the failed condition, never a value.
    """
    if server.days < 0:
        raise Untrusted(
            f"{about}: the server's pinned certificate ended on {server.x509.not_valid_after_utc:%Y-%m-%d}",
            hint="pin its new one",
        )
    security = _only(envelope, f"{SOAP}Header/{WSSE}Security", "Security header", about)
    signature = _only(security, f"{DS}Signature", "Signature in the Security header", about)
    timestamp = _only(security, f"{WSU}Timestamp", "Timestamp in the Security header", about)
    signed = _signed_elements(envelope, signature, server, about)
    for element, name in ((envelope[-1], "Body that is read"), (timestamp, "Timestamp")):
        if not any(each is element for each in signed):
            raise Untrusted(
                f"{about}: the reply's signature does not cover the {name}",
                hint="a part was moved, or the server signs something else",
            )
    _require_pinned(security, server, about)
    _verify(signature, signed, server, about)
    _require_fresh(timestamp, now, about)


def _only(parent: etree._Element, path: str, name: str, about: str) -> etree._Element:
    found = parent.findall(path)
    if len(found) != 1:
        raise Untrusted(f"{about}: the reply has {len(found)} times the {name}; one is due")
    return found[0]


def _signed_elements(
    envelope: etree._Element, signature: etree._Element, server: Certificate, about: str
) -> list[etree._Element]:
    """The elements that the signature's references point to, if every algorithm is an allowed one."""
    ids = Counter(value for each in envelope.iter() for name, value in each.attrib.items() if str(name).lower() in _IDS)
    if [value for value, count in ids.items() if count > 1]:
        raise Untrusted(f"{about}: an Id occurs twice in the reply, so nobody can say what was signed")
    info = signature[0] if len(signature) else signature
    methods = [(each.tag, each.get("Algorithm")) for each in list(info)[:2]]
    due = [(f"{DS}CanonicalizationMethod", EXCLUSIVE.href), (f"{DS}SignatureMethod", ALGORITHMS[server.kind].href)]
    if [each.tag for each in signature] not in _PARTS or methods != due:
        raise Untrusted(
            f"{about}: the reply is signed in another way than {server.kind} with SHA-256 over exclusive canonical XML"
        )
    return [_signed_element(envelope, each, about) for each in list(info)[2:]]


def _signed_element(envelope: etree._Element, reference: etree._Element, about: str) -> etree._Element:
    uri = reference.get("URI", "")
    transforms = [each.get("Algorithm") for each in reference.iterfind(f"{DS}Transforms/{DS}Transform")]
    digests = [each.get("Algorithm") for each in reference.iterfind(f"{DS}DigestMethod")]
    if (
        reference.tag != f"{DS}Reference"
        or transforms != [EXCLUSIVE.href]
        or digests != [SHA256.href]
        or not uri.startswith("#")
    ):
        raise Untrusted(
            f"{about}: a reference of the reply's signature goes another way than by Id, exclusive canonical XML and SHA-256"
        )
    found = next((each for each in envelope.iter() if each.get(f"{WSU}Id") == uri[1:]), None)
    if found is None:
        raise Untrusted(f"{about}: the reply's signature refers to an element that is not there")
    return found


def _require_pinned(security: etree._Element, server: Certificate, about: str) -> None:
    """Report a changed certificate as such. This is a diagnosis, not a protection: the sender chooses the token."""
    for token in security.iterfind(f"{WSSE}BinarySecurityToken"):
        if "".join((token.text or "").split()) != server.base64:
            hint = "has the server renewed it? Ask its operator by another way, and pin the new one"
            raise Untrusted(f"{about}: the reply shows another certificate than the pinned one", hint=hint)


def _verify(signature: etree._Element, signed: list[etree._Element], server: Certificate, about: str) -> None:
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(server.pem, constants.KeyDataFormatCertPem)
    try:
        for element in signed:
            context.register_id(element, "Id", WSU[1:-1])
        context.verify(signature)
    except xmlsec.Error:
        raise Untrusted(
            f"{about}: the reply's signature is not the pinned certificate's over these bytes",
            hint="changed on the way, or another key",
        ) from None


def _require_fresh(timestamp: etree._Element, now: datetime, about: str) -> None:
    created, expires = (from_iso(timestamp.findtext(f"{WSU}{name}")) for name in ("Created", "Expires"))
    if created is None or expires is None:
        raise Untrusted(f"{about}: the reply's Timestamp does not say from when to when it is good")
    if not (created - FRESH <= now <= min(expires, created + FRESH) + FRESH):
        raise Untrusted(
            f"{about}: the reply's Timestamp is not of now",
            hint="an old reply given again, or clocks that do not agree",
        )
