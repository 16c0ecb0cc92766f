"""Accounts in the database: added and disabled by a person with a reason; signed in with a password.

After five wrong passwords each further try waits longer, up to a quarter of an hour, so nobody can guess and nobody can
lock a colleague out for long. A login that does not exist costs the same time as a wrong password.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from contracts.errors import Permanent
from hub.accounts import passwords
from hub.accounts.roles import RIGHTS, AccountRight, AccountRole
from hub.accounts.tables import account, account_act, account_session
from hub.core.actions import Actor
from hub.core.errors import KeyTaken, NotFound

LOGIN = re.compile(r"[a-z][a-z0-9]{1,31}")
"""Plain letters and digits only: two logins can never pass for one person (`hub/cases/waivers.py`)."""
FREE_TRIES = 5
LONGEST_WAIT = timedelta(minutes=15)


class AccountUnfit(Permanent):
    """An account cannot be as it was asked for."""

    exit_code = 2


class SignInRefused(Permanent):
    """Login and password do not open an account. Which of the two is wrong is not said."""


@dataclass(frozen=True)
class Account:
    """A person who is signed in."""

    login: str
    name: str
    role: AccountRole
    unit: str
    """Code of the unit that a clerk is held to; empty: the whole city."""
    must_change: bool

    def may(self, right: AccountRight) -> bool:
        return right in RIGHTS[self.role]


def add(
    connection: sa.Connection,
    login: str,
    name: str,
    role: str,
    unit: str,
    person: Actor,
    now: datetime,
    *,
    password: str = "",
) -> str:
    """Add an account; returns its password, made here unless it is given, to be changed at the first sign-in.

    Raises:
        AccountUnfit: login, role or unit is wrong, or the login is taken.
    """
    if not LOGIN.fullmatch(login):
        raise AccountUnfit("A login has 2 to 32 small letters and digits, a letter first", hint="lan, nguyenlan, qa1")
    if role not in (*AccountRole,):
        raise AccountUnfit(f"{role!r} is no role", hint=f"one of {', '.join(AccountRole)}")
    if (role == AccountRole.CLERK) != bool(unit):
        raise AccountUnfit("A clerk has a unit, and nobody else has", hint="--role clerk --unit 760")
    if not name.strip():
        raise AccountUnfit("An account has the name of its officer", hint="--name")
    given = password or made()
    values = {"login": login, "name": name.strip(), "role": role, "unit": unit, "must_change": not password}
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(account).values(**values, password=passwords.hashed(given), added_at=now))
    except KeyTaken:
        raise AccountUnfit(f"Login {login} is taken", hint="hub accounts list") from None
    note(connection, login, "added", person, now)
    return given


def made() -> str:
    """A new password: 80 bits in groups that can be read out."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def disable(connection: sa.Connection, login: str, person: Actor, now: datetime) -> None:
    """End an account and its sessions at once. Raises NotFound."""
    require(connection, login)
    connection.execute(
        sa.update(account).where(account.c.login == login, account.c.disabled_at.is_(None)).values(disabled_at=now)
    )
    connection.execute(sa.delete(account_session).where(account_session.c.login == login))
    note(connection, login, "disabled", person, now)


def renew(connection: sa.Connection, login: str, person: Actor, now: datetime) -> str:
    """A new password for somebody who lost it; its sessions end. Raises NotFound."""
    require(connection, login)
    given = made()
    _set(connection, login, given, must_change=True)
    note(connection, login, "password set", person, now)
    return given


def change(connection: sa.Connection, login: str, old: str, new: str, now: datetime) -> None:
    """The officer's own new password; every session ends, this one too.

    Raises:
        SignInRefused: the old one is wrong.
        PasswordUnfit: the new one is too short, or the old one.
    """
    if not passwords.matches(old, require(connection, login).password):
        raise SignInRefused("The old password is not right", hint="type it as it was given to you")
    if old == new:
        raise passwords.PasswordUnfit("The new password is the old one", hint="choose another")
    _set(connection, login, new, must_change=False)
    note(connection, login, "password changed", Actor(login, "own act"), now)


def sign_in(connection: sa.Connection, login: str, password: str, now: datetime) -> Account | None:
    """The account that a login and its password open; None: they do not, or it must wait. The caller commits both."""
    query = sa.select(account).where(account.c.login == login).with_for_update()
    found = connection.execute(query).one_or_none()
    if found is None or found.disabled_at is not None:
        passwords.matches(password, _decoy())
        return None
    if found.waits_until is not None and now < found.waits_until:
        return None
    if not passwords.matches(password, found.password):
        failures = found.failures + 1
        wait = min(timedelta(seconds=2 ** min(failures - FREE_TRIES, 12)), LONGEST_WAIT)
        until = now + wait if failures >= FREE_TRIES else None
        connection.execute(
            sa.update(account).where(account.c.login == login).values(failures=failures, waits_until=until)
        )
        note(connection, login, "refused", Actor(login, "wrong password"), now)
        return None
    connection.execute(sa.update(account).where(account.c.login == login).values(failures=0, waits_until=None))
    note(connection, login, "signed in", Actor(login, "own act"), now)
    return of_row(found)


def of_row(row: Any) -> Account:
    """The account of a row of `hub.account`."""
    return Account(row.login, row.name, AccountRole(row.role), row.unit, row.must_change)


def listed(connection: sa.Connection) -> list[dict[str, Any]]:
    """All accounts, with the last sign-in of each; no password."""
    a, t = account.c, account_act.c
    last = sa.select(sa.func.max(t.at)).where(t.login == a.login, t.what == "signed in").scalar_subquery()
    columns = (a.login, a.name, a.role, a.unit, a.added_at, a.disabled_at, last.label("last_sign_in"))
    return [dict(row) for row in connection.execute(sa.select(*columns).order_by(a.login)).mappings()]


def note(connection: sa.Connection, login: str, what: str, person: Actor, now: datetime) -> None:
    """Append what was done to an account."""
    row = {"login": login, "what": what, "who": person.who, "why": person.why, "at": now}
    connection.execute(sa.insert(account_act).values(**row))


def _set(connection: sa.Connection, login: str, password: str, *, must_change: bool) -> None:
    values = {"password": passwords.hashed(password), "must_change": must_change, "failures": 0, "waits_until": None}
    connection.execute(sa.update(account).where(account.c.login == login).values(**values))
    connection.execute(sa.delete(account_session).where(account_session.c.login == login))


def require(connection: sa.Connection, login: str) -> Any:
    """The row of an account. Raises NotFound."""
    found = connection.execute(sa.select(account).where(account.c.login == login)).one_or_none()
    if found is None:
        raise NotFound(f"No account {login}", hint="hub accounts list")
    return found


@cache
def _decoy() -> str:
    return passwords.hashed(made())
