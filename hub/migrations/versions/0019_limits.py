"""Limits that hold under load: questions in work have a place, misses are marked, and a limit that is reached is an
alert that somebody sees.
"""

from alembic import op

revision = "0019"
down_revision = "0018"

DDL = (
    "ALTER TABLE hub.audit ADD COLUMN missed BOOLEAN DEFAULT false NOT NULL",
    "COMMENT ON COLUMN hub.audit.missed IS 'a search found nothing that may be told: counts towards the hourly misses'",
    """
CREATE INDEX audit_counted ON hub.audit (agency, at) INCLUDE (outcome, missed)
WHERE outcome IN ('answered', 'nothing') OR missed""",
    # Unlogged: after a crash of the server nothing is in work, and an insert need not wait for the disk.
    """
CREATE UNLOGGED TABLE hub.in_flight (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  agency TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  PRIMARY KEY (id)
)""",
    "COMMENT ON TABLE hub.in_flight IS 'Questions that were let in and have no audit row yet: each holds a place within its agency''s limits'",
    "CREATE INDEX in_flight_agency ON hub.in_flight (agency)",
    # The answering side (hub_reader) may give a place back, and nothing else.
    """
CREATE FUNCTION hub.settle_place(place bigint) RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ DELETE FROM hub.in_flight WHERE id = place $$""",
    "REVOKE EXECUTE ON FUNCTION hub.settle_place FROM PUBLIC",
    """
CREATE TABLE hub.alert (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  kind TEXT NOT NULL,
  agency TEXT NOT NULL,
  hour TIMESTAMP WITH TIME ZONE NOT NULL,
  count BIGINT DEFAULT 1 NOT NULL,
  first_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  last_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT alert_once UNIQUE (kind, agency, hour),
  CONSTRAINT alert_kind CHECK (kind in ('hour', 'misses', 'day', 'census', 'replay'))
)""",
    "COMMENT ON TABLE hub.alert IS 'What somebody must look at: one row a kind, agency and hour; no personal data'",
    "COMMENT ON COLUMN hub.alert.hour IS 'by the database''s own clock, as the limits'",
    "COMMENT ON COLUMN hub.alert.count IS 'how often it happened within the hour'",
    """
CREATE TABLE hub.alert_act (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  alert BIGINT NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT alert_act_once UNIQUE (alert),
  CONSTRAINT alert_act_said CHECK (who <> '' and why <> ''),
  FOREIGN KEY(alert) REFERENCES hub.alert (id)
)""",
    "COMMENT ON TABLE hub.alert_act IS 'Who acknowledged an alert, and why; only ever appended'",
    "CREATE TRIGGER alert_act_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.alert_act FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    for statement in ("DROP TABLE hub.alert_act", "DROP TABLE hub.alert", "DROP FUNCTION hub.settle_place", "DROP TABLE hub.in_flight",
                      "DROP INDEX hub.audit_counted", "ALTER TABLE hub.audit DROP COLUMN missed"):
        op.execute(statement)
