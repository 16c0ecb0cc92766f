"""Audit rows name the records of their answer, by keyed hash and version; recalls, and who knows of them."""

from alembic import op

revision = "0095"
down_revision = "0094"

TABLES = [
    """
CREATE TABLE hub.recall (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	dataset TEXT NOT NULL,
	system TEXT COLLATE "C" NOT NULL,
	record_key TEXT COLLATE "C" NOT NULL,
	why TEXT NOT NULL,
	since TIMESTAMP WITH TIME ZONE NOT NULL,
	found_at TIMESTAMP WITH TIME ZONE NOT NULL,
	closed_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (id),
	CONSTRAINT recall_once UNIQUE (dataset, system, record_key, why, since),
	CONSTRAINT recall_why CHECK (why in ('corrected', 'left'))
)""",
    "COMMENT ON TABLE hub.recall IS 'Records whose older version somebody holds'",
    "COMMENT ON COLUMN hub.recall.why IS 'corrected: it has a newer version; left: a person ended it as gone'",
    "COMMENT ON COLUMN hub.recall.since IS 'change time of the newer version, or when it was ended'",
    "COMMENT ON COLUMN hub.recall.closed_at IS 'when the last of its notices was acknowledged'",
    "CREATE INDEX recall_open ON hub.recall (id) WHERE closed_at IS NULL",
    """
CREATE TABLE hub.recall_notice (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	recall BIGINT NOT NULL,
	kind TEXT NOT NULL,
	carrier TEXT NOT NULL,
	dataset TEXT NOT NULL,
	system TEXT COLLATE "C" NOT NULL,
	record_key TEXT COLLATE "C" NOT NULL,
	agency TEXT NOT NULL,
	reference TEXT NOT NULL,
	version TIMESTAMP WITH TIME ZONE,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	sent_at TIMESTAMP WITH TIME ZONE,
	acknowledged_at TIMESTAMP WITH TIME ZONE,
	who TEXT DEFAULT '' NOT NULL,
	how TEXT DEFAULT '' NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(recall) REFERENCES hub.recall (id),
	CONSTRAINT recall_notice_once UNIQUE (kind, carrier, dataset, system, record_key),
	CONSTRAINT recall_notice_kind CHECK (kind in ('decision', 'copy', 'record', 'answer', 'prefill', 'delivery')),
	CONSTRAINT recall_notice_said CHECK ((acknowledged_at is null) = (who = '') and (who = '') = (how = ''))
)""",
    "COMMENT ON TABLE hub.recall_notice IS 'One carrier of an older version, and whether it knows: the outbox of recalls'",
    "COMMENT ON COLUMN hub.recall_notice.carrier IS 'number of the decision, copy or audit row; id of the delivery'",
    "COMMENT ON COLUMN hub.recall_notice.agency IS 'who holds the older version'",
    "COMMENT ON COLUMN hub.recall_notice.reference IS 'the dossier or question, as the agency named it; or the feed'",
    "COMMENT ON COLUMN hub.recall_notice.version IS 'the version that was carried; null: the delivery''s own'",
    "COMMENT ON COLUMN hub.recall_notice.sent_at IS 'when the notice went out'",
    "COMMENT ON COLUMN hub.recall_notice.how IS 'the person''s words, or what settled it'",
    "CREATE INDEX recall_notice_open ON hub.recall_notice (recall) WHERE acknowledged_at IS NULL",
    "CREATE INDEX recall_notice_waiting ON hub.recall_notice (id) WHERE sent_at IS NULL",
    """
CREATE TABLE hub.recall_batch (
	batch BIGINT NOT NULL,
	PRIMARY KEY (batch),
	FOREIGN KEY(batch) REFERENCES hub.batch (serial)
)""",
    "COMMENT ON TABLE hub.recall_batch IS 'Batches in which corrections were looked for; those without a row wait'",
    "ALTER TABLE hub.audit ADD COLUMN records BYTEA[] DEFAULT '{}' NOT NULL",
    "ALTER TABLE hub.audit ADD COLUMN versions TIMESTAMP WITH TIME ZONE[] DEFAULT '{}' NOT NULL",
    "COMMENT ON COLUMN hub.audit.records IS 'keyed HMAC of the records that the answer was taken from; never a key'",
    "COMMENT ON COLUMN hub.audit.versions IS 'their versions, in the same order'",
    "ALTER TABLE hub.audit ADD CONSTRAINT audit_records CHECK (cardinality(records) = cardinality(versions))",
    "CREATE INDEX audit_record ON hub.audit USING gin (records)",
]


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE hub.audit DROP COLUMN records CASCADE, DROP COLUMN versions CASCADE")
    op.execute("DROP TABLE hub.recall_batch, hub.recall_notice, hub.recall")
