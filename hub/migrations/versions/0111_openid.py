"""Which identity of a provider opens which account of the workbench, and sign-ins on their way there."""

from alembic import op

revision = "0111"
down_revision = "0122"

TABLES = [
    """
CREATE TABLE hub.account_identity (
	issuer TEXT NOT NULL,
	subject TEXT NOT NULL,
	login TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (issuer, subject),
	CONSTRAINT account_identity_said CHECK (issuer <> '' and subject <> ''),
	FOREIGN KEY(login) REFERENCES hub.account (login)
)""",
    """COMMENT ON TABLE hub.account_identity IS 'Which identity of a provider opens which account, as an administrator said'""",
    """COMMENT ON COLUMN hub.account_identity.subject IS 'what the provider calls the person, for ever'""",
    """
CREATE TABLE hub.account_openid (
	state BYTEA NOT NULL,
	nonce TEXT NOT NULL,
	verifier TEXT NOT NULL,
	next TEXT NOT NULL,
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (state)
)""",
    """COMMENT ON TABLE hub.account_openid IS 'Sign-ins on their way to a provider; a row goes when the browser comes back'""",
    """COMMENT ON COLUMN hub.account_openid.state IS 'SHA-256 of what the browser brings back'""",
]
ACTS = ("added", "disabled", "password set", "password changed", "signed in", "refused", "signed out")


def _acts(known: tuple[str, ...], how: str = "") -> None:
    op.execute("ALTER TABLE hub.account_act DROP CONSTRAINT account_act_what")
    op.execute(f"ALTER TABLE hub.account_act ADD CONSTRAINT account_act_what CHECK (what in {known}){how}")


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    _acts((*ACTS, "linked"))


def downgrade() -> None:
    op.execute("DROP TABLE hub.account_openid, hub.account_identity")
    _acts(ACTS, " NOT VALID")
