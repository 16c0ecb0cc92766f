"""Keys that seal, one after the other, and how far sealing again has come. Sealed columns of tables that are only ever
appended to may be sealed again: the trigger lets nothing else of a row change."""

from alembic import op

revision = "0073"
down_revision = "0060"

SEALED = {"error_report": "said", "ministry_question": "content", "decision_question": "content"}
STATEMENTS = [
    """
CREATE TABLE hub.sealing_key (
	name TEXT NOT NULL,
	since TIMESTAMP WITH TIME ZONE NOT NULL,
	made_by TEXT NOT NULL,
	because TEXT NOT NULL,
	alone_since TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (name)
)""",
    "COMMENT ON TABLE hub.sealing_key IS 'Keys that seal, one after the other'",
    "COMMENT ON COLUMN hub.sealing_key.name IS 'it tells nothing about the key'",
    "COMMENT ON COLUMN hub.sealing_key.since IS 'when it began to seal what is new'",
    "COMMENT ON COLUMN hub.sealing_key.alone_since IS 'when nothing needed an older key any more, and those left the key file'",
    """
CREATE TABLE hub.resealing (
	key TEXT NOT NULL,
	place TEXT NOT NULL,
	position JSONB,
	resealed BIGINT NOT NULL,
	looked_at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (key, place)
)""",
    "COMMENT ON TABLE hub.resealing IS 'How far sealing again has come'",
    "COMMENT ON COLUMN hub.resealing.key IS 'name of the key with which is sealed again'",
    "COMMENT ON COLUMN hub.resealing.place IS 'a table, or the landing'",
    "COMMENT ON COLUMN hub.resealing.position IS 'key of the last row looked at; none: the walk came to its end'",
    "COMMENT ON COLUMN hub.resealing.resealed IS 'values sealed again until now'",
    """
CREATE FUNCTION hub.stays_but_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('hub.resealing', true) = 'on'
     AND to_jsonb(NEW) - TG_ARGV[0] = to_jsonb(OLD) - TG_ARGV[0]
     AND (to_jsonb(NEW) -> TG_ARGV[0] = 'null') = (to_jsonb(OLD) -> TG_ARGV[0] = 'null') THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'hub.% is only ever appended to', TG_TABLE_NAME;
END $$""",
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table, column in SEALED.items():
        op.execute(f"DROP TRIGGER {table}_stays ON hub.{table}")
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE DELETE OR TRUNCATE ON hub.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_seal BEFORE UPDATE ON hub.{table}"
            f" FOR EACH ROW EXECUTE FUNCTION hub.stays_but_seal('{column}')"
        )


def downgrade() -> None:
    for table in SEALED:
        op.execute(f"DROP TRIGGER {table}_seal ON hub.{table}")
        op.execute(f"DROP TRIGGER {table}_stays ON hub.{table}")
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()"
        )
    op.execute("DROP FUNCTION hub.stays_but_seal()")
    op.execute("DROP TABLE hub.resealing, hub.sealing_key")
