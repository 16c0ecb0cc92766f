"""`hub agencies`: certificates of agencies' systems from their request to their revocation. The keys are made here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner, Result

from hub.access.clients.authority import RequestRefused, made_for
from hub.access.clients.enrolment import CertificateTaken, client_of
from hub.access.tokens import machine_now
from hub.cli import app
from hub.core.database import connect
from hub.core.errors import DatabaseRefused, NotFound

QUAN_1 = "000.00.16.H29"
WHY = ("--because", "công văn thử nghiệm", "--by", "Nguyễn Văn Quản")


class Desk:
    """The command line over a database, in a folder with a request."""

    def __init__(self, url: str, folder: Path) -> None:
        self.engine, self.folder = connect(url), folder
        self.csr = folder / "desk.csr"
        self.csr.write_bytes(request(ec.generate_private_key(ec.SECP256R1())))

    def __call__(self, *words: object) -> Result:
        return CliRunner().invoke(app, ["agencies", *map(str, words)])

    def ok(self, *words: object) -> dict[str, object]:
        done = self(*words, "--json")
        assert done.exit_code == 0, done.exception
        return json.loads(done.stdout)


def request(key: ec.EllipticCurvePrivateKey) -> bytes:
    return made_for(key, "desk").public_bytes(Encoding.PEM)


@pytest.fixture
def desk(pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    monkeypatch.setenv("HUB_DATABASE_URL", pg_url)
    monkeypatch.chdir(tmp_path)
    return Desk(pg_url, tmp_path)


def test_from_request_to_revocation(desk: Desk) -> None:
    """A system sends its request, gets its certificate, renews it, and loses both at once."""
    made = desk.ok("enrol", QUAN_1, "một cửa", "--csr", desk.csr, *WHY)
    certificate = x509.load_pem_x509_certificate(Path(str(made["certificate"])).read_bytes())
    with desk.engine.connect() as connection:
        found = client_of(connection, certificate.public_bytes(Encoding.DER), machine_now())
    assert (found.agency, found.system, found.fingerprint) == (QUAN_1, "một cửa", made["fingerprint"])

    desk.csr.write_bytes(request(ec.generate_private_key(ec.SECP256R1())))
    again = desk.ok("renew", str(made["fingerprint"])[:10], "--csr", desk.csr, *WHY)
    assert [row["state"] for row in desk.ok("list")] == ["good", "good"]  # type: ignore[index]
    assert desk.ok("revoke", again["fingerprint"], *WHY)["revoked"] == 1
    assert desk.ok("revoke", "--agency", QUAN_1, *WHY) == {
        "revoked": 1,
        "revoked before": 1,
        "by": "Nguyễn Văn Quản",
        "because": "công văn thử nghiệm",
    }
    assert {row["state"] for row in desk.ok("list", "--agency", QUAN_1)} == {"revoked"}  # type: ignore[index]


def test_a_certificate_is_enrolled_once(desk: Desk) -> None:
    """Also one that was revoked: its key may be in other hands."""
    made = desk.ok("enrol", QUAN_1, "desk", "--csr", desk.csr, *WHY)
    desk.ok("revoke", made["fingerprint"], *WHY)
    again = desk("enrol", QUAN_1, "desk", "--certificate", made["certificate"], *WHY)
    assert isinstance(again.exception, CertificateTaken)


@pytest.mark.parametrize(
    "words",
    [
        ("enrol", "000.00.00.XXX", "desk", "--csr", "desk.csr"),
        ("enrol", QUAN_1, "desk"),
        ("revoke",),
        ("revoke", "abc"),
        ("revoke", "--agency", QUAN_1),
        ("renew", "0123456789", "--csr", "desk.csr"),
    ],
)
def test_what_is_not_there_is_named(desk: Desk, words: tuple[str, ...]) -> None:
    assert isinstance(desk(*words, *WHY).exception, NotFound)


def test_a_broken_or_weak_request_is_refused(desk: Desk) -> None:
    weak = rsa.generate_private_key(65537, 1024)
    subject = x509.Name([])
    for text in (
        b"no request",
        x509.CertificateSigningRequestBuilder().subject_name(subject).sign(weak, SHA256()).public_bytes(Encoding.PEM),
    ):
        desk.csr.write_bytes(text)
        assert isinstance(desk("enrol", QUAN_1, "desk", "--csr", desk.csr, *WHY).exception, RequestRefused)


@pytest.mark.parametrize("table", ["client_certificate", "client_revocation"])
def test_nothing_of_it_is_ever_changed(desk: Desk, table: str) -> None:
    made = desk.ok("enrol", QUAN_1, "desk", "--csr", desk.csr, *WHY)
    desk.ok("revoke", made["fingerprint"], *WHY)
    for change in (f"update hub.{table} set because = 'x'", f"delete from hub.{table}"):
        with pytest.raises(DatabaseRefused, match="only ever appended"), desk.engine.begin() as connection:
            connection.execute(sa.text(change))
