"""WS-Security UsernameToken 1.0 at our door: digest, fresh, never twice."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from lxml import etree

WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
SECURITY, UTILITY = f"{{{WSS}-wssecurity-secext-1.0.xsd}}", f"{{{WSS}-wssecurity-utility-1.0.xsd}}"
DIGEST = f"{WSS}-username-token-profile-1.0#PasswordDigest"
FRESH = timedelta(minutes=5)


class Gatekeeper:
    """Knows the one user and, in this process, the nonces of the last minutes."""

    def __init__(self, username: str, password: str, now: Callable[[], datetime]) -> None:
        self.username, self._password, self._now = username, password, now
        self._seen: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def admits(self, header: etree._Element | None) -> bool:
        """Whether a SOAP header carries a right, fresh and unused token."""
        found = [] if header is None else header.findall(f"{SECURITY}Security/{SECURITY}UsernameToken")
        if len(found) != 1:
            return False
        [token] = found
        password, created = token.find(f"{SECURITY}Password"), token.findtext(f"{UTILITY}Created", "")
        if password is None or password.get("Type") != DIGEST or token.findtext(f"{SECURITY}Username", "") != self.username:
            return False
        try:
            nonce = base64.b64decode(token.findtext(f"{SECURITY}Nonce", ""), validate=True)
            when = datetime.fromisoformat(created)
        except (binascii.Error, ValueError):
            return False
        wanted = base64.b64encode(hashlib.sha1(nonce + created.encode() + self._password.encode()).digest())  # noqa: S324 - the profile prescribes SHA-1
        return hmac.compare_digest(wanted, (password.text or "").encode()) and len(nonce) >= 16 and self._first(nonce.hex(), when)

    def _first(self, nonce: str, when: datetime) -> bool:
        now, when = self._now(), when if when.tzinfo else when.replace(tzinfo=UTC)
        with self._lock:
            self._seen = {n: t for n, t in self._seen.items() if now - t <= 2 * FRESH}
            return abs(now - when) <= FRESH and self._seen.setdefault(nonce, now) is now
