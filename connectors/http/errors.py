"""Translates each exception of requests and urllib3 into one of our errors.

The table names every class of both libraries; a test fails if a new version adds one that is missing here. The
library's own text never goes into our message, because it contains addresses with their queries, and sometimes
headers.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator, Mapping

import requests.exceptions as r
import urllib3.exceptions as u

from contracts.errors import DeploymentInvalid, HubError

from ..errors import (
    AuthenticationFailed,
    Incomplete,
    Malformed,
    Refused,
    SourceFailed,
    TimedOut,
    Unreachable,
    Untrusted,
)

KINDS: Mapping[type[BaseException], type[HubError]] = {
    # Nothing came back: no connection, or one that broke before the reply began.
    r.ConnectionError: Unreachable,
    r.ConnectTimeout: Unreachable,
    r.ProxyError: Unreachable,
    u.ConnectTimeoutError: Unreachable,
    u.NewConnectionError: Unreachable,
    u.NameResolutionError: Unreachable,
    u.ProxyError: Unreachable,
    u.PoolError: Unreachable,
    u.RequestError: Unreachable,
    u.EmptyPoolError: Unreachable,
    u.FullPoolError: Unreachable,
    u.ClosedPoolError: Unreachable,
    u.MaxRetryError: Unreachable,
    OSError: Unreachable,
    # The other side is somebody else.
    r.SSLError: Untrusted,
    u.SSLError: Untrusted,
    # Too slow.
    r.Timeout: TimedOut,
    r.ReadTimeout: TimedOut,
    u.TimeoutError: TimedOut,
    u.ReadTimeoutError: TimedOut,
    # It began and did not end well.
    r.RequestException: Incomplete,
    r.ChunkedEncodingError: Incomplete,
    r.StreamConsumedError: Incomplete,
    r.UnrewindableBodyError: Incomplete,
    u.HTTPError: Incomplete,
    u.ProtocolError: Incomplete,
    u.IncompleteRead: Incomplete,
    u.InvalidChunkLength: Incomplete,
    u.UnrewindableBodyError: Incomplete,
    http.client.HTTPException: Incomplete,
    # It failed over and over.
    r.RetryError: SourceFailed,
    u.ResponseError: SourceFailed,
    # It is no HTTP that can be read.
    r.InvalidJSONError: Malformed,
    r.JSONDecodeError: Malformed,
    r.ContentDecodingError: Malformed,
    u.DecodeError: Malformed,
    u.ResponseNotChunked: Malformed,
    u.BodyNotHttplibCompatible: Malformed,
    u.InvalidHeader: Malformed,
    u.HeaderParsingError: Malformed,
    # It says no.
    r.HTTPError: Refused,
    r.TooManyRedirects: Refused,
    u.HostChangedError: Refused,
    # The deployment's address, certificate file or credentials cannot even be sent.
    r.URLRequired: DeploymentInvalid,
    r.MissingSchema: DeploymentInvalid,
    r.InvalidSchema: DeploymentInvalid,
    r.InvalidURL: DeploymentInvalid,
    r.InvalidHeader: DeploymentInvalid,
    r.InvalidProxyURL: DeploymentInvalid,
    u.LocationValueError: DeploymentInvalid,
    u.LocationParseError: DeploymentInvalid,
    u.URLSchemeUnknown: DeploymentInvalid,
    u.ProxySchemeUnknown: DeploymentInvalid,
    u.ProxySchemeUnsupported: DeploymentInvalid,
    u.TimeoutStateError: DeploymentInvalid,
}

_SENTENCES: Mapping[type[HubError], str] = {
    Unreachable: "no connection",
    Untrusted: "its TLS certificate does not verify",
    TimedOut: "no complete reply in time",
    Incomplete: "the reply ended early",
    SourceFailed: "the source keeps failing",
    Malformed: "the reply is no readable HTTP",
    Refused: "the source refused",
    DeploymentInvalid: "the request cannot be made as the deployment describes it",
}


def translate(error: BaseException, about: str, *, replied: bool = False) -> HubError:
    """Our error for an exception of the library.

    `about` names the system and the call. `replied` says that the reply had begun: a connection that breaks then
    has truncated the reply.
    """
    if _is_about_us(error):
        hint = "client_certificate_file and client_key_file name our certificate; hub systems check shows how long it is valid"
        return AuthenticationFailed(f"{about}: the server does not take our TLS certificate, or wants one", hint=hint)
    kind = next((KINDS[base] for base in type(error).__mro__ if base in KINDS), Incomplete)
    if isinstance(error, r.InvalidHeader) and any(isinstance(each, u.InvalidHeader) for each in _within(error)):
        kind = Malformed  # requests has one name for a header that we cannot send and for one that came
    if kind is Untrusted and not _is_about_the_certificate(error):
        kind = Unreachable  # a handshake cut by the network may work the next time
    if kind is Unreachable and replied:
        kind = Incomplete
    return kind(f"{about}: {_SENTENCES[kind]} ({type(error).__name__})")


_ABOUT_US = (
    *("CERTIFICATE_REQUIRED", "ALERT_BAD_CERTIFICATE", "ALERT_CERTIFICATE_EXPIRED"),
    *("ALERT_CERTIFICATE_UNKNOWN", "ALERT_UNKNOWN_CA", "ALERT_ACCESS_DENIED"),
)
"""TLS alerts by which a server refuses the client's certificate, or its absence."""


def _is_about_us(error: BaseException) -> bool:
    """Whether the server refused our certificate, in the handshake or, by TLS 1.3, after it."""
    return any(
        isinstance(each, ssl.SSLError)
        and any(alert in (getattr(each, "reason", None) or str(each)) for alert in _ABOUT_US)
        for each in _within(error)
    )


def _is_about_the_certificate(error: BaseException) -> bool:
    """Whether certificate verification is what failed."""
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in _within(error))


def _within(error: BaseException) -> Iterator[BaseException]:
    """An error and all errors wrapped in it."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]
