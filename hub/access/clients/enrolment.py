"""Certificates of agencies' systems, by fingerprint: who enrolled one, until when it holds, who revoked it.

Looked up in the database at each request, so that a revocation is in force for every process at once. Nothing is ever
changed: a revocation is a row of its own.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text
from sqlalchemy.dialects.postgresql import insert

from contracts.errors import Permanent
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.core.tables import Moment, metadata

OURS, OUTSIDE = "hub", "outside"
"""Who issued a certificate: the hub's own authority, or one of the agency's choice."""

SYSTEM, GATEWAY = "system", "gateway"
"""What a certificate is: of an agency's system, or of the state's bus (LGSP, NDXP), which passes on what they sign."""

client_certificate = Table(
    "client_certificate",
    metadata,
    Column("fingerprint", Text, primary_key=True, comment="SHA-256 of the certificate (DER), 64 hexadecimal digits"),
    Column("agency", Text, nullable=False, comment="identity code (mã định danh)"),
    Column("system", Text, nullable=False, comment="the agency's own name of the system that holds the key"),
    Column("issuer", Text, nullable=False),
    Column(
        "kind",
        Text,
        nullable=False,
        server_default=SYSTEM,
        comment="gateway: of the state's bus, which speaks for agencies only with their own proof",
    ),
    Column("not_before", Moment, nullable=False),
    Column("not_after", Moment, nullable=False),
    Column("enrolled_at", Moment, nullable=False),
    Column("enrolled_by", Text, nullable=False),
    Column("because", Text, nullable=False),
    CheckConstraint("fingerprint ~ '^[0-9a-f]{64}$'", name="client_certificate_fingerprint"),
    CheckConstraint("issuer in ('hub', 'outside')", name="client_certificate_issuer"),
    CheckConstraint("kind in ('system', 'gateway')", name="client_certificate_kind"),
    CheckConstraint(
        "agency <> '' and system <> '' and enrolled_by <> '' and because <> ''", name="client_certificate_said"
    ),
    Index("client_certificate_agency", "agency"),
    comment="Certificates of agencies' systems; only ever appended",
)
client_revocation = Table(
    "client_revocation",
    metadata,
    Column("fingerprint", Text, ForeignKey("hub.client_certificate.fingerprint"), primary_key=True),
    Column("revoked_at", Moment, nullable=False),
    Column("revoked_by", Text, nullable=False),
    Column("because", Text, nullable=False),
    CheckConstraint("revoked_by <> '' and because <> ''", name="client_revocation_said"),
    comment="Certificates that hold no longer; only ever appended",
)


class CertificateRefused(Permanent):
    """A certificate is missing, unknown, expired or revoked. The message says which, and names no other agency's."""


class CertificateTaken(Permanent):
    """A certificate is enrolled already, or was revoked: it cannot be enrolled again."""


@dataclass(frozen=True)
class Client:
    """A system that proved to hold the key of an enrolled certificate."""

    agency: str
    system: str
    fingerprint: str
    """SHA-256 of the certificate (DER), 64 hexadecimal digits."""
    kind: str = SYSTEM

    @property
    def thumbprint(self) -> str:
        """The fingerprint as a token's claim `x5t#S256` has it (RFC 8705): base64url without padding."""
        return thumbprint(self.fingerprint)


def thumbprint(fingerprint: str) -> str:
    """A fingerprint in hexadecimal digits as base64url without padding."""
    return base64.urlsafe_b64encode(bytes.fromhex(fingerprint)).rstrip(b"=").decode()


