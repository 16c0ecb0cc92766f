"""The tables of the main path: streams, runs, landing, batches, ledger, cases, findings."""

from alembic import op

revision = "0001"
down_revision = None

DDL = """
CREATE TABLE hub.stream (
  id TEXT NOT NULL,
  system TEXT NOT NULL,
  contract TEXT NOT NULL,
  epoch BIGINT DEFAULT '0' NOT NULL,
  owner TEXT,
  position JSONB,
  last_batch TEXT,
  polled_at TIMESTAMP WITH TIME ZONE,
  paused BOOLEAN DEFAULT false NOT NULL,
  PRIMARY KEY (id)
);

COMMENT ON TABLE hub."stream" IS 'One contract read from one system';

COMMENT ON COLUMN hub."stream"."id" IS '<system>.<contract>, e.g. one-stop-760.dossier';

COMMENT ON COLUMN hub."stream"."epoch" IS 'grows with every run; only the newest may commit';

COMMENT ON COLUMN hub."stream"."owner" IS 'host and process of the newest run';

COMMENT ON COLUMN hub."stream"."position" IS 'how far the source has been read, in the source''s own time';

COMMENT ON COLUMN hub."stream"."last_batch" IS 'the batch applied last; the next one names it as its predecessor';

COMMENT ON COLUMN hub."stream"."polled_at" IS 'when the source was last read to its end: freshness';

CREATE TABLE hub.landing (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  stream TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  media_type TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  records INTEGER NOT NULL,
  request TEXT NOT NULL,
  "end" JSONB,
  refused JSONB DEFAULT '{}' NOT NULL,
  fetched_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT landing_once UNIQUE (stream, sha256),
  FOREIGN KEY(stream) REFERENCES hub.stream (id)
);

COMMENT ON TABLE hub."landing" IS 'A page as received; its bytes lie encrypted in the landing folder';

COMMENT ON COLUMN hub."landing"."sha256" IS 'of the plain bytes; names the file';

COMMENT ON COLUMN hub."landing"."records" IS 'by the source''s own word';

COMMENT ON COLUMN hub."landing"."request" IS 'what was asked, without secrets or personal data';

COMMENT ON COLUMN hub."landing"."end" IS 'greatest position among its records';

COMMENT ON COLUMN hub."landing"."refused" IS 'records the source refused by code';

CREATE TABLE hub.run (
  id TEXT NOT NULL,
  stream TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  mode TEXT NOT NULL,
  since JSONB,
  until TIMESTAMP WITH TIME ZONE,
  started_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  seconds NUMERIC(12, 3),
  PRIMARY KEY (id),
  CONSTRAINT run_mode CHECK (mode in ('live', 'full', 'window', 'replay')),
  CONSTRAINT run_epoch UNIQUE (stream, epoch),
  FOREIGN KEY(stream) REFERENCES hub.stream (id)
);

COMMENT ON TABLE hub."run" IS 'One reading of a stream';

COMMENT ON COLUMN hub."run"."mode" IS 'live, full, window, replay';

COMMENT ON COLUMN hub."run"."since" IS 'first position asked for; null: from the beginning';

CREATE TABLE hub.batch (
  id TEXT NOT NULL,
  serial BIGINT GENERATED ALWAYS AS IDENTITY,
  run TEXT NOT NULL,
  stream TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  number INTEGER NOT NULL,
  previous TEXT,
  base JSONB,
  "end" JSONB,
  state TEXT NOT NULL,
  contract_version TEXT NOT NULL,
  verdict JSONB,
  gate JSONB,
  gate_seconds NUMERIC(12, 3),
  landed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  settled_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (id),
  CONSTRAINT batch_state CHECK (state in ('landed', 'staged', 'applied', 'held', 'discarded')),
  UNIQUE (serial),
  FOREIGN KEY(run) REFERENCES hub.run (id),
  FOREIGN KEY(stream) REFERENCES hub.stream (id)
);

CREATE UNIQUE INDEX batch_no_fork ON hub.batch (stream, coalesce(previous, '')) WHERE state = 'applied';

CREATE INDEX batch_run ON hub.batch (run);

COMMENT ON TABLE hub."batch" IS 'The unit of atomic effect';

COMMENT ON COLUMN hub."batch"."id" IS 'hash of stream, mode, predecessor and pages: the same bytes give the same id';

COMMENT ON COLUMN hub."batch"."serial" IS 'its short number, carried by every row it wrote';

COMMENT ON COLUMN hub."batch"."number" IS 'its place in the run, from 1';

COMMENT ON COLUMN hub."batch"."previous" IS 'the batch applied before it';

COMMENT ON COLUMN hub."batch"."base" IS 'position it was read from';

COMMENT ON COLUMN hub."batch"."end" IS 'position after it';

COMMENT ON COLUMN hub."batch"."verdict" IS 'rule -> broken rows, a dataset, by the row engine';

COMMENT ON COLUMN hub."batch"."gate" IS 'rule -> broken rows by the declared suite, failed dataset rules, disagreements';

COMMENT ON COLUMN hub."batch"."settled_at" IS 'when it was applied, held or discarded';

CREATE TABLE hub.batch_page (
  batch TEXT NOT NULL,
  number INTEGER NOT NULL,
  landing BIGINT NOT NULL,
  PRIMARY KEY (batch, number),
  FOREIGN KEY(batch) REFERENCES hub.batch (id) ON DELETE cascade,
  FOREIGN KEY(landing) REFERENCES hub.landing (id)
);

COMMENT ON TABLE hub."batch_page" IS 'The pages of a batch';

COMMENT ON COLUMN hub."batch_page"."number" IS 'order within the batch, from 1';

CREATE TABLE hub."case" (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  stream TEXT NOT NULL,
  dataset TEXT NOT NULL,
  record_key TEXT,
  content UUID NOT NULL,
  rules TEXT[] NOT NULL,
  landing BIGINT NOT NULL,
  record INTEGER NOT NULL,
  state TEXT DEFAULT 'open' NOT NULL,
  owner TEXT NOT NULL,
  opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE NOT NULL,
  first_batch TEXT NOT NULL,
  last_batch TEXT NOT NULL,
  seen INTEGER DEFAULT '1' NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT case_state CHECK (state in ('open', 'released', 'closed')),
  CONSTRAINT case_once UNIQUE (stream, dataset, content),
  FOREIGN KEY(stream) REFERENCES hub.stream (id),
  FOREIGN KEY(landing) REFERENCES hub.landing (id),
  FOREIGN KEY(first_batch) REFERENCES hub.batch (id),
  FOREIGN KEY(last_batch) REFERENCES hub.batch (id)
);

COMMENT ON TABLE hub."case" IS 'A quarantined record with its reasons, its owner and its clock';

COMMENT ON COLUMN hub."case"."record_key" IS 'null when the record has none';

COMMENT ON COLUMN hub."case"."content" IS 'fingerprint of key, version and content: one case a faulty record';

COMMENT ON COLUMN hub."case"."rules" IS 'every broken rule';

COMMENT ON COLUMN hub."case"."landing" IS 'the record itself stays in the landed bytes';

COMMENT ON COLUMN hub."case"."record" IS 'its number in the page, from 1';

COMMENT ON COLUMN hub."case"."last_batch" IS 'the batch that saw it last';

CREATE TABLE hub.finding (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  stream TEXT NOT NULL,
  dataset TEXT NOT NULL,
  record_key TEXT NOT NULL,
  rule TEXT NOT NULL,
  batch TEXT NOT NULL,
  found_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT finding_once UNIQUE (stream, dataset, record_key, rule),
  FOREIGN KEY(stream) REFERENCES hub.stream (id),
  FOREIGN KEY(batch) REFERENCES hub.batch (id)
);

COMMENT ON TABLE hub."finding" IS 'Two facts disagree: the record is accepted and a person looks (decision 6)';

CREATE TABLE hub.ledger (
  batch TEXT NOT NULL,
  dataset TEXT NOT NULL,
  state TEXT NOT NULL,
  received BIGINT NOT NULL,
  accepted BIGINT NOT NULL,
  unchanged BIGINT NOT NULL,
  duplicate BIGINT NOT NULL,
  outdated BIGINT NOT NULL,
  quarantined BIGINT NOT NULL,
  removed BIGINT DEFAULT '0' NOT NULL,
  findings BIGINT DEFAULT '0' NOT NULL,
  PRIMARY KEY (batch, dataset),
  CONSTRAINT ledger_state CHECK (state in ('applied', 'held')),
  CONSTRAINT ledger_balances CHECK (state = 'held' or received = accepted + unchanged + duplicate + outdated + quarantined),
  FOREIGN KEY(batch) REFERENCES hub.batch (id)
);

COMMENT ON TABLE hub."ledger" IS 'One row a batch and table: every record received is accounted for';

COMMENT ON COLUMN hub."ledger"."received" IS 'records in the landed bytes';

COMMENT ON COLUMN hub."ledger"."accepted" IS 'rows the merge wrote as current';

COMMENT ON COLUMN hub."ledger"."unchanged" IS 'content equal to the current row''s';

COMMENT ON COLUMN hub."ledger"."duplicate" IS 'same key, version and content again in the batch';

COMMENT ON COLUMN hub."ledger"."outdated" IS 'older than the current version: history only';

COMMENT ON COLUMN hub."ledger"."quarantined" IS 'records that became cases';

COMMENT ON COLUMN hub."ledger"."removed" IS 'children that left with their owner''s new version; not received, so outside the equation';

COMMENT ON COLUMN hub."ledger"."findings" IS 'contradictions noted on accepted rows; outside the equation';
"""


def upgrade() -> None:
    for statement in DDL.split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    for table in ("finding", "case", "ledger", "batch_page", "batch", "landing", "run", "stream"):
        op.drop_table(table, schema="hub")
