"""Calls of a portal under a session or token, with a new login when it has expired.

A portal reports an expired session inside HTTP 200, in the message text. The connector then logs in once more and
repeats the call. A second expired session is an error, like a wrong password.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import msgspec

from contracts.errors import HubError

from .. import options
from ..credentials import secret
from ..errors import AuthenticationFailed
from ..http.client import Http, HttpReply
from ..interface import System
from .session import JSON, Token, decode

_ENDED = re.compile(r"(phiên|session|token).{0,60}(hết hạn|không hợp lệ|expired|invalid)")
_SMALL = 4096
"""Largest reply, in bytes, that is checked for an expired session: a page of records is not parsed twice."""


class _Login(msgspec.Struct):
    error_code: str | int
    session: str = ""


class _Said(msgspec.Struct):
    error_code: str | int
    message: str = ""


class Conversation:
    """A login with a portal, and calls of its services."""

    def __init__(self, system: System, http: Http) -> None:
        """Raises DeploymentInvalid: an option or a credential is missing."""
        self._http, self._about = http, system.id
        self._address = system.address.rstrip("/")
        self._unit = options.text(system, "madonvi")
        self._headers = {
            "dstcode": options.text(system, "dstcode"),
            "Charset": "utf-8",
            "Content-Type": "application/json; charset=utf-8",
        }
        self._token: Token | None = None
        self._session: str | None = None
        if options.one_of(system, "login", ("session", "oauth"), "session") == "oauth":
            self._token = Token(
                http, f"{self._address}/token", (secret(system, "client_id"), secret(system, "client_secret"))
            )
        else:
            self._who = {"username": secret(system, "username"), "secret": secret(system, "password")}

    def login(self) -> str:
        """Log in again; returns what the portal issued."""
        self._forget()
        self._proof()
        return "the source gave a token" if self._token else "the source gave a session"

    def ask(self, service: str, asked: Mapping[str, Any], *, idempotent: bool = True) -> HttpReply:
        """Call a service; without `idempotent`, a call that broke is not repeated.

        Raises:
            AuthenticationFailed: the portal refuses our login, or ended the session twice.
        """
        for renewed in (False, True):
            try:
                reply = self._call(service, asked, idempotent)
            except AuthenticationFailed:
                self._forget()
                if renewed:
                    raise
                continue
            if not self._ended(reply):
                return reply
            self._forget()
        raise AuthenticationFailed(
            f"{self._about}: {service}: the source ended the session right after the login",
            hint="is somebody else using this account?",
        )

    def _call(self, service: str, asked: Mapping[str, Any], idempotent: bool) -> HttpReply:
        headers, session = self._proof()
        body = msgspec.json.encode({**session, "madonvi": self._unit, "service": service, **asked})
        return self._http.call(
            "POST",
            f"{self._address}/api",
            what=service,
            accept=(JSON,),
            data=lambda: body,
            headers=headers,
            idempotent=idempotent,
        )

    def _proof(self) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and fields that authenticate a call."""
        if self._token is not None:
            return {**self._headers, "Authorization": f"Bearer {self._token.value()}"}, {}
        if self._session is None:
            self._session = self._log_in()
        return self._headers, {"session": self._session}

    def _log_in(self) -> str:
        body = msgspec.json.encode(self._who)
        reply = self._http.call(
            "POST", f"{self._address}/login", what="login", accept=(JSON,), data=lambda: body, headers=self._headers
        )
        given = decode(msgspec.json.Decoder(_Login), reply.body, f"{self._about}: login")
        if str(given.error_code) != "0" or not given.session:
            raise AuthenticationFailed(
                f"{self._about}: login: the source gives no session", hint="check the credentials and dstcode"
            )
        return given.session

    def _forget(self) -> None:
        self._session = None
        if self._token is not None:
            self._token.forget()

    def _ended(self, reply: HttpReply) -> bool:
        """Whether a reply reports an expired session. The text decides, because codes differ."""
        if len(reply.body) > _SMALL:
            return False
        try:
            said = decode(msgspec.json.Decoder(_Said), reply.body, self._about)
        except HubError:
            return False  # the reader of the reply reports what is wrong with it
        return str(said.error_code) != "0" and bool(
            _ENDED.search(unicodedata.normalize("NFC", said.message).casefold())
        )
