"""Grants have versions in the database; each transaction goes by the newest, and its audit row names it."""

from alembic import op

revision = "0060"
down_revision = "0050"

DEFINED = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

HOLD = """
CREATE FUNCTION hub.hold(agency text, purpose text, legal_basis text, day text) RETURNS {returns}
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
{declared}
BEGIN
  {first}
  PERFORM set_config('hub.readable', coalesce(string_agg(h.dataset, ','), ''), true),
          set_config('hub.everywhere', coalesce(string_agg(h.dataset, ',') FILTER (WHERE h.all_places), ''), true),
          set_config('hub.places', coalesce(jsonb_object_agg(h.dataset, h.places) FILTER (WHERE h.places IS NOT NULL), '{{}}')::text, true)
  FROM (
    SELECT g.dataset, bool_or(g.places IS NULL) AS all_places, jsonb_agg(p.place) FILTER (WHERE p.place IS NOT NULL) AS places
    FROM hub.granted g LEFT JOIN unnest(g.places) AS p (place) ON true
    WHERE g.agency = hold.agency AND g.purpose = hold.purpose
      AND nullif(hold.day, '')::date BETWEEN g.valid_from AND coalesce(g.valid_to, 'infinity')
      AND coalesce(nullif(hold.legal_basis, '') = ANY (g.legal_bases), true)
    GROUP BY g.dataset
  ) h;
  {last}
END $$"""

STATEMENTS = (
    """
CREATE TABLE hub.grants_version (
	number BIGINT NOT NULL,
	digest TEXT NOT NULL,
	document JSONB NOT NULL,
	source TEXT NOT NULL,
	applied_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	applied_by TEXT NOT NULL,
	because TEXT NOT NULL,
	login TEXT DEFAULT session_user NOT NULL,
	PRIMARY KEY (number),
	CONSTRAINT grants_version_number CHECK (number > 0),
	CONSTRAINT grants_version_digest CHECK (digest ~ '^[0-9a-f]{64}$'),
	CONSTRAINT grants_version_said CHECK (applied_by <> '' and because <> '' and source <> '')
)""",
    "COMMENT ON TABLE hub.grants_version IS 'Versions of the grants; the newest is in force; only ever appended'",
    "COMMENT ON COLUMN hub.grants_version.digest IS 'SHA-256 of the document, as hub/access/grants/document.py writes it'",
    "COMMENT ON COLUMN hub.grants_version.document IS 'grants, laws, purposes and limits'",
    "COMMENT ON COLUMN hub.grants_version.source IS 'the file that it was read from'",
    "COMMENT ON COLUMN hub.grants_version.login IS 'of the database'",
    "COMMENT ON TABLE hub.granted IS 'The grants in force as rows, which the policies consult'",
    "CREATE TRIGGER grants_version_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.grants_version"
    " FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()",
    # The version in force. The lock is shared with other answers; `hub grants apply` takes it alone. The newest version
    # is looked up by a statement of its own, so after the wait for the lock.
    f"""
CREATE FUNCTION hub.pin_grants() RETURNS text {DEFINED} AS $$
DECLARE mark text;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('hub.grants'));
  SELECT v.number || '/' || v.digest INTO mark FROM hub.grants_version v ORDER BY v.number DESC LIMIT 1;
  mark := coalesce(mark, '0/');
  PERFORM set_config('hub.grants', split_part(mark, '/', 1), true);
  RETURN mark;
END $$""",
    f"""
CREATE FUNCTION hub.grants_document(wanted bigint) RETURNS jsonb STABLE {DEFINED} AS $$
BEGIN
  RETURN (SELECT v.document FROM hub.grants_version v WHERE v.number = wanted);
END $$""",
    # The version of an audit row: that of its transaction, else the newest.
    f"""
CREATE FUNCTION hub.grants_now() RETURNS bigint STABLE {DEFINED} AS $$
BEGIN
  RETURN coalesce(nullif(current_setting('hub.grants', true), '')::bigint, (SELECT max(v.number) FROM hub.grants_version v), 0);
END $$""",
    "REVOKE EXECUTE ON FUNCTION hub.pin_grants, hub.grants_document, hub.grants_now FROM PUBLIC",
    "DROP FUNCTION hub.hold(text, text, text, text)",
    HOLD.format(
        returns="text",
        declared="DECLARE mark text;",
        first="mark := hub.pin_grants();",
        last="RETURN mark;",
    ),
    "REVOKE EXECUTE ON FUNCTION hub.hold FROM PUBLIC",
    "ALTER TABLE hub.audit ADD COLUMN grants_version BIGINT",  # rows from before versions have none
    "ALTER TABLE hub.audit ALTER COLUMN grants_version SET DEFAULT hub.grants_now()",
    "COMMENT ON COLUMN hub.audit.grants_version IS 'version of the grants that it went by; null: from before versions'",
)

BACK = (
    "ALTER TABLE hub.audit DROP COLUMN grants_version",
    "DROP FUNCTION hub.hold(text, text, text, text)",
    HOLD.format(returns="void", declared="", first="", last=""),
    "REVOKE EXECUTE ON FUNCTION hub.hold FROM PUBLIC",
    "DROP FUNCTION hub.pin_grants, hub.grants_document, hub.grants_now",
    "DROP TABLE hub.grants_version",
    "COMMENT ON TABLE hub.granted IS 'grants.yaml as rows, which the policies consult: written at start'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement.replace("::", r"\:\:").replace(":=", r"\:="))


def downgrade() -> None:
    for statement in BACK:
        op.execute(statement.replace("::", r"\:\:").replace(":=", r"\:="))
