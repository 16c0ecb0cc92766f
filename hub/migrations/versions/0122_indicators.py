"""Indicators: what each dossier counts for, the sums of it, and how far both have come."""

from alembic import op

revision = "0122"
down_revision = "0121"

STATEMENTS = (
    """
CREATE TABLE hub.indicator_fact (
	system TEXT NOT NULL, 
	key TEXT NOT NULL, 
	unit TEXT NOT NULL, 
	field TEXT NOT NULL, 
	procedure TEXT NOT NULL, 
	month DATE NOT NULL, 
	due TIMESTAMP WITH TIME ZONE, 
	received SMALLINT NOT NULL, 
	synced SMALLINT NOT NULL, 
	in_time SMALLINT NOT NULL, 
	late SMALLINT NOT NULL, 
	unjudged SMALLINT NOT NULL, 
	finished SMALLINT NOT NULL, 
	handled_s BIGINT NOT NULL, 
	filed_online SMALLINT NOT NULL, 
	online SMALLINT NOT NULL, 
	by_post SMALLINT NOT NULL, 
	result_due SMALLINT NOT NULL, 
	electronic SMALLINT NOT NULL, 
	components SMALLINT NOT NULL, 
	digitised SMALLINT NOT NULL, 
	reusing SMALLINT NOT NULL, 
	reused SMALLINT NOT NULL, 
	unproven SMALLINT NOT NULL, 
	shared SMALLINT NOT NULL, 
	population SMALLINT NOT NULL, 
	fee_due SMALLINT NOT NULL, 
	paid_online SMALLINT NOT NULL, 
	rewritten SMALLINT NOT NULL, 
	PRIMARY KEY (system, key)
)""",
    "CREATE INDEX indicator_fact_open ON hub.indicator_fact (month) WHERE due is not null",
    "COMMENT ON TABLE hub.indicator_fact IS 'What each dossier counts for; names no person'",
    "COMMENT ON COLUMN hub.indicator_fact.key IS 'of the dossier at its system'",
    "COMMENT ON COLUMN hub.indicator_fact.unit IS 'code of the unit that handles it; empty: unknown'",
    "COMMENT ON COLUMN hub.indicator_fact.month IS 'first day of the month of receipt'",
    "COMMENT ON COLUMN hub.indicator_fact.due IS 'of a dossier that has not ended: when it becomes late; null: it has ended'",
    """
CREATE TABLE hub.indicator_cell (
	unit TEXT NOT NULL, 
	field TEXT NOT NULL, 
	procedure TEXT NOT NULL, 
	month DATE NOT NULL, 
	received BIGINT NOT NULL, 
	synced BIGINT NOT NULL, 
	in_time BIGINT NOT NULL, 
	late BIGINT NOT NULL, 
	unjudged BIGINT NOT NULL, 
	finished BIGINT NOT NULL, 
	handled_s BIGINT NOT NULL, 
	filed_online BIGINT NOT NULL, 
	online BIGINT NOT NULL, 
	by_post BIGINT NOT NULL, 
	result_due BIGINT NOT NULL, 
	electronic BIGINT NOT NULL, 
	components BIGINT NOT NULL, 
	digitised BIGINT NOT NULL, 
	reusing BIGINT NOT NULL, 
	reused BIGINT NOT NULL, 
	unproven BIGINT NOT NULL, 
	shared BIGINT NOT NULL, 
	population BIGINT NOT NULL, 
	fee_due BIGINT NOT NULL, 
	paid_online BIGINT NOT NULL, 
	rewritten BIGINT NOT NULL, 
	PRIMARY KEY (unit, field, procedure, month)
)""",
    "COMMENT ON TABLE hub.indicator_cell IS 'Sums of the facts by unit, field, procedure and month of receipt'",
    "COMMENT ON COLUMN hub.indicator_cell.received IS 'dossiers received'",
    "COMMENT ON COLUMN hub.indicator_cell.synced IS 'of these, told to a portal too'",
    "COMMENT ON COLUMN hub.indicator_cell.in_time IS 'ended in time, or asked for one supplement in time'",
    "COMMENT ON COLUMN hub.indicator_cell.late IS 'ended late, or asked for more than one supplement'",
    "COMMENT ON COLUMN hub.indicator_cell.unjudged IS 'without a day that was promised'",
    "COMMENT ON COLUMN hub.indicator_cell.finished IS 'done or returned'",
    "COMMENT ON COLUMN hub.indicator_cell.handled_s IS 'seconds from receipt to end, without the citizen''s'",
    "COMMENT ON COLUMN hub.indicator_cell.filed_online IS 'filed online'",
    "COMMENT ON COLUMN hub.indicator_cell.online IS 'filed online, and with an electronic result where a result is due'",
    "COMMENT ON COLUMN hub.indicator_cell.by_post IS 'filed by post'",
    "COMMENT ON COLUMN hub.indicator_cell.result_due IS 'done, of procedures that end in a paper'",
    "COMMENT ON COLUMN hub.indicator_cell.electronic IS 'of these, with code and link of the electronic result'",
    "COMMENT ON COLUMN hub.indicator_cell.components IS 'with digitised components'",
    "COMMENT ON COLUMN hub.indicator_cell.digitised IS 'with digitised components, and an electronic result where one is due'",
    "COMMENT ON COLUMN hub.indicator_cell.reusing IS 'with digitised components, by either signal of the formula (HoSoCoThanhPhanSoHoa, DuocSoHoa)'",
    "COMMENT ON COLUMN hub.indicator_cell.reused IS 'with a component marked as reused (DuocTaiSuDung 1 or 2)'",
    "COMMENT ON COLUMN hub.indicator_cell.unproven IS 'of these, none of the marks names the result that was reused'",
    "COMMENT ON COLUMN hub.indicator_cell.shared IS 'with a file from the personal store, or an electronic result told to a portal'",
    "COMMENT ON COLUMN hub.indicator_cell.population IS 'checked against population data'",
    "COMMENT ON COLUMN hub.indicator_cell.fee_due IS 'with a fee above nothing'",
    "COMMENT ON COLUMN hub.indicator_cell.paid_online IS 'of these, paid online'",
    "COMMENT ON COLUMN hub.indicator_cell.rewritten IS 'told to a portal as done although the system says 5, 6 or 8'",
    """
CREATE TABLE hub.indicator_mark (
	system TEXT NOT NULL, 
	serial BIGINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	basis TEXT NOT NULL, 
	PRIMARY KEY (system)
)""",
    "COMMENT ON TABLE hub.indicator_mark IS 'How far the indicators have come, a system'",
    "COMMENT ON COLUMN hub.indicator_mark.serial IS 'newest batch that is counted'",
    "COMMENT ON COLUMN hub.indicator_mark.at IS 'when it was counted, by the deployment''s clock'",
    "COMMENT ON COLUMN hub.indicator_mark.basis IS 'digest of lists and settings that facts depend on: another one counts anew'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in ("mark", "cell", "fact"):
        op.execute(f"DROP TABLE hub.indicator_{table}")
