"""What people did to cases and held batches: appended, and never changed afterwards."""

from alembic import op

revision = "0002"
down_revision = "0001"

DDL = (
    """
CREATE TABLE hub.act (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  "case" BIGINT,
  batch TEXT,
  what TEXT NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT act_about CHECK (num_nonnulls("case", batch) = 1),
  CONSTRAINT act_what CHECK (what in ('assigned', 'retried', 'released', 'closed', 'passed', 'discarded')),
  CONSTRAINT act_why CHECK (why <> '' and who <> ''),
  FOREIGN KEY("case") REFERENCES hub."case" (id),
  FOREIGN KEY(batch) REFERENCES hub.batch (id)
)""",
    """COMMENT ON TABLE hub."act" IS 'What people, or the hub by itself, did to a case or a held batch; only ever appended'""",
    """COMMENT ON COLUMN hub."act"."who" IS 'a name given by the person, or hub'""",
    """COMMENT ON COLUMN hub."act"."why" IS 'the reason in the person''s words; no value of a record'""",
    'CREATE INDEX act_case ON hub.act ("case")',
    "CREATE INDEX act_batch ON hub.act (batch)",
    """
CREATE FUNCTION hub.act_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'hub.act is only ever appended to';
END $$""",
    "CREATE TRIGGER act_stays BEFORE UPDATE OR DELETE ON hub.act FOR EACH STATEMENT EXECUTE FUNCTION hub.act_stays()",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("act", schema="hub")
    op.execute("DROP FUNCTION hub.act_stays()")
