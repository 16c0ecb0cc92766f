"""Which login may see which rows of the views for auditors."""

from alembic import op

revision = "0121"
down_revision = "0120"

STATEMENTS = (
    """
CREATE TABLE hub.auditor (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	login TEXT NOT NULL,
	scope TEXT NOT NULL,
	since TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	who TEXT NOT NULL,
	why TEXT NOT NULL,
	until TIMESTAMP WITH TIME ZONE,
	ended_by TEXT,
	PRIMARY KEY (id),
	CONSTRAINT auditor_said CHECK (login <> '' and scope <> '' and who <> '' and why <> '')
)""",
    "CREATE UNIQUE INDEX auditor_now ON hub.auditor (login, scope) WHERE until is null",
    "COMMENT ON TABLE hub.auditor IS 'Which login may see which rows of the views audit.*'",
    "COMMENT ON COLUMN hub.auditor.login IS 'of the database, a member of hub_auditing'",
    "COMMENT ON COLUMN hub.auditor.scope IS 'a system or an agency; *: the whole city'",
    "COMMENT ON COLUMN hub.auditor.who IS 'who decided it'",
    "COMMENT ON COLUMN hub.auditor.until IS 'when it ended'",
    # The city's own logins see everything; an auditor sees what stands for the login; everybody else nothing.
    """
CREATE FUNCTION hub.audited() RETURNS text[] LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF pg_has_role(session_user, current_user, 'usage') OR session_user = 'hub_loading' THEN
    RETURN ARRAY['*'];
  END IF;
  RETURN ARRAY(SELECT a.scope FROM hub.auditor a WHERE a.login = session_user AND a.until IS NULL);
END $$""",
    "REVOKE EXECUTE ON FUNCTION hub.audited FROM PUBLIC",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP SCHEMA IF EXISTS audit CASCADE")
    op.execute("DROP FUNCTION hub.audited")
    op.execute("DROP TABLE hub.auditor")
