"""X.509 keys and certificates that a system's credentials name: read once, checked, never printed.

Importing this module loads the library of X.509; who only names files imports `credential_files`.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from contracts.errors import DeploymentInvalid

from ..interface import Probe, System
from .credential_files import RENEW_DAYS, file_of

_SHORTEST_RSA = 2048


@dataclass(frozen=True)
class Certificate:
    """An X.509 certificate with a key for signatures."""

    x509: x509.Certificate
    path: Path

    @classmethod
    def of(cls, system: System, name: str) -> Self:
        """The certificate that a credential names.

        Raises:
            DeploymentInvalid: no such file, not a certificate, or a key that is too weak or neither RSA nor EC.
        """
        path = file_of(system, name)
        try:
            found = x509.load_pem_x509_certificate(path.read_bytes())
        except ValueError:
            raise DeploymentInvalid(f"{system.id}: the credential {name} names no PEM certificate: {path}") from None
        key = found.public_key()
        if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) or (
            isinstance(key, rsa.RSAPublicKey) and key.key_size < _SHORTEST_RSA
        ):
            raise DeploymentInvalid(
                f"{system.id}: {path} holds no key that is taken: RSA of {_SHORTEST_RSA} bits or more, or EC"
            )
        return cls(found, path)

    @property
    def kind(self) -> str:
        return "RSA" if isinstance(self.x509.public_key(), rsa.RSAPublicKey) else "ECDSA"

    @cached_property
    def base64(self) -> str:
        """Its DER bytes, as in messages."""
        return base64.b64encode(self.x509.public_bytes(Encoding.DER)).decode("ascii")

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of its DER bytes, in hex."""
        return hashlib.sha256(self.x509.public_bytes(Encoding.DER)).hexdigest()

    @property
    def pem(self) -> bytes:
        return self.x509.public_bytes(Encoding.PEM)

    @property
    def days(self) -> int:
        """Days until it expires, by the machine's clock; negative if it has expired."""
        return (self.x509.not_valid_after_utc - datetime.now(UTC)).days


@dataclass(frozen=True)
class Signer:
    """A private key and its certificate."""

    key: bytes = field(repr=False)
    """PEM."""
    certificate: Certificate

    @classmethod
    def of(cls, system: System) -> Self:
        """The pair that the credentials signing_key_file and signing_certificate_file name.

        Raises:
            DeploymentInvalid: as `Certificate.of`; not a key without a password; or key and certificate do not match.
        """
        certificate, path = Certificate.of(system, "signing_certificate_file"), file_of(system, "signing_key_file")
        try:
            key = load_pem_private_key(path.read_bytes(), None)
        except (ValueError, TypeError):
            raise DeploymentInvalid(
                f"{system.id}: {path} holds no PEM key without a password",
                hint="keep it readable for the hub's account alone",
            ) from None
        if key.public_key() != certificate.x509.public_key():
            raise DeploymentInvalid(f"{system.id}: {path} is not the key of {certificate.path}")
        return cls(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), certificate)


def days_left(step: str, certificate: Certificate) -> Probe:
    """A line of `hub systems check`, by the machine's clock, as for all certificates."""
    return Probe(
        step,
        certificate.days >= RENEW_DAYS,
        f"{certificate.days} days left, until {certificate.x509.not_valid_after_utc:%Y-%m-%d}",
    )
