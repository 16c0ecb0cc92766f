"""Sign-in with a local account, sign-out, the own password."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from hub.accounts import sessions, store
from service.workbench.visit import Visit, inside


def form(visit: Visit) -> Response:
    if visit.signed_in is not None:
        return visit.to("/")
    return visit.page("sign_in.html", next=inside(visit.query.get("next", "/")), refused=False)


def sign_in(visit: Visit) -> Response:
    """A session for login and password; which of the two is wrong is not said."""
    target = inside(visit.form.get("next", "/"))
    login, now = visit.form.get("login", "").strip().lower()[:64], visit.hub.scenario.now()
    with visit.hub.engine.begin() as connection:
        account = store.sign_in(connection, login, visit.form.get("password", "")[:200], now)
        text = sessions.begin(connection, login, now) if account is not None else ""
    if account is None:
        return visit.page("sign_in.html", 401, next=target, refused=True)
    response = RedirectResponse("/password" if account.must_change else target, 303)
    response.set_cookie(visit.bench.cookie, text, path="/", secure=visit.bench.secure, httponly=True, samesite="lax")
    return response


def sign_out(visit: Visit) -> Response:
    assert visit.signed_in is not None
    with visit.hub.engine.begin() as connection:
        sessions.end(connection, visit.signed_in, visit.hub.scenario.now())
    response = RedirectResponse("/signin", 303)
    response.delete_cookie(visit.bench.cookie, path="/", secure=visit.bench.secure, httponly=True, samesite="lax")
    return response


def password(visit: Visit) -> Response:
    return visit.page("password.html")


def change_password(visit: Visit) -> Response:
    """A new password; all sessions end, so the next step is to sign in with it."""
    given = visit.form
    with visit.hub.engine.begin() as connection:
        store.change(
            connection, visit.account.login, given.get("old", "")[:200], given.get("new", ""), visit.hub.scenario.now()
        )
    return visit.to("/signin")
