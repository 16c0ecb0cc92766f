"""Functions that look for the city ask who is logged in: a login that answers is not the owner, also without a role."""

from alembic import op

revision = "0120"
down_revision = "0090"

DEFINED = "LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
OWNER = "current_setting('role') = 'none'"


def functions(city: str) -> tuple[str, ...]:
    """Those that the owner may call without the reader's role."""
    return (
        f"""
CREATE OR REPLACE FUNCTION hub.referred(told text) RETURNS SETOF text {DEFINED} ROWS 1 AS $$
BEGIN
  IF to_regclass('warehouse.identification_event') IS NOT NULL AND ({city} OR cardinality(hub.readable()) > 0) THEN
    RETURN QUERY SELECT DISTINCT e.ma_ho_so::text FROM warehouse.identification_event e WHERE e.ma_tham_chieu = told;
  END IF;
END $$""",
        f"""
CREATE OR REPLACE FUNCTION hub.named(dataset text, among text, name text, born text, recall text, year text) RETURNS TABLE (system text, key text) {DEFINED} ROWS 5 AS $$
DECLARE
  place text := (SELECT d."table" FROM hub.dataset d WHERE d.dataset = named.dataset);
BEGIN
  IF among NOT IN ('warehouse', 'history') THEN
    RAISE EXCEPTION 'hub.named looks through warehouse or history';
  END IF;
  IF place IS NOT NULL AND ({city} OR named.dataset = ANY (hub.readable())) THEN
    RETURN QUERY EXECUTE format(
      'SELECT r._system::text, r._key::text FROM %I.%I r WHERE hub.recall_key(r.%I) = $1 AND "left"(r.%I, 4) = $2', among, place, name, born)
      USING recall, year;
  END IF;
END $$""",
    )


def upgrade() -> None:
    # Inside of a function of the owner's, `current_user` is the owner: the session's own login says who asks.
    op.execute(f"""
CREATE FUNCTION hub.of_the_city() RETURNS boolean {DEFINED} AS $$
BEGIN
  RETURN {OWNER} AND (pg_has_role(session_user, current_user, 'usage') OR session_user = 'hub_loading');
END $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION hub.of_the_city FROM PUBLIC")
    for statement in functions("hub.of_the_city()"):
        op.execute(statement.replace("::", r"\:\:").replace(":=", r"\:="))


def downgrade() -> None:
    for statement in functions(OWNER):
        op.execute(statement.replace("::", r"\:\:").replace(":=", r"\:="))
    op.execute("DROP FUNCTION hub.of_the_city")
