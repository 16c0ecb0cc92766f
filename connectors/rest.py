"""What REST systems share: an OAuth2 token that is kept and renewed, the LGSP's header, and a cursor that must move."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

import msgspec

from contracts.errors import DeploymentInvalid

from .errors import AuthenticationFailed, Incomplete, Malformed
from .http import Http, HttpReply
from .interface import System

T = TypeVar("T")

JSON = "application/json"
_EARLY_S = 30.0
"""A token is renewed this long before it ends, so that it does not end on the way."""


def secret(system: System, name: str) -> str:
    """One credential of a system.

    Raises:
        DeploymentInvalid: the deployment does not give it.
    """
    if value := system.credentials.get(name):
        return value
    known = ", ".join(sorted(system.credentials)) or "none"
    raise DeploymentInvalid(f"{system.id}: the credential {name} is missing (given: {known})")


_LGSP = {"AccessKey": "access_key", "SecretKey": "secret_key", "AppName": "app_name", "PartnerCode": "partner_code"}
"""Header field -> credential. PartnerCodeCus is the partner's own code again where no other is given."""


def lgsp_headers(system: System) -> dict[str, str]:
    """The header `lgspaccesstoken` of a local platform (LGSP): base64 of a JSON object of the system's credentials."""
    parts = {name: secret(system, key) for name, key in _LGSP.items()}
    parts["PartnerCodeCus"] = system.credentials.get("partner_code_cus") or parts["PartnerCode"]
    return {"lgspaccesstoken": base64.b64encode(msgspec.json.encode(parts)).decode("ascii")}


class Bearer(Protocol):
    """Whoever has a token to show."""

    def value(self) -> str:
        """A token that is good for a while."""

    def forget(self) -> None:
        """The source no longer takes it."""


class FixedToken:
    """A token that an adapter's operator has handed out once and for all."""

    def __init__(self, value: str) -> None:
        self._value = value

    def value(self) -> str:
        return self._value

    def forget(self) -> None:
        """There is no other one."""


class _Grant(msgspec.Struct):
    access_token: str
    expires_in: float | None = None
    token_type: str = "Bearer"  # noqa: S105  # a kind of token, not one


class Token:
    """An access token by client credentials (RFC 6749 section 4.4)."""

    def __init__(self, http: Http, url: str, client: tuple[str, str], *, clock: Callable[[], float] = time.monotonic) -> None:
        """`client` is the client's id and secret; `clock` counts seconds and never goes back."""
        self._http = http
        self._url = url
        self._client = (client[0].encode(), client[1].encode())
        self._clock = clock
        self._value: str | None = None
        self._ends = 0.0

    def value(self) -> str:
        """A token that is good for a while: the kept one, or a new one."""
        if self._value is None or self._clock() >= self._ends:
            self._renew()
        assert self._value is not None
        return self._value

    def forget(self) -> None:
        """Ask for a new one the next time: the source no longer takes this one."""
        self._value = None

    def _renew(self) -> None:
        reply = self._http.call(
            "POST", self._url, what="token", accept=(JSON,), data={"grant_type": "client_credentials"}, auth=self._client
        )  # idempotent in effect: a token that nobody uses does no harm
        grant = decode(msgspec.json.Decoder(_Grant), reply.body, f"{self._http.system}: token")
        if grant.token_type.lower() != "bearer" or not grant.access_token.isascii() or not grant.access_token.isprintable():
            raise Malformed(f"{self._http.system}: token: the source gave a token that cannot be sent as Bearer")
        # A source that does not say how long its token lives gets asked again with every reading.
        life = grant.expires_in if grant.expires_in is not None else _EARLY_S
        self._value, self._ends = grant.access_token, self._clock() + max(life - _EARLY_S, 0.0)


def with_token(token: Bearer, call: Callable[[Mapping[str, str]], T]) -> T:
    """What `call` gives for an Authorization header; a token the source no longer takes (401, some gateways say 403) is renewed once."""
    for renewed in (False, True):
        try:
            return call({"Authorization": f"Bearer {token.value()}"})
        except AuthenticationFailed:
            token.forget()
            if renewed:
                raise
    raise AssertionError("the second round returns or raises")


def call_with_token(http: Http, token: Bearer, url: str, *, what: str, params: Mapping[str, str], headers: Mapping[str, str]) -> HttpReply:
    """GET with a Bearer token, renewed once where the source no longer takes it."""
    return with_token(token, lambda bearer: http.call("GET", url, what=what, accept=(JSON,), params=params, headers={**headers, **bearer}))


def decode(decoder: msgspec.json.Decoder[T], body: bytes, about: str) -> T:
    """The value of a JSON body.

    Raises:
        Incomplete: JSON that ends early.
        Malformed: no JSON, or another shape; the message tells the place, never the value.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Malformed(f"{about}: the JSON has another shape than agreed: {place_of(error)}") from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        if "truncated" in str(error):
            raise Incomplete(f"{about}: the JSON ends early") from None
        raise Malformed(f"{about}: the reply cannot be read as JSON") from None


def place_of(error: msgspec.DecodeError) -> str:
    """msgspec names types, a path and, for a wrong choice, the value in quotes: that is cut, and so is the name of an unknown field, which the source chose."""
    if not isinstance(error, msgspec.ValidationError):
        return "no JSON"
    text = str(error)
    if "unknown field" in text:
        return "a field that was not agreed"
    return text if "value" not in text.lower() else f"at {text.rpartition('at `')[2].rstrip('`') or 'its top'}"


class Cursor:
    """Where the next page of a keyset listing starts; it moves, or the source turns in circles.

    The source orders by (time, id) in its own collation, so ids are compared for equality only:
    a cursor has moved when its time has grown, or its id has not been a cursor at that time yet.
    """

    def __init__(self) -> None:
        self.at: tuple[str, str] | None = None
        self._ids_at_time: set[str] = set()

    def move(self, time_text: str, record_id: str) -> bool:
        """Set the cursor; False when it has been there before."""
        if self.at is not None and (time_text < self.at[0] or (time_text == self.at[0] and record_id in self._ids_at_time)):
            return False
        if self.at is None or time_text > self.at[0]:
            self._ids_at_time.clear()
        self._ids_at_time.add(record_id)
        self.at = (time_text, record_id)
        return True
