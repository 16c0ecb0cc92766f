"""Keys and certificates between the hub and the twins of this machine, created on first use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hub.local.private_files import write_private

_YEAR = timedelta(days=365)


def signing_files(folder: Path, system: str) -> dict[str, str]:
    """Credential name -> absolute path: a key pair for the hub and one for the twin, self-signed for a year."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, str] = {}
    for name, who in (("signing", "hub"), ("server", "twin")):
        key = ec.generate_private_key(ec.SECP256R1())
        files = {
            f"{name}_key_file": folder / f"{system}-{who}.key.pem",
            f"{name}_certificate_file": folder / f"{system}-{who}.crt.pem",
        }
        private, public = files.values()
        write_private(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
        write_private(public, _certified(key, f"{system} {who}").public_bytes(Encoding.PEM).decode())
        found |= {credential: str(path.absolute()) for credential, path in files.items()}
    return found


def _certified(key: ec.EllipticCurvePrivateKey, title: str) -> x509.Certificate:
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
    )
    return made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + _YEAR).sign(key, hashes.SHA256())
