"""The search by name looks through the table of the dataset that it is granted for; it was told both, apart."""

from alembic import op

revision = "0018"
down_revision = "0017"

DEFINED = "LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

DDL = (
    """
CREATE TABLE hub.dataset (
  dataset TEXT NOT NULL PRIMARY KEY,
  "table" TEXT NOT NULL UNIQUE
)""",
    "COMMENT ON TABLE hub.dataset IS 'Which table of warehouse and history holds a dataset, by its contract: a search by name follows it'",
    # Until now a table was always called after its dataset.
    "INSERT INTO hub.dataset SELECT tablename, tablename FROM pg_catalog.pg_tables WHERE schemaname = 'warehouse'",
    "DROP FUNCTION hub.named",
    # `among`: warehouse (current rows) or history (superseded ones). A column that the table does not have is an error,
    # as in any query.
    f"""
CREATE FUNCTION hub.named(dataset text, among text, name text, born text, recall text, year text) RETURNS TABLE (system text, key text) {DEFINED} ROWS 5 AS $$
DECLARE
  place text := (SELECT d."table" FROM hub.dataset d WHERE d.dataset = named.dataset);
BEGIN
  IF among NOT IN ('warehouse', 'history') THEN
    RAISE EXCEPTION 'hub.named looks through warehouse or history';
  END IF;
  IF place IS NOT NULL AND (current_setting('role') = 'none' OR named.dataset = ANY (hub.readable())) THEN
    RETURN QUERY EXECUTE format(
      'SELECT r._system::text, r._key::text FROM %I.%I r WHERE hub.recall_key(r.%I) = $1 AND "left"(r.%I, 4) = $2', among, place, name, born)
      USING recall, year;
  END IF;
END $$""",
    "REVOKE EXECUTE ON FUNCTION hub.named FROM PUBLIC",
)

BEFORE = f"""
CREATE FUNCTION hub.named(dataset text, place text, name text, born text, recall text, year text) RETURNS TABLE (system text, key text) {DEFINED} ROWS 5 AS $$
BEGIN
  IF current_setting('role') = 'none' OR dataset = ANY (hub.readable()) THEN
    RETURN QUERY EXECUTE format(
      'SELECT r._system::text, r._key::text FROM %I.%I r WHERE hub.recall_key(r.%I) = $1 AND "left"(r.%I, 4) = $2',
      split_part(place, '.', 1), split_part(place, '.', 2), name, born) USING recall, year;
  END IF;
END $$"""


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement.replace("::", r"\:\:"))


def downgrade() -> None:
    for statement in ("DROP FUNCTION hub.named", BEFORE, "REVOKE EXECUTE ON FUNCTION hub.named FROM PUBLIC", "DROP TABLE hub.dataset"):
        op.execute(statement.replace("::", r"\:\:"))
