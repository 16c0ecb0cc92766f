"""What OpenID Connect keeps in the database: sign-ins on their way, and which subject opens which account."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, LargeBinary, Table, Text

from hub.accounts import store
from hub.accounts.openid import Begun
from hub.accounts.store import Account, AccountUnfit
from hub.accounts.tables import account
from hub.core.actions import Actor
from hub.core.errors import KeyTaken
from hub.core.tables import Moment, metadata

KEPT = timedelta(minutes=10)

account_identity = Table(
    "account_identity",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True, comment="what the provider calls the person, for ever"),
    Column("login", Text, ForeignKey("hub.account.login"), nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("issuer <> '' and subject <> ''", name="account_identity_said"),
    comment="Which identity of a provider opens which account, as an administrator said",
)
account_openid = Table(
    "account_openid",
    metadata,
    Column("state", LargeBinary, primary_key=True, comment="SHA-256 of what the browser brings back"),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("next", Text, nullable=False),
    Column("ends_at", Moment, nullable=False),
    comment="Sign-ins on their way to a provider; a row goes when the browser comes back",
)


@dataclass(frozen=True)
class Kept:
    """A sign-in that came back."""

    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    next: str


def keep(connection: sa.Connection, begun: Begun, target: str, now: datetime) -> None:
    """Keep a sign-in until it comes back; those that never did go."""
    connection.execute(sa.delete(account_openid).where(account_openid.c.ends_at <= now))
    row = {"state": _hash(begun.state), "nonce": begun.nonce, "verifier": begun.verifier, "next": target}
    connection.execute(sa.insert(account_openid).values(**row, ends_at=now + KEPT))


def take(connection: sa.Connection, state: str, now: datetime) -> Kept | None:
    """The sign-in of a state, once."""
    o = account_openid.c
    gone = sa.delete(account_openid).where(o.state == _hash(state)).returning(o.nonce, o.verifier, o.next, o.ends_at)
    row = connection.execute(gone).one_or_none()
    return Kept(row.nonce, row.verifier, row.next) if row is not None and row.ends_at > now else None


def link(connection: sa.Connection, login: str, issuer: str, subject: str, person: Actor, now: datetime) -> None:
    """Say that an identity opens an account; the given password is no longer asked to be changed.

    Raises:
        NotFound: no such account.
        AccountUnfit: the identity opens an account already.
    """
    store.require(connection, login)
    try:
        with connection.begin_nested():
            row = {"issuer": issuer, "subject": subject, "login": login, "at": now}
            connection.execute(sa.insert(account_identity).values(**row))
    except KeyTaken:
        raise AccountUnfit("This identity opens an account already", hint="hub accounts list") from None
    connection.execute(sa.update(account).where(account.c.login == login).values(must_change=False))
    store.note(connection, login, "linked", person, now)


def account_of(connection: sa.Connection, issuer: str, subject: str, now: datetime) -> Account | None:
    """The account that an identity opens, if it is not disabled; its sign-in is noted."""
    i = account_identity.c
    query = (
        sa.select(account)
        .join(account_identity, i.login == account.c.login)
        .where(i.issuer == issuer, i.subject == subject, account.c.disabled_at.is_(None))
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    store.note(connection, row.login, "signed in", Actor(row.login, "by the provider of identities"), now)
    return store.of_row(row)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