def fingerprint_of(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate (DER), 64 hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def enrol(
    connection: sa.Connection,
    certificate: x509.Certificate,
    agency: str,
    system: str,
    issuer: str,
    person: Actor,
    now: datetime,
    kind: str = SYSTEM,
) -> str:
    """Enter a certificate; returns its fingerprint. The caller has checked that the agency exists, and commits.

    Raises:
        CertificateRefused: it has expired.
        CertificateTaken: it is enrolled already.
    """
    if certificate.not_valid_after_utc <= now:
        raise CertificateRefused("The certificate has expired", hint="enrol a newer one")
    fingerprint = fingerprint_of(certificate)
    entered = insert(client_certificate).values(
        fingerprint=fingerprint,
        agency=agency,
        system=system,
        issuer=issuer,
        kind=kind,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        enrolled_at=now,
        enrolled_by=person.who,
        because=person.why,
    )
    if connection.scalar(entered.on_conflict_do_nothing().returning(client_certificate.c.fingerprint)) is None:
        raise CertificateTaken(
            f"The certificate {fingerprint[:16]}... is enrolled already",
            hint="hub agencies list; one that was revoked is never good again",
        )
    return fingerprint


def revoke(connection: sa.Connection, fingerprints: Sequence[str], person: Actor, now: datetime) -> int:
    """End certificates at once; returns how many were good until now. The caller commits."""
    if not fingerprints:
        return 0
    rows = [
        {"fingerprint": each, "revoked_at": now, "revoked_by": person.who, "because": person.why}
        for each in fingerprints
    ]
    ended = insert(client_revocation).values(rows).on_conflict_do_nothing().returning(client_revocation.c.fingerprint)
    return len(connection.scalars(ended).all())


def find(connection: sa.Connection, text: str) -> dict[str, Any]:
    """The one certificate whose fingerprint begins so.

    Raises:
        NotFound: there is none, or more than one.
    """
    wanted = text.lower().replace(":", "")
    rows = [row for row in listed(connection) if row["fingerprint"].startswith(wanted)] if len(wanted) >= 8 else []
    if len(rows) != 1:
        what = "No certificate" if not rows else f"{len(rows)} certificates"
        raise NotFound(f"{what} with this fingerprint", hint="at least 8 digits of one: hub agencies list")
    return rows[0]


def listed(connection: sa.Connection, agency: str | None = None) -> list[dict[str, Any]]:
    """All certificates, or those of an agency; those that end last come first."""
    c, r = client_certificate.c, client_revocation.c
    shown = (
        c.agency,
        c.system,
        c.kind,
        c.fingerprint,
        c.issuer,
        c.not_before,
        c.not_after,
        c.enrolled_at,
        c.enrolled_by,
    )
    ended = (r.revoked_at, r.revoked_by, r.because.label("revoked_because"))
    query = (
        sa.select(*shown, *ended)
        .outerjoin(client_revocation, r.fingerprint == c.fingerprint)
        .order_by(c.agency, c.not_after.desc(), c.fingerprint)
    )
    return [dict(row) for row in connection.execute(query.where(c.agency == agency) if agency else query).mappings()]


def client_of(connection: sa.Connection, der: bytes, now: datetime) -> Client:
    """The system whose certificate this is, by the hub's own record of it.

    Whether the sender holds its key was proved when the connection was made. Who issued it does not matter: only
    certificates that a named person enrolled are known.

    Raises:
        CertificateRefused: it is not enrolled, does not hold now, or was revoked.
    """
    digest = hashes.Hash(hashes.SHA256())
    digest.update(der)
    fingerprint = digest.finalize().hex()
    c, r = client_certificate.c, client_revocation.c
    row = connection.execute(
        sa.select(c.agency, c.system, c.kind, c.not_before, c.not_after, r.revoked_at)
        .outerjoin(client_revocation, r.fingerprint == c.fingerprint)
        .where(c.fingerprint == fingerprint)
    ).first()
    if row is None:
        raise CertificateRefused(
            "The certificate is not enrolled", hint="the hub's administrator enrols it: hub agencies enrol"
        )
    if row.revoked_at is not None:
        raise CertificateRefused("The certificate was revoked", hint="ask the hub's administrator for a new one")
    if not row.not_before <= now < row.not_after:
        raise CertificateRefused("The certificate does not hold now", hint="renew it: hub agencies renew")
    return Client(row.agency, row.system, fingerprint, row.kind)
