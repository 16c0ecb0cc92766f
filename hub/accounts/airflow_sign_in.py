"""Sign-in to the workbench by Airflow's own: Airflow vouches for its user, and an administrator said whose account that is.

    begin   the workbench keeps a state, tied to the browser by a cookie, and sends the browser to Airflow
    vouch   Airflow's adapter, which knows its user, notes in the database which account that user opens
    take    the browser is back at the workbench: once, within ten minutes, with the same cookie

Nothing that proves anything travels with the browser: the state alone, and only Airflow's adapter can vouch for it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa

from hub.accounts import openid_store
from hub.accounts.openid import Begun, IdentityRefused
from hub.accounts.openid_store import account_identity, account_openid
from hub.accounts.tables import account

AIRFLOW = "airflow"
"""Issuer of Airflow's users among the identities; no address, so no provider of OpenID Connect can have it."""
PATH = "/motlan/sign-in"
"""Where Airflow serves the adapter (`orchestration/workbench_sign_in.py`)."""
BACK = "/signin/airflow/back"


def begin(connection: sa.Connection, state: str, target: str, now: datetime) -> None:
    """Keep a sign-in on its way to Airflow."""
    openid_store.keep(connection, Begun("", state, AIRFLOW, ""), target, now)


def vouch(connection: sa.Connection, state: str, user: str, now: datetime) -> None:
    """Note that Airflow's user has come with a state.

    Raises:
        IdentityRefused: no account is linked with the user, or the sign-in was not begun, is over or is somebody's.
    """
    i, o = account_identity.c, account_openid.c
    login = connection.scalar(
        sa.select(account.c.login)
        .join(account_identity, i.login == account.c.login)
        .where(i.issuer == AIRFLOW, i.subject == user, account.c.disabled_at.is_(None))
    )
    if login is None:
        raise IdentityRefused(
            "No account is linked with this user of Airflow",
            hint="an administrator links it: hub accounts link --airflow",
        )
    waiting = (
        o.state == hashlib.sha256(state.encode()).digest(),
        o.nonce == AIRFLOW,
        o.verifier == "",
        o.ends_at > now,
    )
    if not connection.execute(sa.update(account_openid).where(*waiting).values(verifier=user)).rowcount:
        raise IdentityRefused("This sign-in was not begun, or took too long", hint="begin again at the workbench")


def take(connection: sa.Connection, state: str, now: datetime) -> tuple[str, str] | None:
    """User of Airflow and the page that was asked for, once; None: nobody vouched for the state."""
    kept = openid_store.take(connection, state, now)
    return (kept.verifier, kept.next) if kept is not None and kept.nonce == AIRFLOW and kept.verifier else None
