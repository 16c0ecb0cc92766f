"""Quarantined records are asked for again by key, and their cases close by themselves; a reading of its own for it."""

from alembic import op

revision = "0030"
down_revision = "0029"

MODES = "'live', 'full', 'window', 'replay'"

DDL = (
    """ALTER TABLE hub."case"
  ADD COLUMN version TIMESTAMP WITH TIME ZONE,
  ADD COLUMN record_owner TEXT,
  ADD COLUMN asked INTEGER DEFAULT '0' NOT NULL,
  ADD COLUMN ask_at TIMESTAMP WITH TIME ZONE""",
    """COMMENT ON COLUMN hub."case".version IS 'change time of the record, where it can be read'""",
    """COMMENT ON COLUMN hub."case".record_owner IS 'key of the record that owns it; null where none does'""",
    """COMMENT ON COLUMN hub."case".asked IS 'how often the source was asked for the record again'""",
    """COMMENT ON COLUMN hub."case".ask_at IS 'when it may be asked for next'""",
    """UPDATE hub."case" SET ask_at = opened_at WHERE state = 'open'""",
    # A merge closes cases whose records came good, and a reading asks for some again: both look at open ones only.
    """CREATE INDEX case_open ON hub."case" (stream, dataset, record_key) WHERE state = 'open'""",
    """CREATE INDEX case_due ON hub."case" (stream, ask_at) WHERE state = 'open'""",
    # A share of bad records counts over the stream's last thousand.
    "CREATE INDEX batch_applied ON hub.batch (stream, serial) WHERE state = 'applied'",
    "ALTER TABLE hub.run DROP CONSTRAINT run_mode",
    f"ALTER TABLE hub.run ADD CONSTRAINT run_mode CHECK (mode in ({MODES}, 'again'))",
    "COMMENT ON COLUMN hub.run.mode IS 'live, full, window, replay, again'",
    """
CREATE TABLE hub.behind (
  run TEXT NOT NULL,
  dataset TEXT NOT NULL,
  record_key TEXT NOT NULL,
  version TIMESTAMP WITH TIME ZONE,
  hash BYTEA,
  record_owner TEXT,
  PRIMARY KEY (run, dataset, record_key),
  FOREIGN KEY(run) REFERENCES hub.run (id)
)""",
    "COMMENT ON TABLE hub.behind IS 'Records that a full reading gave older than they are here; judged when it ends'",
    "COMMENT ON COLUMN hub.behind.hash IS 'fingerprint of the content as it was read; null: the record was not among its owner''s'",
    "COMMENT ON COLUMN hub.behind.record_owner IS 'key of the record that owns it; null where none does'",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE hub.behind")
    op.execute("UPDATE hub.run SET mode = 'window' WHERE mode = 'again'")
    op.execute("ALTER TABLE hub.run DROP CONSTRAINT run_mode")
    op.execute(f"ALTER TABLE hub.run ADD CONSTRAINT run_mode CHECK (mode in ({MODES}))")
    op.execute("DROP INDEX hub.batch_applied, hub.case_due, hub.case_open")
    op.execute(
        'ALTER TABLE hub."case" DROP COLUMN version, DROP COLUMN record_owner, DROP COLUMN asked, DROP COLUMN ask_at'
    )
