"""The hub and a server that sign for each other, with keys of their own, and the reply that is sealed.

A test file that wants these fixtures names both: `credentials = signed_parties.credentials`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from connectors import System
from connectors.soap.headers import headers_of
from connectors.xml import envelope
from twins.clock import Clock
from twins.registry.signatures import SOAP, SignedDoor

NOW = datetime(2022, 6, 2, 1, tzinfo=UTC)
BODY = f'<s:Envelope xmlns:s="{SOAP[1:-1]}"><s:Body><m:answer xmlns:m="urn:x"><m:so>12</m:so></m:answer></s:Body></s:Envelope>'.encode()


def pair(
    folder: Path, name: str, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, days: int = 90
) -> dict[str, str]:
    """A key and its certificate as files: credential names -> paths."""
    who, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
    )
    certificate = (
        made.not_valid_before(now - timedelta(days=200))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    files = {f"{name}_key_file": folder / f"{name}.key", f"{name}_certificate_file": folder / f"{name}.crt"}
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for path, content in zip(
        files.values(), (private, certificate.public_bytes(serialization.Encoding.PEM)), strict=True
    ):
        path.write_bytes(content)
    return {credential: str(path) for credential, path in files.items()}


def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


class Parties:
    """The hub with its profile, and a server written apart from it."""

    def __init__(self, credentials: dict[str, str], now: datetime = NOW) -> None:
        self.credentials = credentials
        self.profile = headers_of(self.system(), ())
        self.server = SignedDoor(credentials, Clock(now))

    def system(self, **credentials: str) -> System:
        return System(
            "moj",
            "Hộ tịch",
            "moj_registry",
            "http://127.0.0.1:9",
            {**self.credentials, **credentials},
            {"headers": ["x509"]},
            now=lambda: NOW,
        )

    def request(self) -> etree._Element:
        return etree.fromstring(self.profile.message(etree.fromstring(BODY), "traHoSo"))

    def verify(self, reply: bytes) -> etree._Element:
        """What is read of a reply, after it was judged."""
        whole = envelope.opened(reply, "moj: page")
        self.profile.verify(whole, "moj: page")
        return envelope.content(whole)


@pytest.fixture(scope="module", params=["EC", "RSA"])
def credentials(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("keys")
    made = [ec_key() if request.param == "EC" else rsa.generate_private_key(65537, 2048) for _ in range(2)]
    return pair(folder, "signing", made[0]) | pair(folder, "server", made[1])


@pytest.fixture
def parties(credentials: dict[str, str]) -> Parties:
    return Parties(credentials)
