"""Excuses of streams that owed something, and the index by which a day's readings are found."""

from alembic import op

revision = "0100"
down_revision = "0070"

DDL = (
    """
CREATE TABLE hub.delivery_excuse (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	stream TEXT NOT NULL,
	first_day DATE NOT NULL,
	last_day DATE NOT NULL,
	act TEXT NOT NULL,
	withdraws BIGINT,
	who TEXT NOT NULL,
	why TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (withdraws),
	CONSTRAINT delivery_excuse_days CHECK (first_day <= last_day),
	CONSTRAINT delivery_excuse_said CHECK (act <> '' and who <> '' and why <> ''),
	FOREIGN KEY(withdraws) REFERENCES hub.delivery_excuse (id)
)""",
    "COMMENT ON TABLE hub.delivery_excuse IS"
    " 'Days on which a stream owed nothing, by an act of a named person; only ever appended'",
    "COMMENT ON COLUMN hub.delivery_excuse.stream IS 'its id; it may never have been read'",
    "COMMENT ON COLUMN hub.delivery_excuse.act IS 'the document by which the stream owed nothing: number and day'",
    "COMMENT ON COLUMN hub.delivery_excuse.withdraws IS 'the excuse it ends'",
    "COMMENT ON COLUMN hub.delivery_excuse.who IS 'the name given by the person'",
    "COMMENT ON COLUMN hub.delivery_excuse.why IS 'the reason in the person''s words; no value of a record'",
    "CREATE INDEX delivery_excuse_stream ON hub.delivery_excuse (stream, first_day)",
    "CREATE TRIGGER delivery_excuse_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.delivery_excuse"
    " FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()",
    "CREATE INDEX run_begun ON hub.run (stream, started_at)",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX hub.run_begun")
    op.execute("DROP TABLE hub.delivery_excuse")
