"""TLS with a certificate of ours: shown where it is named, and a refusal of it told for what it is."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors import System, probe
from connectors.errors import AuthenticationFailed, Unreachable
from connectors.http.body import CallLimits
from connectors.http.client import Http
from connectors.http.credential_files import client_certificate
from connectors.http.errors import translate
from contracts.errors import DeploymentInvalid


def pair(folder: Path, name: str) -> tuple[Path, Path]:
    """Certificate and key files of a name, good for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    who, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
    )
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=90))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    certificate, private = folder / f"{name}.crt", folder / f"{name}.key"
    certificate.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, private


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    for name in ("server", "hub", "stranger"):
        pair(folder, name)
    return folder


@pytest.fixture(scope="module", params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["TLS 1.2", "TLS 1.3"])
def address(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """A server that speaks with holders of the hub's certificate only."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = request.param
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(folder / "hub.crt")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda request, client_address: None  # refused handshakes are the point
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def system_of(folder: Path, address: str, name: str | None) -> System:
    credentials = {} if name is None else {"client_certificate_file": f"{name}.crt", "client_key_file": f"{name}.key"}
    return System("s", "S", "one_stop", address, credentials, {"ca_file": "server.crt"}, folder)


def call(system: System) -> bytes:
    http = Http(
        "s",
        CallLimits(attempts=1),
        ca_file=str(system.folder / "server.crt"),
        client_certificate=client_certificate(system),
    )
    try:
        return http.call("GET", system.address, what="x", accept=("application/json",)).body
    finally:
        http.close()


def test_our_certificate_is_shown(folder: Path, address: str) -> None:
    """The server takes it, and the check tells until when it is good."""
    system = system_of(folder, address, "hub")

    assert b"{}" == call(system)
    found = {each.step: each for each in probe.reach(system, str(folder / "server.crt"))}
    assert found["TLS"].ok
    assert found["our TLS certificate"].ok
    assert "89 days left" in found["our TLS certificate"].detail


@pytest.mark.parametrize("name", [None, "stranger"])
def test_without_it_nothing_is_read(folder: Path, address: str, name: str | None) -> None:
    """None, or one the server does not know. By TLS 1.3 the refusal may be lost with the connection that ends after it."""
    with pytest.raises((AuthenticationFailed, Unreachable)):
        call(system_of(folder, address, name))


@pytest.mark.parametrize(
    "alert", ["TLSV1_ALERT_UNKNOWN_CA", "TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_CERTIFICATE_EXPIRED"]
)
def test_a_refusal_of_our_certificate_is_no_broken_connection(alert: str) -> None:
    """Repeating would not help: the message says what to look at."""
    found = translate(requests.exceptions.SSLError(ssl.SSLError(1, f"[SSL: {alert}] alert")), "s: x")

    assert isinstance(found, AuthenticationFailed)
    assert "client_certificate_file" in found.hint


def test_half_a_pair_is_refused_at_the_start(folder: Path) -> None:
    """A certificate without its key cannot be shown."""
    system = System("s", "S", "one_stop", "https://127.0.0.1", {"client_certificate_file": "hub.crt"}, {}, folder)

    with pytest.raises(DeploymentInvalid, match="client_key_file"):
        client_certificate(system)
