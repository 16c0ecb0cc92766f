"""Authenticates a message and its integrity: WS-Security UsernameToken 1.0, and a signature with the same secret over
token and Body.

The digest of a UsernameToken covers its nonce, its time and the password, and nothing of what is asked: a header that
somebody saw could be sent again over another Body. So the Security header holds a `ds:Signature` as well: HMAC with
SHA-256, keyed with the secret, over exclusive canonical XML of exactly two elements, the token and the Body. Drawn by
us (`docs/wire-ministry.md`): UsernameToken Profile 1.1 derives such a key by SHA-1.

Digests are counted over the very elements that are read, and compared with those that are signed; no reference is ever
followed, so a part that was moved elsewhere cannot stand in for one that is read. A nonce is good once
(`hub/access/nonces.py`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from lxml import etree

WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
SECURITY, UTILITY = f"{{{WSS}-wssecurity-secext-1.0.xsd}}", f"{{{WSS}-wssecurity-utility-1.0.xsd}}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
DIGEST = f"{WSS}-username-token-profile-1.0#PasswordDigest"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
HMAC_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
FRESH = timedelta(minutes=5)
NONCE_BYTES = range(16, 129)
"""Length of a nonce; shorter ones may repeat by chance."""

FirstUse = Callable[[bytes, datetime, datetime], bool]
"""Whether a nonce, of a message of that time, is used for the first time now; from then on it was."""


class Gatekeeper:
    """Verifies that a message of the one user is authentic, complete, fresh and new."""

    def __init__(self, username: str, password: str, now: Callable[[], datetime], first_use: FirstUse) -> None:
        self.username, self._password, self._now, self._first_use = username, password.encode(), now, first_use

    def admits(self, header: etree._Element | None, body: etree._Element) -> bool:
        """Whether the header of a message proves who sent this Body.

        Raises DatabaseUnavailable: nobody can say whether it came before.
        """
        security = [] if header is None else header.findall(f"{SECURITY}Security")
        if len(security) != 1:
            return False
        tokens, signatures = security[0].findall(f"{SECURITY}UsernameToken"), security[0].findall(f"{DS}Signature")
        if len(tokens) != 1 or len(signatures) != 1:
            return False
        [token], [signature] = tokens, signatures
        password, created = token.find(f"{SECURITY}Password"), token.findtext(f"{UTILITY}Created", "")
        if (
            password is None
            or password.get("Type") != DIGEST
            or token.findtext(f"{SECURITY}Username", "") != self.username
        ):
            return False
        try:
            nonce = base64.b64decode(token.findtext(f"{SECURITY}Nonce", ""), validate=True)
            when = _moment(created)
        except (binascii.Error, ValueError, OverflowError):
            return False
        wanted = base64.b64encode(hashlib.sha1(nonce + created.encode() + self._password).digest())  # noqa: S324 - the profile prescribes SHA-1
        if not hmac.compare_digest(wanted, (password.text or "").encode()) or not self._signed(
            signature, (token, body)
        ):
            return False
        now = self._now()
        return len(nonce) in NONCE_BYTES and abs(now - when) <= FRESH and self._first_use(nonce, when, now)

    def _signed(self, signature: etree._Element, parts: tuple[etree._Element, ...]) -> bool:
        """Whether a signature of ours covers these elements, in any order, and nothing else."""
        info, value = signature.find(f"{DS}SignedInfo"), signature.findtext(f"{DS}SignatureValue", "")
        ids = {part.get(f"{UTILITY}Id") for part in parts} - {None, ""}
        if len(ids) < len(parts) or info is None or signature.index(info) != 0 or _shape(info) != _due(parts):
            return False
        key = hmac.digest(self._password, _canonical(info), "sha256")
        return hmac.compare_digest(base64.b64encode(key), "".join(value.split()).encode())


def _moment(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)


def _shape(info: etree._Element) -> list[object]:
    """All that a SignedInfo says: each element with its attributes, its children, its text."""
    parts = [_say(each) for each in info]
    return [*parts[:2], sorted(parts[2:], key=str)]


def _say(element: etree._Element) -> tuple[object, ...]:
    return (
        str(element.tag),
        tuple(sorted(element.attrib.items())),
        (element.text or "").strip(),
        tuple(_say(each) for each in element),
    )


def _due(parts: tuple[etree._Element, ...]) -> list[object]:
    """What a SignedInfo over these elements must say, whole."""

    def one(name: str, *inside: object, text: str = "", **attributes: str) -> tuple[object, ...]:
        return f"{DS}{name}", tuple(sorted(attributes.items())), text, inside

    references = [
        one(
            "Reference",
            one("Transforms", one("Transform", Algorithm=EXCLUSIVE)),
            one("DigestMethod", Algorithm=SHA256),
            one("DigestValue", text=base64.b64encode(hashlib.sha256(_canonical(part)).digest()).decode()),
            URI=f"#{part.get(f'{UTILITY}Id')}",
        )
        for part in parts
    ]
    return [
        one("CanonicalizationMethod", Algorithm=EXCLUSIVE),
        one("SignatureMethod", Algorithm=HMAC_SHA256),
        sorted(references, key=str),
    ]


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
