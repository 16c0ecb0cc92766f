"""Sessions of the workbench: kept here, so they can be ended; the browser holds a random text, the database its hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.accounts import store
from hub.accounts.store import Account
from hub.accounts.tables import account, account_session
from hub.core.actions import Actor

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)
SEEN_AGAIN = timedelta(minutes=1)
"""How often a session's last use is written down."""


@dataclass(frozen=True)
class SignedIn:
    """A session and whose it is."""

    account: Account
    csrf: str = field(repr=False)
    token: bytes = field(repr=False)


def begin(connection: sa.Connection, login: str, now: datetime) -> str:
    """Begin a session; returns what the browser keeps. Sessions that are over go with it."""
    over = (account_session.c.ends_at <= now) | (account_session.c.seen_at <= now - IDLE)
    connection.execute(sa.delete(account_session).where(over))
    text = secrets.token_urlsafe(32)
    row = {"token": _hash(text), "login": login, "csrf": secrets.token_urlsafe(32)}
    connection.execute(sa.insert(account_session).values(**row, began_at=now, seen_at=now, ends_at=now + LONGEST))
    return text


def find(connection: sa.Connection, text: str, now: datetime) -> SignedIn | None:
    """The session of a text; None: there is none, it is over, or its account is disabled."""
    s, a = account_session.c, account.c
    query = (
        sa.select(account, s.token, s.csrf, s.seen_at)
        .join(account_session, s.login == a.login)
        .where(s.token == _hash(text), s.ends_at > now, s.seen_at > now - IDLE, a.disabled_at.is_(None))
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.seen_at < now - SEEN_AGAIN:
        connection.execute(sa.update(account_session).where(s.token == row.token).values(seen_at=now))
    return SignedIn(store.of_row(row), row.csrf, row.token)


def end(connection: sa.Connection, session: SignedIn, now: datetime) -> None:
    """Sign out."""
    connection.execute(sa.delete(account_session).where(account_session.c.token == session.token))
    login = session.account.login
    store.note(connection, login, "signed out", Actor(login, "own act"), now)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
