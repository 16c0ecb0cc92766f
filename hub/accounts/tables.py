"""Tables of accounts (schema `hub`)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from hub.accounts.roles import AccountRole
from hub.core.tables import Moment, metadata

ROLES = tuple(str(role) for role in AccountRole)
ACTS = ("added", "disabled", "password set", "password changed", "signed in", "refused", "signed out", "linked")

account = Table(
    "account",
    metadata,
    Column("login", Text, primary_key=True),
    Column("name", Text, nullable=False, comment="of the officer, as pages show it"),
    Column("role", Text, nullable=False),
    Column("unit", Text, nullable=False, server_default="", comment="code of the unit that a clerk is held to"),
    Column("password", Text, nullable=False, comment="scrypt, with its parameters"),
    Column("must_change", Boolean, nullable=False, server_default=text("true"), comment="the password was given"),
    Column("failures", Integer, nullable=False, server_default="0", comment="wrong passwords since the last right one"),
    Column("waits_until", Moment, comment="no try is looked at before, because of the failures"),
    Column("added_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    CheckConstraint(f"role in {ROLES}", name="account_role"),
    CheckConstraint("(role = 'clerk') = (unit <> '')", name="account_unit"),
    CheckConstraint("login ~ '^[a-z][a-z0-9]{1,31}$' and name <> ''", name="account_said"),
    comment="A person who may sign in to the workbench",
)

account_session = Table(
    "account_session",
    metadata,
    Column("token", LargeBinary, primary_key=True, comment="SHA-256 of what the browser holds"),
    Column("login", Text, ForeignKey("hub.account.login"), nullable=False),
    Column("csrf", Text, nullable=False, comment="what every form of it must bring back"),
    Column("began_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    comment="Who is signed in; a row goes with its end",
)
Index("account_session_login", account_session.c.login)

account_act = Table(
    "account_act",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("login", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint(f"what in {ACTS}", name="account_act_what"),
    CheckConstraint("who <> '' and why <> ''", name="account_act_said"),
    comment="What was done to accounts, and who signed in; only ever appended",
)
Index("account_act_login", account_act.c.login)
