"""WS-Security X.509: signs our request, verifies the reply with the server's pinned certificate, and reads signed
content only.

The signature covers Body and Timestamp, by RSA or ECDSA with SHA-256 over exclusive canonical XML; a reply must be
signed in the same way. Credentials, all PEM: signing_key_file, signing_certificate_file (ours), server_certificate_file
(the server's; no authority may vouch for another one). `connectors/soap/signature.py` has the checks. It is the last of
a system's profiles, because it signs the result of the others.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

import xmlsec
from lxml import etree
from xmlsec import constants

from ...errors import Untrusted
from ...http.certificates import Certificate, Signer, days_left
from ...interface import Probe, System
from ...xml import envelope as soap
from ..signature import ALGORITHMS, DS, EXCLUSIVE, FRESH, SHA256, WSSE, WSU, require_signed
from . import Profile, check_settings, header_of

_X509 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
_BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"


def profile(system: System, settings: Mapping[str, object]) -> X509:
    """The keys that the system's credentials name."""
    check_settings(system, "x509", settings, ())
    return X509(Signer.of(system), Certificate.of(system, "server_certificate_file"), system.theirs or system.now)


class X509(Profile):
    """Authenticates us, and proves that the reply is the server's."""

    def __init__(self, signer: Signer, server: Certificate, now: Callable[[], datetime]) -> None:
        """`now` is the time of our Timestamp and the reference for theirs."""
        self._signer, self._server, self._now = signer, server, now
        self._verified = 0

    def dress(self, envelope: etree._Element, operation: str) -> None:
        body = envelope.find(f"{soap.SOAP}Body")
        assert body is not None  # zeep's envelopes have one
        security = _security_of(envelope)
        token, timestamp = self._token(), self._timestamp()
        security.extend([token, timestamp])
        body.set(f"{WSU}Id", f"B-{uuid.uuid4().hex}")
        signature = xmlsec.template.create(envelope, EXCLUSIVE, ALGORITHMS[self._signer.certificate.kind], ns="ds")
        security.append(signature)
        context = xmlsec.SignatureContext()
        for element in (body, timestamp):
            reference = xmlsec.template.add_reference(signature, SHA256, uri=f"#{element.get(f'{WSU}Id')}")
            xmlsec.template.add_transform(reference, EXCLUSIVE)
            context.register_id(element, "Id", WSU[1:-1])
        which = etree.SubElement(xmlsec.template.ensure_key_info(signature), f"{WSSE}SecurityTokenReference")
        etree.SubElement(which, f"{WSSE}Reference", URI=f"#{token.get(f'{WSU}Id')}", ValueType=_X509)
        context.key = xmlsec.Key.from_memory(self._signer.key, constants.KeyDataFormatPem)
        context.sign(signature)

    def verify(self, envelope: etree._Element, about: str) -> None:
        """
        Raises:
            Untrusted: not signed as required. An unsigned Fault is reported by its kind, and not trusted.
        """
        try:
            require_signed(envelope, self._server, self._now(), about)
        except Untrusted as error:
            found = soap.content(envelope)
            if found.tag != soap.FAULT:
                raise
            hint = "our certificate may be unknown to the server, or both clocks do not agree; it did not sign its refusal, so no more of it is believed"
            raise Untrusted(f"{error.message}; it holds a Fault {soap.fault(found).kind}", hint=hint) from None
        self._verified += 1

    def check(self) -> Iterable[Probe]:
        yield days_left("our signing certificate", self._signer.certificate)
        yield days_left("server's signing certificate", self._server)
        detail = f"{self._verified} replies verified; {self._server.kind} and SHA-256, certificate {self._server.fingerprint[:16]}…"
        yield Probe(
            "signature", self._verified > 0, detail if self._verified else "no reply could be verified: see above"
        )

    def _token(self) -> etree._Element:
        token = etree.Element(
            f"{WSSE}BinarySecurityToken",
            {f"{WSU}Id": f"X-{uuid.uuid4().hex}", "EncodingType": _BASE64, "ValueType": _X509},
        )
        token.text = self._signer.certificate.base64
        return token

    def _timestamp(self) -> etree._Element:
        now = self._now().astimezone(UTC)
        timestamp = etree.Element(f"{WSU}Timestamp", {f"{WSU}Id": f"T-{uuid.uuid4().hex}"})
        for name, moment in (("Created", now), ("Expires", now + FRESH)):
            etree.SubElement(timestamp, f"{WSU}{name}").text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        return timestamp


def _security_of(envelope: etree._Element) -> etree._Element:
    """The Security header, created if missing; it may already have the token of another profile."""
    header = header_of(envelope)
    found = header.find(f"{WSSE}Security")
    if found is None:
        found = etree.SubElement(
            header,
            f"{WSSE}Security",
            {f"{soap.SOAP}mustUnderstand": "1"},
            nsmap={"wsse": WSSE[1:-1], "wsu": WSU[1:-1], "ds": DS[1:-1]},
        )
    return found
