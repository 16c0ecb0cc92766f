"""Looks of operators are rows of the audit log with their reason; break-glass questions are marked, and reviewed."""

from alembic import op

revision = "0062"
down_revision = "0061"

WHAT = (
    "decisions", "preview", "extract", "record", "answer", "prefill", "evidence", "status", "report", "use", "refuse", "confirm",
)  # fmt: skip
KINDS = (
    "hour", "misses", "day", "officer", "subjects", "subject", "denied", "census", "replay", "overdue", "escalated", "waiver",
    "unwatched",
)  # fmt: skip


def _check(table: str, name: str, column: str, values: tuple[str, ...], how: str = "") -> None:
    op.execute(f"ALTER TABLE hub.{table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE hub.{table} ADD CONSTRAINT {name} CHECK ({column} in {values}){how}")


def upgrade() -> None:
    _check("audit", "audit_what", "what", (*WHAT, "look"), " NOT VALID")  # its rows were checked by the narrower one
    _check("alert", "alert_kind", "kind", (*KINDS, "break-glass", "unreviewed"))
    op.execute("ALTER TABLE hub.audit ADD COLUMN because TEXT")
    op.execute("COMMENT ON COLUMN hub.audit.because IS 'why an operator looked, in his or her words; no value of a record'")
    op.execute("ALTER TABLE hub.audit ADD COLUMN break_glass BOOLEAN DEFAULT false NOT NULL")
    op.execute("COMMENT ON COLUMN hub.audit.break_glass IS 'under a purpose for which nobody can wait: reviewed within a day'")
    op.execute("CREATE INDEX audit_break_glass ON hub.audit (id) WHERE break_glass")
    op.execute("""
CREATE TABLE hub.audit_review (
	audit BIGINT NOT NULL,
	justified BOOLEAN NOT NULL,
	who TEXT NOT NULL,
	why TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (audit),
	CONSTRAINT audit_review_said CHECK (who <> '' and why <> ''),
	FOREIGN KEY(audit) REFERENCES hub.audit (id)
)""")
    op.execute(
        "COMMENT ON TABLE hub.audit_review IS 'Who looked at a question under a break-glass purpose, and whether it was justified;"
        " only ever appended'"
    )
    op.execute(
        "CREATE TRIGGER audit_review_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.audit_review"
        " FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()"
    )


def downgrade() -> None:
    op.execute("DROP TABLE hub.audit_review")
    op.execute("ALTER TABLE hub.audit DROP COLUMN break_glass, DROP COLUMN because")
    _check("alert", "alert_kind", "kind", KINDS, " NOT VALID")
    _check("audit", "audit_what", "what", WHAT, " NOT VALID")
