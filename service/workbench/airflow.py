"""Sign-in by Airflow's own: to Airflow, and back with a session for the account of its user."""

from __future__ import annotations

import secrets
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from hub.accounts import airflow_sign_in, openid_store, sessions
from hub.accounts.openid import IdentityRefused
from hub.core.errors import NotFound
from service.workbench.openid import STATE
from service.workbench.visit import Visit, inside


def begin(visit: Visit) -> Response:
    """To Airflow, which asks for its own sign-in where there is none."""
    if not visit.bench.airflow:
        raise NotFound("No Airflow is set", hint="HUB_AIRFLOW_URL; or sign in with a local account")
    state = secrets.token_urlsafe(32)
    with visit.hub.engine.begin() as connection:
        airflow_sign_in.begin(connection, state, inside(visit.query.get("next", "/")), visit.hub.scenario.now())
    response = RedirectResponse(f"{visit.bench.airflow}{airflow_sign_in.PATH}?state={quote(state)}", 303)
    response.set_cookie(
        STATE, state, max_age=600, path="/signin", secure=visit.bench.secure, httponly=True, samesite="lax"
    )
    return response


def back(visit: Visit) -> Response:
    """From Airflow: a session for the account that its user is linked with."""
    state, now = visit.query.get("state", ""), visit.hub.scenario.now()
    if not state or state != visit.state:
        raise IdentityRefused("This sign-in was not begun in this browser", hint="sign in again")
    with visit.hub.engine.begin() as connection:
        found = airflow_sign_in.take(connection, state, now)
        account = openid_store.account_of(connection, airflow_sign_in.AIRFLOW, found[0], now) if found else None
        text = sessions.begin(connection, account.login, now) if account is not None else ""
    if found is None or account is None:
        raise IdentityRefused("Airflow did not vouch for this sign-in, or it was used before", hint="sign in again")
    response = RedirectResponse(found[1], 303)
    response.set_cookie(visit.bench.cookie, text, path="/", secure=visit.bench.secure, httponly=True, samesite="lax")
    response.delete_cookie(STATE, path="/signin")
    return response
