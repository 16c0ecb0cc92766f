"""The way out: feeds, the outbox that merges fill, deliveries and what was in each, what people approved and pinned."""

from alembic import op

revision = "0080"
down_revision = "0062"

TABLES = [
    """
CREATE TABLE hub.feed (
	id TEXT NOT NULL,
	contract TEXT NOT NULL,
	active BOOLEAN DEFAULT true NOT NULL,
	PRIMARY KEY (id)
)""",
    "COMMENT ON TABLE hub.feed IS 'Feeds of the deployment, written when a loading process starts: what the merge notes batches for'",
    "COMMENT ON COLUMN hub.feed.id IS 'name of its file in feeds/'",
    "COMMENT ON COLUMN hub.feed.active IS 'whether batches are noted for it'",
    """
CREATE TABLE hub.outbox (
	feed TEXT NOT NULL,
	batch BIGINT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	sequence BIGINT,
	PRIMARY KEY (feed, batch),
	FOREIGN KEY(feed) REFERENCES hub.feed (id),
	FOREIGN KEY(batch) REFERENCES hub.batch (serial)
)""",
    "COMMENT ON TABLE hub.outbox IS 'Batches that changed what a feed carries; one row a batch and feed, written by the merge'",
    "COMMENT ON COLUMN hub.outbox.at IS 'when the batch was merged'",
    "COMMENT ON COLUMN hub.outbox.sequence IS 'the delivery that took it; null: waits'",
    'CREATE INDEX outbox_waiting ON hub.outbox (feed, batch) WHERE sequence IS NULL',
    """
CREATE TABLE hub.delivery (
	feed TEXT NOT NULL,
	sequence BIGINT NOT NULL,
	kind TEXT NOT NULL,
	state TEXT DEFAULT 'built' NOT NULL,
	receiver TEXT NOT NULL,
	terms TEXT NOT NULL,
	grants TEXT[] NOT NULL,
	legal_bases TEXT[] NOT NULL,
	columns TEXT[] NOT NULL,
	form TEXT NOT NULL,
	manifest BYTEA NOT NULL,
	signature BYTEA NOT NULL,
	digest TEXT NOT NULL,
	file TEXT NOT NULL,
	content_sha256 TEXT NOT NULL,
	once BYTEA NOT NULL,
	built_at TIMESTAMP WITH TIME ZONE NOT NULL,
	valid_until TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	deleted_at TIMESTAMP WITH TIME ZONE,
	put BIGINT NOT NULL,
	deleted BIGINT NOT NULL,
	released BIGINT DEFAULT 0 NOT NULL,
	acknowledged BIGINT DEFAULT 0 NOT NULL,
	refused BIGINT DEFAULT 0 NOT NULL,
	waiting BIGINT DEFAULT 0 NOT NULL,
	unknown BIGINT DEFAULT 0 NOT NULL,
	PRIMARY KEY (feed, sequence),
	CONSTRAINT delivery_kind CHECK (kind in ('snapshot', 'delta')),
	CONSTRAINT delivery_state CHECK (state in ('built', 'released', 'sent', 'acknowledged', 'refused', 'unknown')),
	CONSTRAINT delivery_sequence CHECK (sequence >= 1),
	CONSTRAINT delivery_balances CHECK (released = acknowledged + refused + waiting + unknown),
	CONSTRAINT delivery_released_whole CHECK (released = case when state = 'built' then 0 else put + deleted end),
	FOREIGN KEY(feed) REFERENCES hub.feed (id),
	UNIQUE (digest)
)""",
    "COMMENT ON TABLE hub.delivery IS 'Issues of feeds: the same bytes under the same number for ever'",
    "COMMENT ON COLUMN hub.delivery.sequence IS 'from 1, without a gap'",
    "COMMENT ON COLUMN hub.delivery.receiver IS 'identity code of the agency'",
    "COMMENT ON COLUMN hub.delivery.terms IS 'hash of receiver, columns and grants under which it was built'",
    "COMMENT ON COLUMN hub.delivery.manifest IS 'as it was signed'",
    "COMMENT ON COLUMN hub.delivery.digest IS 'SHA-256 of the manifest; the next delivery names it'",
    "COMMENT ON COLUMN hub.delivery.file IS 'name of the payload'",
    "COMMENT ON COLUMN hub.delivery.content_sha256 IS 'of its lines: what a rebuilt one is compared by'",
    "COMMENT ON COLUMN hub.delivery.once IS 'the key made for it, sealed: with it the same bytes can be made again'",
    "COMMENT ON COLUMN hub.delivery.expires_at IS 'end of its retention: then hash and counts remain'",
    "COMMENT ON COLUMN hub.delivery.deleted_at IS 'when its payload was deleted here'",
    "COMMENT ON COLUMN hub.delivery.released IS 'items that may leave'",
    """
CREATE TABLE hub.delivery_item (
	feed TEXT NOT NULL,
	sequence BIGINT NOT NULL,
	number BIGINT NOT NULL,
	system TEXT COLLATE "C" NOT NULL,
	key TEXT COLLATE "C" NOT NULL,
	operation TEXT NOT NULL,
	batch BIGINT,
	PRIMARY KEY (feed, sequence, number),
	FOREIGN KEY(feed, sequence) REFERENCES hub.delivery (feed, sequence) ON DELETE cascade,
	CONSTRAINT delivery_item_operation CHECK (operation in ('put', 'delete')),
	CONSTRAINT delivery_item_version CHECK ((operation = 'put') = (batch is not null))
)""",
    "COMMENT ON TABLE hub.delivery_item IS 'What was in each delivery: key and version, never a value. The newest line of a key says what the receiver holds'",
    "COMMENT ON COLUMN hub.delivery_item.number IS 'its line, from 1'",
    "COMMENT ON COLUMN hub.delivery_item.key IS 'the source''s own record id'",
    "COMMENT ON COLUMN hub.delivery_item.batch IS 'which version of the record: the batch that brought it; null: it was deleted'",
    "CREATE INDEX delivery_item_gone ON hub.delivery_item (feed, key, system, sequence) WHERE operation = 'delete'",
    'CREATE INDEX delivery_item_held ON hub.delivery_item (feed, key, system, sequence)',
    """
CREATE TABLE hub.feed_approval (
	feed TEXT NOT NULL,
	terms TEXT NOT NULL,
	who TEXT NOT NULL,
	why TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (feed, terms),
	CONSTRAINT feed_approval_said CHECK (who <> '' and why <> ''),
	FOREIGN KEY(feed) REFERENCES hub.feed (id)
)""",
    "COMMENT ON TABLE hub.feed_approval IS 'A person let a feed begin under these terms; only ever appended'",
    "COMMENT ON COLUMN hub.feed_approval.terms IS 'what was approved: hash of receiver, columns and grants'",
    """
CREATE TABLE hub.receiver_key (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	receiver TEXT NOT NULL,
	use TEXT NOT NULL,
	key TEXT NOT NULL,
	pem TEXT NOT NULL,
	who TEXT NOT NULL,
	why TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT receiver_key_use CHECK (use in ('opening', 'signing')),
	CONSTRAINT receiver_key_said CHECK (who <> '' and why <> '')
)""",
    "COMMENT ON TABLE hub.receiver_key IS 'Public keys of receivers, as a person pinned them; the newest of each use counts; only ever appended'",
    "COMMENT ON COLUMN hub.receiver_key.receiver IS 'identity code of the agency'",
    "COMMENT ON COLUMN hub.receiver_key.use IS 'opening: payloads are sealed for it; signing: its receipts'",
    "COMMENT ON COLUMN hub.receiver_key.key IS 'id of the key, as the receiver read it out'",
    "COMMENT ON COLUMN hub.receiver_key.pem IS 'the public key'",
    'CREATE INDEX receiver_key_newest ON hub.receiver_key (receiver, use, id)',
]
KINDS = "('decisions', 'preview', 'extract', 'record', 'answer', 'prefill', 'evidence', 'status', 'report', 'use', 'refuse', 'confirm', 'look')"
WITH_DELIVERIES = "('decisions', 'preview', 'extract', 'record', 'answer', 'prefill', 'evidence', 'status', 'report', 'use', 'refuse', 'confirm', 'look', 'delivery')"


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table in ("feed_approval", "receiver_key"):
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()"
        )
    op.execute("ALTER TABLE hub.audit DROP CONSTRAINT audit_what")
    op.execute(f"ALTER TABLE hub.audit ADD CONSTRAINT audit_what CHECK (what in {WITH_DELIVERIES})")


def downgrade() -> None:
    op.execute("ALTER TABLE hub.audit DROP CONSTRAINT audit_what")
    op.execute(f"ALTER TABLE hub.audit ADD CONSTRAINT audit_what CHECK (what in {KINDS}) NOT VALID")
    op.execute(
        "DROP TABLE hub.receiver_key, hub.feed_approval, hub.delivery_item, hub.delivery, hub.outbox, hub.feed"
    )
