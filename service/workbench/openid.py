"""Sign-in over the city's provider of identities: there, and back with a session."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from hub.accounts import openid_store, sessions
from hub.accounts.openid import IdentityRefused, OpenId
from hub.core.errors import NotFound
from service.workbench.visit import Visit, inside

STATE = "workbench-openid"
"""Cookie that ties a sign-in on its way to the browser that began it."""


def begin(visit: Visit) -> Response:
    """To the provider."""
    begun = _provider(visit).begin()
    with visit.hub.engine.begin() as connection:
        openid_store.keep(connection, begun, inside(visit.query.get("next", "/")), visit.hub.scenario.now())
    response = RedirectResponse(begun.address, 303)
    response.set_cookie(
        STATE, begun.state, max_age=600, path="/signin", secure=visit.bench.secure, httponly=True, samesite="lax"
    )
    return response


def back(visit: Visit) -> Response:
    """From the provider: a session for the account that its subject is linked with."""
    provider, now = _provider(visit), visit.hub.scenario.now()
    state, code = visit.query.get("state", ""), visit.query.get("code", "")
    if not state or state != visit.state or not code:
        raise IdentityRefused("This sign-in was not begun in this browser", hint="sign in again")
    with visit.hub.engine.begin() as connection:
        kept = openid_store.take(connection, state, now)
    if kept is None:
        raise IdentityRefused("This sign-in took too long, or was used before", hint="sign in again")
    subject = provider.finish(code, kept.nonce, kept.verifier)
    with visit.hub.engine.begin() as connection:
        account = openid_store.account_of(connection, provider.known.issuer, subject, now)
        if account is None:
            raise IdentityRefused(
                "No account is linked with this identity", hint="an administrator links it: hub accounts link"
            )
        text = sessions.begin(connection, account.login, now)
    response = RedirectResponse(kept.next, 303)
    response.set_cookie(visit.bench.cookie, text, path="/", secure=visit.bench.secure, httponly=True, samesite="lax")
    response.delete_cookie(STATE, path="/signin")
    return response


def _provider(visit: Visit) -> OpenId:
    if visit.bench.openid is None:
        raise NotFound("No provider of identities is set", hint="HUB_OPENID_ISSUER; or sign in with a local account")
    return visit.bench.openid
