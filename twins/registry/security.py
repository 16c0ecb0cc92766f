"""Checks WS-Security UsernameToken 1.0 for the registry's twin: digest, freshness, no replay."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from lxml import etree

from twins.clock import Clock

WSSE = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
WSU = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}"
DIGEST = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
FRESH = timedelta(minutes=5)


class SecurityCheck:
    """Knows the one user and the nonces of the last minutes."""

    def __init__(self, username: str, password: str, clock: Clock) -> None:
        self._username, self._password, self._clock = username, password, clock
        self._seen: dict[str, datetime] = {}

    def admits(self, header: etree._Element | None) -> bool:
        """Whether the SOAP header has a valid, fresh and unused token."""
        token = header.find(f"{WSSE}Security/{WSSE}UsernameToken") if header is not None else None
        if token is None:
            return False
        password = token.find(f"{WSSE}Password")
        nonce, created = token.findtext(f"{WSSE}Nonce", ""), token.findtext(f"{WSU}Created", "")
        if (
            password is None
            or password.get("Type") != DIGEST
            or token.findtext(f"{WSSE}Username", "") != self._username
        ):
            return False
        try:
            raw = base64.b64decode(nonce, validate=True)
            when = datetime.fromisoformat(created)
        except (binascii.Error, ValueError):
            return False
        expected = base64.b64encode(hashlib.sha1(raw + created.encode() + self._password.encode()).digest())  # noqa: S324  # the profile prescribes SHA-1
        return (
            hmac.compare_digest(expected, (password.text or "").encode())
            and self._is_fresh(when)
            and self._is_first(nonce)
        )

    def _is_fresh(self, when: datetime) -> bool:
        """Near the twin's clock, or the machine's: some clients know only that one."""
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return any(abs(when - now) <= FRESH for now in (self._clock.now(), datetime.now(UTC)))

    def _is_first(self, nonce: str) -> bool:
        now = self._clock.now()
        self._seen = {n: t for n, t in self._seen.items() if now - t <= 2 * FRESH}
        return self._seen.setdefault(nonce, now) == now
