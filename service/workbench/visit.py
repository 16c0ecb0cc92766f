"""One request of a person: who, in which language, with which form; and the answers that a page may give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub.accounts.openid import OpenId
from hub.accounts.roles import AccountRight
from hub.accounts.scope import AccountScope, scope_of
from hub.accounts.sessions import SignedIn
from hub.accounts.store import Account
from hub.app import Hub
from hub.core.actions import Actor
from hub.core.errors import NotFound
from service.workbench.navigation import LINKS, ROLE_NAMES, NavLink
from service.workbench.rendering import Tongue, render

if TYPE_CHECKING:
    from jinja2 import Environment

    from hub.core.book_keepers import BookKeepers
    from hub.core.units import Units


@dataclass(frozen=True)
class Bench:
    """What all visits share."""

    hub: Hub
    units: Units
    templates: Environment
    cookie: str
    """Name of the cookie of a session; with `__Host-` where the door speaks TLS."""
    ancestors: str = "'none'"
    """Who may show a page in a frame."""
    airflow: str = ""
    """Address of Airflow's own screen, for links to it; empty: there is none."""
    keepers: BookKeepers | None = None
    """Who keeps the books of units that ended; None: the deployment has no such table."""
    openid: OpenId | None = None
    """The provider of identities; None: local accounts only."""

    @property
    def secure(self) -> bool:
        return self.cookie.startswith("__Host-")


@dataclass(frozen=True)
class Visit:
    """One request."""

    bench: Bench
    path: str
    """With its query."""
    tongue: Tongue
    signed_in: SignedIn | None = None
    at: Mapping[str, str] = field(default_factory=dict)
    """Parts of the path."""
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    state: str = field(default="", repr=False)
    """Cookie of a sign-in on its way to the provider of identities."""
    chosen: tuple[str, ...] = ()
    """Rows that were ticked in the form."""
    kept: dict[str, Any] = field(default_factory=dict, repr=False)
    """What a page reads once and needs several times."""

    @property
    def hub(self) -> Hub:
        return self.bench.hub

    @property
    def account(self) -> Account:
        assert self.signed_in is not None  # the guard lets nobody else to a page that asks
        return self.signed_in.account

    @cached_property
    def scope(self) -> AccountScope:
        return scope_of(self.account, self.hub.deployment, self.bench.units, self.bench.keepers)

    def may(self, right: AccountRight) -> bool:
        return self.account.may(right)

    @property
    def links(self) -> tuple[NavLink, ...]:
        """Links of the head that the role may follow."""
        return tuple(link for link in LINKS if self.may(link.right))

    @property
    def in_other(self) -> str:
        """This address in the other language."""
        other = "en" if self.tongue == "vi" else "vi"
        return f"{self.path}{'&' if '?' in self.path else '?'}tongue={other}"

    def actor(self) -> Actor:
        """The person with the reason of the form. Raises ReasonMissing."""
        return Actor(self.account.login, self.form.get("because", ""))

    def because(self, why: str) -> Actor:
        """The person with a reason that was given before."""
        return Actor(self.account.login, why)

    def number(self, name: str = "number") -> int:
        """A number in the path. Raises NotFound."""
        text = self.at[name]
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            raise NotFound("No such number", hint="follow a link of a list")
        return int(text)

    def asked(self, name: str) -> str | None:
        """A value of the query; empty is None."""
        return self.query.get(name, "").strip()[:200] or None

    def page(self, template: str, status: int = 200, /, **values: Any) -> Response:
        """A page of a template."""
        clock = {"now": self.hub.scenario.now(), "scenario": self.hub.scenario.as_of}
        shared = {"visit": self, "role_names": ROLE_NAMES, **clock}
        return HTMLResponse(render(self.bench.templates, template, self.tongue, {**shared, **values}), status)

    def to(self, path: str) -> Response:
        """Go on to a page of this application: what a form is answered with."""
        return RedirectResponse(inside(path), 303)


def inside(path: str) -> str:
    """A path of this application; anything else is its first page, so that no link leads a person elsewhere."""
    parts = urlsplit(path)
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
    return path if plain and not parts.scheme and not parts.netloc and path.isprintable() else "/"
