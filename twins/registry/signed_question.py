"""WS-Security of the Ministry's system: a UsernameToken, and one signature with the same secret over token and Body.

The signature is HMAC with SHA-256 over exclusive canonical XML, made by lxml and hmac, independently of the city's service.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from datetime import UTC, datetime

from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE, WSU = f"{WSS}-wssecurity-secext-1.0.xsd", f"{WSS}-wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"


def envelope(username: str, password: str, inside: str) -> bytes:
    """A message with this XML in its Body, made now."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"e": SOAP})
    security = etree.SubElement(
        etree.SubElement(root, f"{{{SOAP}}}Header"), f"{{{WSSE}}}Security", nsmap={"s": WSSE, "u": WSU}
    )
    body = etree.SubElement(root, f"{{{SOAP}}}Body", {f"{{{WSU}}}Id": "body"}, nsmap={"u": WSU})
    body.append(etree.fromstring(inside))
    token = _token(security, username, password)
    _sign(security, password, (token, body))
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _token(security: etree._Element, username: str, password: str) -> etree._Element:
    nonce, created = os.urandom(16), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hashlib.sha1(nonce + created.encode() + password.encode()).digest()  # noqa: S324 - the profile prescribes SHA-1
    token = etree.SubElement(security, f"{{{WSSE}}}UsernameToken", {f"{{{WSU}}}Id": "token"})
    etree.SubElement(token, f"{{{WSSE}}}Username").text = username
    etree.SubElement(
        token, f"{{{WSSE}}}Password", Type=f"{WSS}-username-token-profile-1.0#PasswordDigest"
    ).text = _base64(digest)
    etree.SubElement(token, f"{{{WSSE}}}Nonce").text = _base64(nonce)
    etree.SubElement(token, f"{{{WSU}}}Created").text = created
    return token


def _sign(security: etree._Element, password: str, parts: tuple[etree._Element, ...]) -> None:
    signature = etree.SubElement(security, f"{{{DS}}}Signature", nsmap={"ds": DS})
    info = etree.SubElement(signature, f"{{{DS}}}SignedInfo")
    etree.SubElement(info, f"{{{DS}}}CanonicalizationMethod", Algorithm=EXCLUSIVE)
    etree.SubElement(info, f"{{{DS}}}SignatureMethod", Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
    for part in parts:
        reference = etree.SubElement(info, f"{{{DS}}}Reference", URI=f"#{part.get(f'{{{WSU}}}Id')}")
        etree.SubElement(etree.SubElement(reference, f"{{{DS}}}Transforms"), f"{{{DS}}}Transform", Algorithm=EXCLUSIVE)
        etree.SubElement(reference, f"{{{DS}}}DigestMethod", Algorithm="http://www.w3.org/2001/04/xmlenc#sha256")
        etree.SubElement(reference, f"{{{DS}}}DigestValue").text = _base64(hashlib.sha256(_canonical(part)).digest())
    etree.SubElement(signature, f"{{{DS}}}SignatureValue").text = _base64(
        hmac.digest(password.encode(), _canonical(info), "sha256")
    )


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
