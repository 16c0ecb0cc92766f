"""Certificates of agencies' systems, and their revocations: looked up at each request of the API."""

from alembic import op

revision = "0050"
down_revision = "0037"

TABLES = [
    """
CREATE TABLE hub.client_certificate (
	fingerprint TEXT NOT NULL,
	agency TEXT NOT NULL,
	system TEXT NOT NULL,
	issuer TEXT NOT NULL,
	kind TEXT DEFAULT 'system' NOT NULL,
	not_before TIMESTAMP WITH TIME ZONE NOT NULL,
	not_after TIMESTAMP WITH TIME ZONE NOT NULL,
	enrolled_at TIMESTAMP WITH TIME ZONE NOT NULL,
	enrolled_by TEXT NOT NULL,
	because TEXT NOT NULL,
	PRIMARY KEY (fingerprint),
	CONSTRAINT client_certificate_fingerprint CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
	CONSTRAINT client_certificate_issuer CHECK (issuer in ('hub', 'outside')),
	CONSTRAINT client_certificate_kind CHECK (kind in ('system', 'gateway')),
	CONSTRAINT client_certificate_said CHECK (agency <> '' and system <> '' and enrolled_by <> '' and because <> '')
)""",
    "COMMENT ON TABLE hub.client_certificate IS 'Certificates of agencies'' systems; only ever appended'",
    "COMMENT ON COLUMN hub.client_certificate.fingerprint IS 'SHA-256 of the certificate (DER), 64 hexadecimal digits'",
    "COMMENT ON COLUMN hub.client_certificate.agency IS 'identity code (mã định danh)'",
    "COMMENT ON COLUMN hub.client_certificate.system IS 'the agency''s own name of the system that holds the key'",
    "COMMENT ON COLUMN hub.client_certificate.kind IS 'gateway: of the state''s bus, which speaks for agencies only with their own proof'",
    "CREATE INDEX client_certificate_agency ON hub.client_certificate (agency)",
    """
CREATE TABLE hub.client_revocation (
	fingerprint TEXT NOT NULL,
	revoked_at TIMESTAMP WITH TIME ZONE NOT NULL,
	revoked_by TEXT NOT NULL,
	because TEXT NOT NULL,
	PRIMARY KEY (fingerprint),
	CONSTRAINT client_revocation_said CHECK (revoked_by <> '' and because <> ''),
	FOREIGN KEY(fingerprint) REFERENCES hub.client_certificate (fingerprint)
)""",
    "COMMENT ON TABLE hub.client_revocation IS 'Certificates that hold no longer; only ever appended'",
]


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table in ("client_certificate", "client_revocation"):
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()"
        )


def downgrade() -> None:
    op.execute("DROP TABLE hub.client_revocation, hub.client_certificate")
