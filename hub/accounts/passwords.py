"""Passwords as scrypt texts: `scrypt$<n>$<r>$<p>$<salt>$<key>`; the parameters stand in the text, so they may grow."""

from __future__ import annotations

import base64
import hmac
import secrets

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from contracts.errors import Permanent

N, R, P = 1 << 15, 8, 1
"""32 MiB and about 0.1 s a try."""
LEAST = 12
"""Characters of a password."""


class PasswordUnfit(Permanent):
    """A new password is too short, or is the old one."""

    exit_code = 2


def hashed(password: str) -> str:
    """The text to keep. Raises PasswordUnfit."""
    if not LEAST <= len(password) <= 200:
        raise PasswordUnfit(
            f"A password has {LEAST} to 200 characters", hint="four words that have nothing to do with each other"
        )
    salt = secrets.token_bytes(16)
    return "$".join(("scrypt", str(N), str(R), str(P), _text(salt), _text(_key(password, salt, N, R, P))))


def matches(password: str, kept: str) -> bool:
    """Whether a password is the one that was kept; the time it takes does not say how near it is."""
    _, n, r, p, salt, key = kept.split("$")
    return hmac.compare_digest(_key(password, base64.b64decode(salt), int(n), int(r), int(p)), base64.b64decode(key))


def _key(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=n, r=r, p=p).derive(password.encode())


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
