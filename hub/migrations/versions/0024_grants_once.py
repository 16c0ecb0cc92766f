"""Policies read what an inquiry may see from settings that are made once when the reader's role is taken on.

Before, a policy looked into the grants for the first row that a statement found, and not at all where it found none:
what was held took longer than what was not.
"""

from alembic import op

revision = "0024"
down_revision = "0023"

DEFINED = "LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
OWN = "nullif(current_setting('hub.own', true), '')"
"""Dataset of a question of the hub's own."""

HOLD = """
CREATE FUNCTION hub.hold(agency text, purpose text, legal_basis text, day text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM set_config('hub.readable', coalesce(string_agg(h.dataset, ','), ''), true),
          set_config('hub.everywhere', coalesce(string_agg(h.dataset, ',') FILTER (WHERE h.all_places), ''), true),
          set_config('hub.places', coalesce(jsonb_object_agg(h.dataset, h.places) FILTER (WHERE h.places IS NOT NULL), '{}')::text, true)
  FROM (
    SELECT g.dataset, bool_or(g.places IS NULL) AS all_places, jsonb_agg(p.place) FILTER (WHERE p.place IS NOT NULL) AS places
    FROM hub.granted g LEFT JOIN unnest(g.places) AS p (place) ON true
    WHERE g.agency = hold.agency AND g.purpose = hold.purpose
      AND nullif(hold.day, '')::date BETWEEN g.valid_from AND coalesce(g.valid_to, 'infinity')
      AND coalesce(nullif(hold.legal_basis, '') = ANY (g.legal_bases), true)
    GROUP BY g.dataset
  ) h;
END $$"""

NOW = (
    f"""
CREATE OR REPLACE FUNCTION hub.everywhere(VARIADIC datasets text[]) RETURNS boolean LANGUAGE sql STABLE
RETURN coalesce(string_to_array(current_setting('hub.everywhere', true), ',') && datasets, false) OR coalesce({OWN} = ANY (datasets), false)""",
    """
CREATE OR REPLACE FUNCTION hub.places(VARIADIC datasets text[]) RETURNS text[] LANGUAGE sql STABLE
RETURN ARRAY (SELECT jsonb_array_elements_text(nullif(current_setting('hub.places', true), '')::jsonb -> d) FROM unnest(datasets) d)""",
    f"""
CREATE OR REPLACE FUNCTION hub.readable() RETURNS text[] LANGUAGE sql STABLE
RETURN coalesce(string_to_array(current_setting('hub.readable', true), ','), '{{}}') || array_remove(ARRAY[{OWN}], null)""",
)

HELD = """
    FROM hub.granted g
    WHERE g.agency = current_setting('hub.agency', true) AND g.purpose = current_setting('hub.purpose', true)
      AND nullif(current_setting('hub.day', true), '')::date BETWEEN g.valid_from AND coalesce(g.valid_to, 'infinity')
      AND coalesce(nullif(current_setting('hub.legal_basis', true), '') = ANY (g.legal_bases), true)"""
BEFORE = (
    f"""
CREATE OR REPLACE FUNCTION hub.everywhere(VARIADIC datasets text[]) RETURNS boolean {DEFINED} AS $$
BEGIN
  RETURN EXISTS (SELECT {HELD} AND g.dataset = ANY (datasets) AND g.places IS NULL) OR coalesce({OWN} = ANY (datasets), false);
END $$""",
    f"""
CREATE OR REPLACE FUNCTION hub.places(VARIADIC datasets text[]) RETURNS text[] {DEFINED} AS $$
BEGIN
  RETURN ARRAY (SELECT unnest(g.places) {HELD} AND g.dataset = ANY (datasets));
END $$""",
    f"""
CREATE OR REPLACE FUNCTION hub.readable() RETURNS text[] {DEFINED} AS $$
BEGIN
  RETURN ARRAY (SELECT g.dataset {HELD}) || array_remove(ARRAY[{OWN}], null);
END $$""",
)


def upgrade() -> None:
    for statement in (HOLD, "REVOKE EXECUTE ON FUNCTION hub.hold FROM PUBLIC", *NOW):
        op.execute(statement.replace("::", r"\:\:"))


def downgrade() -> None:
    for statement in (*BEFORE, "DROP FUNCTION hub.hold"):
        op.execute(statement.replace("::", r"\:\:"))
