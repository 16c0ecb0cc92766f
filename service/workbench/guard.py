"""What stands before every page: a session, the right that the page names, the origin and the token of a form.

no session           a page: to the sign-in; a form: 401
another right        403
a form               of this origin, at most 64 KiB, with the token of its session; else 403
a given password     only the page where it is changed
an error of the hub  its sentence and its next step, which never hold a value of a record
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import sqlalchemy.exc
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from contracts.errors import HubError, Permanent, Transient
from hub.access.audit import LimitReached
from hub.accounts import sessions
from hub.accounts.roles import AccountRight
from hub.accounts.sessions import SignedIn
from hub.cases.selection import CaseClosed
from hub.core import events
from hub.core.errors import NotFound
from service.workbench.rendering import TONGUES, Tongue, headers
from service.workbench.visit import Bench, Visit, inside

MOST_BYTES = 64 << 10
MOST_FIELDS = 2100
"""Fields of a form: a bulk act ticks up to two thousand rows."""
TONGUE = "tongue"
"""Cookie and query parameter of the language."""
SIGN_IN, PASSWORD = "/signin", "/password"

Handler = Callable[[Visit], Response]
STATUS: Mapping[type[HubError], int] = {
    NotFound: 404,
    CaseClosed: 409,
    LimitReached: 429,
    Transient: 503,
    Permanent: 422,
}
"""Error -> status; the first that fits."""


class FormRefused(Permanent):
    """A form did not come from a page of this session, or is no form."""


class RightMissing(Permanent):
    """The role of the account does not include what a page demands."""


@dataclass(frozen=True)
class WorkbenchPage:
    """One page or act: where, who may, what it does. Nothing is served without one."""

    path: str
    right: AccountRight | None
    """None: the sign-in, which has no session yet."""
    show: Handler | None = None
    act: Handler | None = None

    @property
    def methods(self) -> list[str]:
        return [*(["GET"] if self.show else []), *(["POST"] if self.act else [])]


@dataclass(frozen=True)
class Guard:
    """The endpoint of a page: an object, so that Starlette gives it the request as it is."""

    bench: Bench
    page: WorkbenchPage

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        for name, value in headers(self.bench.ancestors).items():
            response.headers.setdefault(name, value)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if (wanted := request.query_params.get(TONGUE)) in TONGUES and request.method == "GET":
            return self._in_another_language(request, str(wanted))
        visit = Visit(
            self.bench,
            _here(request),
            _tongue(request),
            at=dict(request.path_params),
            query=dict(request.query_params),
            state=request.cookies.get("workbench-openid", ""),
        )
        try:
            signed_in = await run_in_threadpool(self._session, request)
            visit = replace(visit, signed_in=signed_in)
            if self.page.right is not None and signed_in is None:
                return _to_sign_in(request)
            if signed_in is not None and self.page.right is not None and not signed_in.account.may(self.page.right):
                raise RightMissing(
                    f"The role {signed_in.account.role} has no right to this page", hint="ask the administrator"
                )
            if (
                signed_in is not None
                and signed_in.account.must_change
                and self.page.right not in (None, AccountRight.OWN)
            ):
                return RedirectResponse(PASSWORD, 303)
            handler = self.page.show
            if request.method == "POST":
                form = await _form(request)
                _require_own_form(request, dict(form), signed_in)
                chosen = tuple(value for name, value in form if name == "chosen")
                visit = replace(visit, form=dict(form), chosen=chosen)
                handler = self.page.act
            assert handler is not None  # the router lets no other method through
            return await run_in_threadpool(handler, visit)
        except HubError as error:
            return _refused(visit, error)
        except sqlalchemy.exc.TimeoutError:
            return PlainTextResponse("503: try again", 503, {"retry-after": "5"})
        except Exception as error:  # the last place where a fault of ours can be answered without its message
            events.emit("workbench.fault", {"path": self.page.path, "error": type(error).__name__})
            return PlainTextResponse("500: a fault of the hub, noted in its log", 500)

    def _session(self, request: Request) -> SignedIn | None:
        text = request.cookies.get(self.bench.cookie)
        if not text:
            return None
        with self.bench.hub.engine.begin() as connection:
            return sessions.find(connection, text, self.bench.hub.scenario.now())

    def _in_another_language(self, request: Request, tongue: str) -> Response:
        rest = request.url.remove_query_params(TONGUE)
        response = RedirectResponse(inside(f"{rest.path}?{rest.query}" if rest.query else rest.path), 303)
        response.set_cookie(TONGUE, tongue, max_age=31_536_000, secure=self.bench.secure, httponly=True, samesite="lax")
        return response


def _refused(visit: Visit, error: HubError) -> Response:
    status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
    if isinstance(error, (RightMissing, FormRefused)):
        status = 403
    return visit.page("refused.html", status, error=error, status=status)


def _here(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _tongue(request: Request) -> Tongue:
    kept = request.cookies.get(TONGUE)
    return "en" if kept == "en" else "vi"


def _to_sign_in(request: Request) -> Response:
    if request.method != "GET":
        return PlainTextResponse("401: sign in first", 401)
    return RedirectResponse(f"{SIGN_IN}?next={quote(_here(request), safe='')}", 303)


async def _form(request: Request) -> list[tuple[str, str]]:
    """The fields of a form. Raises FormRefused."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        raise FormRefused("This is no form of the workbench", hint="open the page again")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise FormRefused(f"A form has at most {MOST_BYTES} bytes", hint="choose fewer rows")
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise FormRefused("This form cannot be read", hint="open the page again") from None


def _require_own_form(request: Request, form: Mapping[str, str], signed_in: SignedIn | None) -> None:
    """A form comes from a page of this application and of this session. Raises FormRefused."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if foreign or site not in ("same-origin", "none"):
        raise FormRefused("The form came from another site", hint="open the page again and send it from there")
    if signed_in is not None and not compare_digest(form.get("csrf", "").encode(), signed_in.csrf.encode()):
        raise FormRefused("The form is of another session", hint="open the page again and send it from there")
