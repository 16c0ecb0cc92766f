"""Shared parts of REST dialects: a cached OAuth2 token, the LGSP's header, and a keyset cursor that must advance."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

import msgspec

from ..credentials import secret
from ..errors import AuthenticationFailed, Malformed
from ..http.client import Http, HttpReply
from ..interface import System
from .json_text import BOM, parse_body

T = TypeVar("T")

JSON = "application/json"
SHAPE_HINT = "the operator of the source must mend what it sends, or the dialect is another one"
_EARLY_S = 30.0
"""A token is renewed this long before it expires, so that it does not expire during a call."""


_LGSP = {"AccessKey": "access_key", "SecretKey": "secret_key", "AppName": "app_name", "PartnerCode": "partner_code"}
"""Header field -> credential. PartnerCodeCus defaults to the partner's own code."""


def lgsp_headers(system: System) -> dict[str, str]:
    """The header `lgspaccesstoken` of a local platform (LGSP): base64 of a JSON object of the system's credentials."""
    parts = {name: secret(system, key) for name, key in _LGSP.items()}
    parts["PartnerCodeCus"] = system.credentials.get("partner_code_cus") or parts["PartnerCode"]
    return {"lgspaccesstoken": base64.b64encode(msgspec.json.encode(parts)).decode("ascii")}


class Bearer(Protocol):
    """A supplier of bearer tokens."""

    def value(self) -> str:
        """A token that is valid for a while."""

    def forget(self) -> None:
        """Drop the token: the source no longer accepts it."""


class FixedToken:
    """A permanent token that the operator of an adapter has issued."""

    def __init__(self, value: str) -> None:
        self._value = value

    def value(self) -> str:
        return self._value

    def forget(self) -> None:
        """Nothing to do: there is no other token."""


class _Grant(msgspec.Struct):
    access_token: str
    expires_in: float | None = None
    token_type: str = "Bearer"  # noqa: S105  # a kind of token, not one


class Token:
    """An access token by client credentials (RFC 6749 section 4.4)."""

    def __init__(
        self, http: Http, url: str, client: tuple[str, str], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`client` is id and secret; `clock` is a monotonic clock in seconds."""
        self._http = http
        self._url = url
        self._client = (client[0].encode(), client[1].encode())
        self._clock = clock
        self._value: str | None = None
        self._ends = 0.0

    def value(self) -> str:
        """A token that is valid for a while: the cached one, or a new one."""
        if self._value is None or self._clock() >= self._ends:
            self._renew()
        assert self._value is not None
        return self._value

    def forget(self) -> None:
        """Drop the token, so that the next call requests a new one."""
        self._value = None

    def _renew(self) -> None:
        reply = self._http.call(
            "POST",
            self._url,
            what="token",
            accept=(JSON,),
            data={"grant_type": "client_credentials"},
            auth=self._client,
        )  # may be repeated: an unused token does no harm
        grant = decode(msgspec.json.Decoder(_Grant), reply.body, f"{self._http.system}: token")
        if (
            grant.token_type.lower() != "bearer"
            or not grant.access_token.isascii()
            or not grant.access_token.isprintable()
        ):
            raise Malformed(f"{self._http.system}: token: the source gave a token that cannot be sent as Bearer")
        # Without a lifetime, the token is renewed with every reading.
        life = grant.expires_in if grant.expires_in is not None else _EARLY_S
        self._value, self._ends = grant.access_token, self._clock() + max(life - _EARLY_S, 0.0)


def with_token(token: Bearer, call: Callable[[Mapping[str, str]], T]) -> T:
    """The result of `call` with an Authorization header. A refused token (401, or 403 at some gateways) is renewed."""
    for renewed in (False, True):
        try:
            return call({"Authorization": f"Bearer {token.value()}"})
        except AuthenticationFailed:
            token.forget()
            if renewed:
                raise
    raise AssertionError("the second round returns or raises")


def call_with_token(
    http: Http, token: Bearer, url: str, *, what: str, params: Mapping[str, str], headers: Mapping[str, str]
) -> HttpReply:
    """GET with a Bearer token, which is renewed once if the source refuses it."""
    return with_token(
        token,
        lambda bearer: http.call("GET", url, what=what, accept=(JSON,), params=params, headers={**headers, **bearer}),
    )


def decode(decoder: msgspec.json.Decoder[T], body: bytes, about: str) -> T:
    """The value of a JSON body without records: a login, a small answer.

    Raises:
        Incomplete: the JSON is truncated.
        Malformed: not JSON, a key twice, or another shape; the message names the place, never the value.
    """
    parse_body(body, about)
    try:
        return decoder.decode(body.removeprefix(BOM))
    except msgspec.ValidationError as error:
        raise Malformed(
            f"{about}: the JSON has another shape than agreed: {place_of(error)}", hint=SHAPE_HINT
        ) from None
    except (msgspec.DecodeError, RecursionError):
        raise Malformed(f"{about}: the reply cannot be read as JSON", hint=SHAPE_HINT) from None


def place_of(error: msgspec.DecodeError) -> str:
    """The place that a decoding error names, without the value, and without the name of a field that we do not know."""
    if not isinstance(error, msgspec.ValidationError):
        return "no JSON"
    text = str(error)
    if "unknown field" in text:
        return "a field that was not agreed"
    return text if "value" not in text.lower() else f"at {text.rpartition('at `')[2].rstrip('`') or 'its top'}"


class Cursor:
    """Start of the next page of a keyset listing. It must advance, or the source would be read in a loop.

    The source orders by (time, id) in its own collation, so ids are compared for equality only. A cursor has advanced
    if its time is later, or if its id was not a cursor at that time before.
    """

    def __init__(self) -> None:
        self.at: tuple[str, str] | None = None
        self._ids_at_time: set[str] = set()

    def move(self, time_text: str, record_id: str) -> bool:
        """Advance the cursor; False if it was there before."""
        if self.at is not None and (
            time_text < self.at[0] or (time_text == self.at[0] and record_id in self._ids_at_time)
        ):
            return False
        if self.at is None or time_text > self.at[0]:
            self._ids_at_time.clear()
        self._ids_at_time.add(record_id)
        self.at = (time_text, record_id)
        return True
