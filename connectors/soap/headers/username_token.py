"""WS-Security UsernameToken 1.0 with a password digest and a new nonce a message. Credentials: username, password."""

# zeep says that it is typed and types little:
# mypy: disallow-untyped-calls=False

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from lxml import etree

from ...credentials import secret
from ...interface import System
from . import Profile, check_settings


def profile(system: System, settings: Mapping[str, object]) -> UsernameToken:
    """The token of the system's credentials, dated by the system's clock."""
    check_settings(system, "username_token", settings, ())
    return UsernameToken(secret(system, "username"), secret(system, "password"), system.theirs or system.now)


class UsernameToken(Profile):
    """Authenticates us without sending the password."""

    def __init__(self, username: str, password: str, now: Callable[[], datetime]) -> None:
        self._login = (username, password)
        self._now = now

    def dress(self, envelope: etree._Element, operation: str) -> None:
        from zeep.wsse.username import UsernameToken as Token  # slow to import: reading landed pages does without

        Token(*self._login, use_digest=True, created=self._now().astimezone(UTC), zulu_timestamp=True).apply(
            envelope, {}
        )
