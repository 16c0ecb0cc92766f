"""Row-level security: grants as rows, and the functions by which policies consult them. Policies and rights:
hub/access/row_security.py.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

HELD = """
    FROM hub.granted g
    WHERE g.agency = current_setting('hub.agency', true) AND g.purpose = current_setting('hub.purpose', true) AND g.dataset = ANY (datasets)
      AND nullif(current_setting('hub.day', true), '')::date BETWEEN g.valid_from AND coalesce(g.valid_to, 'infinity')"""

DEFINED = "LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

DDL = (
    """
CREATE TABLE hub.granted (
  "grant" TEXT NOT NULL,
  agency TEXT NOT NULL,
  dataset TEXT NOT NULL,
  purpose TEXT NOT NULL,
  valid_from DATE NOT NULL,
  valid_to DATE,
  places TEXT[],
  PRIMARY KEY ("grant", agency, dataset, purpose, valid_from)
)""",
    "CREATE INDEX granted_agency ON hub.granted (agency, purpose)",
    "COMMENT ON TABLE hub.granted IS 'grants.yaml as rows, which the policies consult: written at start'",
    "COMMENT ON COLUMN hub.granted.places IS 'codes of units in which an entry must have been registered; null: the whole city'",
    f"""
CREATE FUNCTION hub.everywhere(VARIADIC datasets text[]) RETURNS boolean {DEFINED} AS $$
BEGIN
  RETURN EXISTS (SELECT {HELD} AND g.places IS NULL);
END $$""",
    f"""
CREATE FUNCTION hub.places(VARIADIC datasets text[]) RETURNS text[] {DEFINED} AS $$
BEGIN
  RETURN ARRAY (SELECT unnest(g.places) {HELD});
END $$""",
    f"""
CREATE FUNCTION hub.readable() RETURNS text[] {DEFINED} AS $$
BEGIN
  RETURN ARRAY (
    SELECT g.dataset FROM hub.granted g
    WHERE g.agency = current_setting('hub.agency', true) AND g.purpose = current_setting('hub.purpose', true)
      AND nullif(current_setting('hub.day', true), '')::date BETWEEN g.valid_from AND coalesce(g.valid_to, 'infinity'));
END $$""",
    # No leakproof function can compare names without marks, so under a policy their index would not be used: the keys
    # are looked up here.
    f"""
CREATE FUNCTION hub.named(dataset text, place text, name text, born text, recall text, year text) RETURNS TABLE (system text, key text) {DEFINED} ROWS 5 AS $$
BEGIN
  IF current_setting('role') = 'none' OR dataset = ANY (hub.readable()) THEN
    RETURN QUERY EXECUTE format(
      'SELECT r._system::text, r._key::text FROM %I.%I r WHERE hub.recall_key(r.%I) = $1 AND "left"(r.%I, 4) = $2',
      split_part(place, '.', 1), split_part(place, '.', 2), name, born) USING recall, year;
  END IF;
END $$""",
    "REVOKE EXECUTE ON FUNCTION hub.everywhere, hub.places, hub.readable, hub.named FROM PUBLIC",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement.replace("::", r"\:\:"))


def downgrade() -> None:
    for statement in ("FUNCTION hub.named", "FUNCTION hub.readable", "FUNCTION hub.places", "FUNCTION hub.everywhere", "TABLE hub.granted"):
        op.execute(f"DROP {statement} CASCADE")
