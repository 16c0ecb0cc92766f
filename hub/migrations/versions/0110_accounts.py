"""Accounts of the workbench, their sessions, and what was done to them."""

from alembic import op

revision = "0110"
down_revision = "0100"

TABLES = [
    """
CREATE TABLE hub.account (
	login TEXT NOT NULL,
	name TEXT NOT NULL,
	role TEXT NOT NULL,
	unit TEXT DEFAULT '' NOT NULL,
	password TEXT NOT NULL,
	must_change BOOLEAN DEFAULT true NOT NULL,
	failures INTEGER DEFAULT '0' NOT NULL,
	waits_until TIMESTAMP WITH TIME ZONE,
	added_at TIMESTAMP WITH TIME ZONE NOT NULL,
	disabled_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (login),
	CONSTRAINT account_role CHECK (role in ('engineer', 'auditor', 'clerk', 'jurist', 'leader', 'administrator')),
	CONSTRAINT account_unit CHECK ((role = 'clerk') = (unit <> '')),
	CONSTRAINT account_said CHECK (login ~ '^[a-z][a-z0-9]{1,31}$' and name <> '')
)""",
    """COMMENT ON TABLE hub.account IS 'A person who may sign in to the workbench'""",
    """COMMENT ON COLUMN hub.account.name IS 'of the officer, as pages show it'""",
    """COMMENT ON COLUMN hub.account.unit IS 'code of the unit that a clerk is held to'""",
    """COMMENT ON COLUMN hub.account.password IS 'scrypt, with its parameters'""",
    """COMMENT ON COLUMN hub.account.must_change IS 'the password was given'""",
    """COMMENT ON COLUMN hub.account.failures IS 'wrong passwords since the last right one'""",
    """COMMENT ON COLUMN hub.account.waits_until IS 'no try is looked at before, because of the failures'""",
    """
CREATE TABLE hub.account_session (
	token BYTEA NOT NULL,
	login TEXT NOT NULL,
	csrf TEXT NOT NULL,
	began_at TIMESTAMP WITH TIME ZONE NOT NULL,
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (token),
	FOREIGN KEY(login) REFERENCES hub.account (login)
)""",
    """COMMENT ON TABLE hub.account_session IS 'Who is signed in; a row goes with its end'""",
    """COMMENT ON COLUMN hub.account_session.token IS 'SHA-256 of what the browser holds'""",
    """COMMENT ON COLUMN hub.account_session.csrf IS 'what every form of it must bring back'""",
    """CREATE INDEX account_session_login ON hub.account_session (login)""",
    """
CREATE TABLE hub.account_act (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	login TEXT NOT NULL,
	what TEXT NOT NULL,
	who TEXT NOT NULL,
	why TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT account_act_what CHECK (what in ('added', 'disabled', 'password set', 'password changed', 'signed in', 'refused', 'signed out')),
	CONSTRAINT account_act_said CHECK (who <> '' and why <> '')
)""",
    """COMMENT ON TABLE hub.account_act IS 'What was done to accounts, and who signed in; only ever appended'""",
    """CREATE INDEX account_act_login ON hub.account_act (login)""",
]


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER account_act_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.account_act"
        " FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()"
    )


def downgrade() -> None:
    op.execute("DROP TABLE hub.account_act, hub.account_session, hub.account")
