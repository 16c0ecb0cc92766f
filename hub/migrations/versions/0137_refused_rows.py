"""Rows that a receiver refused: lines and reasons of its signed answers, and cases that came of them."""

from alembic import op

revision = "0137"
down_revision = "0132"

STATEMENTS = (
    """
CREATE TABLE hub.delivery_refusal (
	answer BIGINT NOT NULL,
	number BIGINT NOT NULL,
	feed TEXT NOT NULL,
	sequence BIGINT NOT NULL,
	reason TEXT NOT NULL,
	field TEXT NOT NULL,
	PRIMARY KEY (answer, number),
	FOREIGN KEY(answer) REFERENCES hub.delivery_answer (id)
)""",
    "COMMENT ON TABLE hub.delivery_refusal IS 'Lines of deliveries that receivers refused, by their signed answers; only ever appended'",
    "COMMENT ON COLUMN hub.delivery_refusal.number IS 'its line in the delivery, from 1'",
    "COMMENT ON COLUMN hub.delivery_refusal.reason IS 'the receiver''s code'",
    "COMMENT ON COLUMN hub.delivery_refusal.field IS 'wire name of the field that it names; empty: none'",
    "CREATE INDEX delivery_refusal_of ON hub.delivery_refusal (feed, sequence)",
    """
CREATE TABLE hub.refusal_look (
	answer BIGINT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (answer),
	FOREIGN KEY(answer) REFERENCES hub.delivery_answer (id)
)""",
    "COMMENT ON TABLE hub.refusal_look IS 'Answers of receivers by which cases were opened or closed; those without a row wait'",
    """
INSERT INTO hub.delivery_refusal (answer, number, feed, sequence, reason, field)
SELECT a.id, CAST(r ->> 'line' AS BIGINT), a.feed, a.sequence, r ->> 'reason', ''
FROM hub.delivery_answer a, jsonb_array_elements(CAST(convert_from(a.body, 'UTF8') AS JSONB) -> 'refused') r
WHERE a.outcome = 'accepted' AND a.refused > 0""",
    'ALTER TABLE hub."case" ADD COLUMN feed TEXT',
    'ALTER TABLE hub."case" ADD COLUMN delivery BIGINT',
    'ALTER TABLE hub."case" ADD CONSTRAINT case_refused CHECK ((feed is null) = (delivery is null))',
    "COMMENT ON COLUMN hub.\"case\".feed IS 'the feed whose receiver refused it; null: the hub quarantined it'",
    "COMMENT ON COLUMN hub.\"case\".delivery IS 'number of the delivery in which it was refused last'",
    'CREATE INDEX case_of_feed ON hub."case" (feed, record_key) WHERE feed IS NOT NULL',
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in ("delivery_refusal", "refusal_look"):
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()"
        )


def downgrade() -> None:
    # Without these columns a refused record would count as one that the hub quarantined.
    op.execute('DELETE FROM hub.case_request WHERE "case" IN (SELECT id FROM hub."case" WHERE feed IS NOT NULL)')
    op.execute("ALTER TABLE hub.act DISABLE TRIGGER USER")
    op.execute('DELETE FROM hub.act WHERE "case" IN (SELECT id FROM hub."case" WHERE feed IS NOT NULL)')
    op.execute("ALTER TABLE hub.act ENABLE TRIGGER USER")
    op.execute('DELETE FROM hub."case" WHERE feed IS NOT NULL')
    op.execute("DROP INDEX hub.case_of_feed")
    op.execute('ALTER TABLE hub."case" DROP CONSTRAINT case_refused')
    op.execute('ALTER TABLE hub."case" DROP COLUMN feed, DROP COLUMN delivery')
    op.execute("DROP TABLE hub.refusal_look, hub.delivery_refusal")
