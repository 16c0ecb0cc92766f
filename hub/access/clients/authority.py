"""A small certificate authority: issues the certificates of agencies' systems and of this machine's own door.

Keys are ECDSA P-256, which every TLS library of the last ten years speaks. Nothing is revoked by a list of the
authority: each certificate is looked up by its fingerprint at each request (`enrolment.py`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from contracts.errors import Permanent
from hub.core.state_files import StateBroken, write_once

FILE = "authority.pem"
"""Key and certificate of the authority, in the scenario's folder."""
LIVES = timedelta(days=3650)
CLIENT_LIVES = timedelta(days=365)
SERVER_LIVES = timedelta(days=397)
"""The longest that today's TLS clients accept of a server."""
LEEWAY = timedelta(minutes=5)
"""A certificate begins so long before it is issued: clocks differ."""
WEAK_BITS = 2048
"""RSA keys of a request are at least so long."""


class RequestRefused(Permanent):
    """A certificate, or the request for one, cannot be used. The message says why."""


@dataclass(frozen=True)
class Authority:
    """The hub's own certificate authority."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def of(cls, folder: Path, now: datetime) -> Authority:
        """The authority of a scenario, made on first use (mode 0600).

        Raises:
            StateBroken: the file holds no key and certificate.
        """
        path = folder / FILE
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            write_once(path, _made(now))
        text = path.read_bytes()
        try:
            key = serialization.load_pem_private_key(text, None)
            certificate = x509.load_pem_x509_certificate(text)
        except ValueError:
            raise StateBroken(
                f"{path} holds no key and certificate",
                hint="restore it from the backup; without it no certificate can be renewed, and those issued stay good",
            ) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise StateBroken(f"{path} holds another kind of key", hint="restore it from the backup")
        return cls(key, certificate)

    def issue(
        self, request: x509.CertificateSigningRequest, agency: str, system: str, now: datetime, lives: timedelta
    ) -> x509.Certificate:
        """The certificate of an agency's system, for the key of its request. The names of the request are not used.

        Raises:
            RequestRefused: the request is not signed with its own key, or the key is weak.
        """
        if not request.is_signature_valid:
            raise RequestRefused("The request is not signed with the key that it names", hint="make it again")
        strong(request.public_key())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, agency),
                x509.NameAttribute(NameOID.COMMON_NAME, system),
            ]
        )
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        return self._signed(name, request.public_key(), now, lives, purpose)

    def serve(
        self, names: Sequence[str], now: datetime, lives: timedelta = SERVER_LIVES
    ) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        """Key and certificate of a door that is reached under these host names and addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        others = x509.SubjectAlternativeName([_general(name) for name in names])
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        return key, self._signed(name, key.public_key(), now, lives, purpose, others)

    def _signed(
        self,
        name: x509.Name,
        key: CertificatePublicKeyTypes,
        now: datetime,
        lives: timedelta,
        *extensions: x509.ExtensionType,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.certificate.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - LEEWAY)
            .not_valid_after(min(now + lives, self.certificate.not_valid_after_utc))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self.key, hashes.SHA256())


def strong(key: CertificatePublicKeyTypes) -> None:
    """Raises RequestRefused: a key of a kind or length that is weak."""
    if isinstance(key, dsa.DSAPublicKey) or (isinstance(key, rsa.RSAPublicKey) and key.key_size < WEAK_BITS):
        raise RequestRefused(
            f"Its key is weak ({key.key_size} bits)", hint="ECDSA P-256, Ed25519, or RSA of 2048 bits and more"
        )


def request_of(text: bytes) -> x509.CertificateSigningRequest:
    """A signing request from PEM.

    Raises:
        RequestRefused: it is none.
    """
    try:
        return x509.load_pem_x509_csr(text)
    except ValueError:
        raise RequestRefused(
            "The file holds no signing request (PKCS #10, PEM)",
            hint="openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout client.key -out client.csr",
        ) from None


def certificate_of(text: bytes) -> x509.Certificate:
    """A certificate from PEM: the first of the file.

    Raises:
        RequestRefused: there is none, or its key is weak.
    """
    try:
        found = x509.load_pem_x509_certificate(text)
    except ValueError:
        raise RequestRefused("The file holds no certificate (X.509, PEM)") from None
    strong(found.public_key())
    return found


def made_for(key: ec.EllipticCurvePrivateKey, name: str) -> x509.CertificateSigningRequest:
    """The signing request of a key."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())


def pem(key: ec.EllipticCurvePrivateKey | None, *certificates: x509.Certificate) -> str:
    """Certificates, and their key after them, as HAProxy and curl read them."""
    text = "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in certificates)
    if key is None:
        return text
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return text + key.private_bytes(*form).decode()


def _made(now: datetime) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Một Lần")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - LEEWAY)
        .not_valid_after(now + LIVES)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return pem(key, certificate)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
