"""A question stands under the law that it names: decisions remember it, the second wall looks at it, a receipt says it.
"""

from alembic import op

revision = "0013"
down_revision = "0012"

DEFINED = "LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
LAWFUL = "AND coalesce(nullif(current_setting('hub.legal_basis', true), '') = ANY (g.legal_bases), true)"


def held(law: str) -> str:
    return f"""
    FROM hub.granted g
    WHERE g.agency = current_setting('hub.agency', true) AND g.purpose = current_setting('hub.purpose', true)
      AND nullif(current_setting('hub.day', true), '')::date BETWEEN g.valid_from AND coalesce(g.valid_to, 'infinity') {law}"""


def functions(law: str) -> tuple[str, ...]:
    """How policies consult the grants."""
    return (
        f"""
CREATE OR REPLACE FUNCTION hub.everywhere(VARIADIC datasets text[]) RETURNS boolean {DEFINED} AS $$
BEGIN
  RETURN EXISTS (SELECT {held(law)} AND g.dataset = ANY (datasets) AND g.places IS NULL);
END $$""",
        f"""
CREATE OR REPLACE FUNCTION hub.places(VARIADIC datasets text[]) RETURNS text[] {DEFINED} AS $$
BEGIN
  RETURN ARRAY (SELECT unnest(g.places) {held(law)} AND g.dataset = ANY (datasets));
END $$""",
        f"""
CREATE OR REPLACE FUNCTION hub.readable() RETURNS text[] {DEFINED} AS $$
BEGIN
  RETURN ARRAY (SELECT g.dataset {held(law)});
END $$""",
    )


def upgrade() -> None:
    for statement in (
        "ALTER TABLE hub.decision ADD COLUMN asked_under TEXT DEFAULT '' NOT NULL",
        "COMMENT ON COLUMN hub.decision.asked_under IS 'legal basis that the question named; empty: none'",
        "ALTER TABLE hub.granted ADD COLUMN legal_bases TEXT[] DEFAULT '{}' NOT NULL",
        "COMMENT ON COLUMN hub.granted.legal_bases IS 'names under which a question may stand: the duty, and its version'",
        *functions(LAWFUL),
        "ALTER TABLE hub.receipt DROP CONSTRAINT receipt_once",
        "ALTER TABLE hub.receipt ADD CONSTRAINT receipt_once UNIQUE (agency, reference, legal_basis, sha256, draft_sha256)",
    ):
        op.execute(statement.replace("::", r"\:\:"))


def downgrade() -> None:
    for statement in (
        "ALTER TABLE hub.receipt DROP CONSTRAINT receipt_once",
        "ALTER TABLE hub.receipt ADD CONSTRAINT receipt_once UNIQUE (agency, reference, sha256, draft_sha256)",
        *functions(""),
        "ALTER TABLE hub.granted DROP COLUMN legal_bases",
        "ALTER TABLE hub.decision DROP COLUMN asked_under",
    ):
        op.execute(statement.replace("::", r"\:\:"))
