"""A version of the grants keeps what was signed, and the signature; an answer reads both."""

from alembic import op

revision = "0133"
down_revision = "0138"

SIGNATURE = r"""
CREATE FUNCTION hub.grants_signature(wanted bigint)
RETURNS TABLE (statement text, signature bytea, applied_at timestamptz) STABLE
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT v.statement, v.signature, v.applied_at FROM hub.grants_version v WHERE v.number = wanted;
END $$"""


def upgrade() -> None:
    op.execute("ALTER TABLE hub.grants_version ADD COLUMN statement TEXT, ADD COLUMN signature BYTEA")
    op.execute("COMMENT ON COLUMN hub.grants_version.statement IS 'what was signed, as canonical JSON; null: nobody signed'")
    op.execute("COMMENT ON COLUMN hub.grants_version.signature IS 'Ed25519, by a key of the deployment''s grant_signers.yaml'")
    op.execute(
        "ALTER TABLE hub.grants_version ADD CONSTRAINT grants_version_signed"
        " CHECK ((statement is null) = (signature is null))"
    )
    op.execute(SIGNATURE)
    op.execute("REVOKE EXECUTE ON FUNCTION hub.grants_signature FROM PUBLIC")


def downgrade() -> None:
    op.execute("DROP FUNCTION hub.grants_signature")
    op.execute("ALTER TABLE hub.grants_version DROP COLUMN statement, DROP COLUMN signature")
