"""A message as the Ministry's system sends it to the city, signed by xmlsec: neither the door nor the twin uses that here."""

from __future__ import annotations

import base64
import hashlib
import os
from datetime import UTC, datetime

import xmlsec
from lxml import etree

from hub.app import Hub

WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE, WSU = f"{WSS}-wssecurity-secext-1.0.xsd", f"{WSS}-wssecurity-utility-1.0.xsd"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
N = "{urn:motlan:ministry-asks:drawn:1}"


def message(
    hub: Hub,
    inside: str,
    *,
    username: str = "",
    password: str = "",
    nonce: bytes = b"",
    created: str = "",
    covers: tuple[str, ...] = ("token", "body"),
) -> bytes:
    """An envelope with this in its Body; right in every part that is not said."""
    known = hub.credentials["moj-registry"]
    password, nonce = password or known["client_secret"], nonce or os.urandom(16)
    created = created or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = base64.b64encode(hashlib.sha1(nonce + created.encode() + password.encode()).digest()).decode()
    envelope = etree.fromstring(
        f'<e:Envelope xmlns:e="{SOAP}" xmlns:u="{WSU}" xmlns:s="{WSSE}"><e:Header><s:Security><s:UsernameToken u:Id="token"><s:Username>{username or known["client_id"]}</s:Username>'
        f'<s:Password Type="{WSS}-username-token-profile-1.0#PasswordDigest">{digest}</s:Password><s:Nonce>{base64.b64encode(nonce).decode()}</s:Nonce>'
        f'<u:Created>{created}</u:Created></s:UsernameToken></s:Security></e:Header><e:Body u:Id="body">{inside}</e:Body></e:Envelope>'.encode()
    )
    if covers:
        _sign(envelope, password.encode(), covers)
    return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)


def _sign(envelope: etree._Element, key: bytes, covers: tuple[str, ...]) -> None:
    signature = xmlsec.template.create(
        envelope, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformHmacSha256, ns="ds"
    )
    envelope.find(f"{{{SOAP}}}Header/{{{WSSE}}}Security").append(signature)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_binary_data(xmlsec.constants.KeyDataHmac, key)
    for name in covers:
        reference = xmlsec.template.add_reference(signature, xmlsec.constants.TransformSha256, uri=f"#{name}")
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    for each in envelope.iter():
        if each.get(f"{{{WSU}}}Id"):
            context.register_id(each, "Id", WSU)
    context.sign(signature)
