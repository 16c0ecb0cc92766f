"""WS-Security X.509 of the registry's signing twin: canonical XML by lxml, RSA and ECDSA by cryptography, the rest by hand.

It is written independently of the hub's client, which uses another library for all of it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from lxml import etree

from twins.clock import Clock
from twins.registry.security import WSSE, WSU, SecurityCheck

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
FRESH = timedelta(minutes=5)


class Door(Protocol):
    """Authenticates requests and secures replies."""

    def admits(self, envelope: etree._Element) -> bool:
        """Whether a request is accepted."""

    def seal(self, content: bytes) -> bytes:
        """A reply's envelope as it leaves."""


class TokenDoor:
    """A UsernameToken lets in; replies go out as they are."""

    def __init__(self, gate: SecurityCheck) -> None:
        self._gate = gate

    def admits(self, envelope: etree._Element) -> bool:
        return self._gate.admits(envelope.find(f"{SOAP}Header"))

    def seal(self, content: bytes) -> bytes:
        return content


class SignedDoor:
    """The hub's signature over Body and Timestamp lets in; replies bear the twin's own."""

    def __init__(
        self, credentials: Mapping[str, str], clock: Clock, covers: Collection[str] = ("timestamp", "body")
    ) -> None:
        """`credentials` name files: signing_certificate_file (the hub's), server_key_file and server_certificate_file (the twin's).

        `covers`: the parts that its signature covers; a client must not trust a server that signs less.
        """
        self._covers = covers
        read = {
            name: Path(credentials[name]).read_bytes()
            for name in ("signing_certificate_file", "server_key_file", "server_certificate_file")
        }
        self._caller = x509.load_pem_x509_certificate(read["signing_certificate_file"]).public_key()
        self._own = x509.load_pem_x509_certificate(read["server_certificate_file"])
        self._key = serialization.load_pem_private_key(read["server_key_file"], None)
        self._clock = clock

    def admits(self, envelope: etree._Element) -> bool:
        security = envelope.findall(f"{SOAP}Header/{WSSE}Security")
        signatures = security[0].findall(f"{DS}Signature") if len(security) == 1 else []
        if len(signatures) != 1:
            return False
        info, value = signatures[0].find(f"{DS}SignedInfo"), signatures[0].findtext(f"{DS}SignatureValue", "")
        timestamp, body = security[0].find(f"{WSU}Timestamp"), envelope.find(f"{SOAP}Body")
        if info is None or timestamp is None or body is None or not self._is_now(timestamp):
            return False
        digests = {r.get("URI", "")[1:]: r.findtext(f"{DS}DigestValue", "") for r in info.iterfind(f"{DS}Reference")}
        whole = all(digests.get(each.get(f"{WSU}Id", "")) == _digest(each) for each in (body, timestamp))
        return whole and _is_signed(self._caller, info, base64.b64decode(value))

    def seal(self, content: bytes) -> bytes:
        envelope = etree.fromstring(content)
        body = envelope.find(f"{SOAP}Body")
        assert body is not None
        header = etree.Element(f"{SOAP}Header")
        envelope.insert(0, header)
        security = etree.SubElement(header, f"{WSSE}Security")
        timestamp = etree.SubElement(security, f"{WSU}Timestamp", {f"{WSU}Id": "timestamp"})
        now = self._clock.now().astimezone(UTC)
        for name, moment in (("Created", now), ("Expires", now + FRESH)):
            etree.SubElement(timestamp, f"{WSU}{name}").text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        body.set(f"{WSU}Id", "body")
        signature = etree.SubElement(security, f"{DS}Signature")
        info = etree.SubElement(signature, f"{DS}SignedInfo")
        etree.SubElement(info, f"{DS}CanonicalizationMethod", Algorithm=EXCLUSIVE)
        etree.SubElement(
            info,
            f"{DS}SignatureMethod",
            Algorithm=RSA_SHA256 if isinstance(self._key, rsa.RSAPrivateKey) else ECDSA_SHA256,
        )
        for element in (each for each in (timestamp, body) if each.get(f"{WSU}Id") in self._covers):
            reference = etree.SubElement(info, f"{DS}Reference", URI=f"#{element.get(f'{WSU}Id')}")
            etree.SubElement(etree.SubElement(reference, f"{DS}Transforms"), f"{DS}Transform", Algorithm=EXCLUSIVE)
            etree.SubElement(reference, f"{DS}DigestMethod", Algorithm=SHA256)
            etree.SubElement(reference, f"{DS}DigestValue").text = _digest(element)
        etree.SubElement(signature, f"{DS}SignatureValue").text = base64.b64encode(self._signed(info)).decode()
        held = etree.SubElement(
            etree.SubElement(etree.SubElement(signature, f"{DS}KeyInfo"), f"{DS}X509Data"), f"{DS}X509Certificate"
        )
        held.text = base64.b64encode(self._own.public_bytes(serialization.Encoding.DER)).decode()
        return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)

    def _signed(self, info: etree._Element) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(_canonical(info), padding.PKCS1v15(), hashes.SHA256())
        assert isinstance(self._key, ec.EllipticCurvePrivateKey)
        half = (self._key.key_size + 7) // 8
        r, s = decode_dss_signature(self._key.sign(_canonical(info), ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(half, "big") + s.to_bytes(half, "big")

    def _is_now(self, timestamp: etree._Element) -> bool:
        try:
            created, expires = (
                datetime.fromisoformat(timestamp.findtext(f"{WSU}{name}", "")) for name in ("Created", "Expires")
            )
        except ValueError:
            return False
        return created - FRESH <= self._clock.now() <= expires


def _is_signed(key: object, info: etree._Element, value: bytes) -> bool:
    method = info.find(f"{DS}SignatureMethod")
    algorithm = method.get("Algorithm") if method is not None else None
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm == RSA_SHA256:
            key.verify(value, _canonical(info), padding.PKCS1v15(), hashes.SHA256())
            return True
        if isinstance(key, ec.EllipticCurvePublicKey) and algorithm == ECDSA_SHA256:
            half = len(value) // 2
            pair = encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
            key.verify(pair, _canonical(info), ec.ECDSA(hashes.SHA256()))
            return True
    except InvalidSignature:
        pass
    return False


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def _digest(element: etree._Element) -> str:
    return base64.b64encode(hashlib.sha256(_canonical(element)).digest()).decode()
