"""A name is found also where marks that nobody sees stand between its letters: the recall key is without them."""

from alembic import op

from quality.values.vietnamese import RECALL_FROM, RECALL_TO

revision = "0033"
down_revision = "0032"

RECALL = f"""
CREATE OR REPLACE FUNCTION hub.recall_key(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT btrim(regexp_replace(translate(name, '{RECALL_FROM}', '{RECALL_TO}'), '\\s+', ' ', 'g'))
$$"""
REINDEX = """
DO $$
DECLARE found record;
BEGIN
  FOR found IN
    SELECT schemaname, indexname FROM pg_indexes
    WHERE schemaname IN ('warehouse', 'history') AND indexdef LIKE '%hub.recall_key(%'
  LOOP
    EXECUTE format('REINDEX INDEX %I.%I', found.schemaname, found.indexname);
  END LOOP;
END $$"""


def upgrade() -> None:
    op.execute(RECALL)
    op.execute(REINDEX)


def downgrade() -> None:
    """The function stays: the code beside it finds names by the same key."""
