"""What still answered agencies as the owner reads behind the second wall: a death that locks, a dossier's reference,
the number of the next receipt.
"""

from alembic import op

revision = "0015"
down_revision = "0014"

DEFINED = "LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
HELD = """
    FROM hub.granted g
    WHERE g.agency = current_setting('hub.agency', true) AND g.purpose = current_setting('hub.purpose', true)
      AND nullif(current_setting('hub.day', true), '')::date BETWEEN g.valid_from AND coalesce(g.valid_to, 'infinity')
      AND coalesce(nullif(current_setting('hub.legal_basis', true), '') = ANY (g.legal_bases), true)"""
OWN = "nullif(current_setting('hub.own', true), '')"
"""Dataset of a question of the hub's own."""


def functions(everywhere: str, readable: str) -> tuple[str, ...]:
    """How policies consult the grants."""
    return (
        f"""
CREATE OR REPLACE FUNCTION hub.everywhere(VARIADIC datasets text[]) RETURNS boolean {DEFINED} AS $$
BEGIN
  RETURN EXISTS (SELECT {HELD} AND g.dataset = ANY (datasets) AND g.places IS NULL){everywhere};
END $$""",
        f"""
CREATE OR REPLACE FUNCTION hub.readable() RETURNS text[] {DEFINED} AS $$
BEGIN
  RETURN ARRAY (SELECT g.dataset {HELD}){readable};
END $$""",
    )


def upgrade() -> None:
    for statement in (
        *functions(f" OR coalesce({OWN} = ANY (datasets), false)", f" || array_remove(ARRAY[{OWN}], null)"),
        # Which dossier a district's opaque reference means: the events themselves name how a person was recognised, and
        # are granted to nobody.
        f"""
CREATE FUNCTION hub.referred(told text) RETURNS SETOF text {DEFINED} ROWS 1 AS $$
BEGIN
  IF to_regclass('warehouse.identification_event') IS NOT NULL AND (current_setting('role') = 'none' OR cardinality(hub.readable()) > 0) THEN
    RETURN QUERY SELECT DISTINCT e.ma_ho_so::text FROM warehouse.identification_event e WHERE e.ma_tham_chieu = told;
  END IF;
END $$""",
        # Receipts are numbered through the year over all agencies, of which the reader sees one.
        f"""
CREATE FUNCTION hub.last_receipt(of_year integer) RETURNS integer {DEFINED} AS $$
BEGIN
  RETURN coalesce((SELECT max(r.number) FROM hub.receipt r WHERE r.year = of_year), 0);
END $$""",
        "REVOKE EXECUTE ON FUNCTION hub.referred, hub.last_receipt FROM PUBLIC",
    ):
        op.execute(statement.replace("::", r"\:\:"))


def downgrade() -> None:
    for statement in (*functions("", ""), "DROP FUNCTION hub.referred", "DROP FUNCTION hub.last_receipt"):
        op.execute(statement.replace("::", r"\:\:"))
