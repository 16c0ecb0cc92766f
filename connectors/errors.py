"""Errors between the hub and an outside system, sorted by what the caller should do.

    Transient
    ├── Unreachable          no connection: name, network, refused
    ├── TimedOut             no complete reply within the total deadline
    ├── Throttled            429 or 503; `retry_after_s` if the source says how long
    ├── SourceFailed         a 5xx, or a Fault that says "try later"
    └── Incomplete           the reply is truncated, or its count or hash does not agree
    Permanent
    ├── CredentialMissing    the secrets lack a credential (a kind of DeploymentInvalid)
    ├── CheckFailed          a system does not pass its check, and waiting does not help
    ├── Untrusted            the other side cannot prove its identity (TLS certificate, signature)
    ├── AuthenticationFailed the source does not accept our identity (MoJ 100, 101; 401, 403)
    ├── Refused              the source refuses the request (MoJ 106, 108, 200, 201, 302, 500; 3xx, 4xx)
    ├── Malformed            the reply breaks the contract or the schema; HTML instead of JSON
    └── TooLarge             the reply exceeds the limit of raw or inflated bytes

No message contains a body, a fault string or a value: these may hold personal data.
"""

from __future__ import annotations

from copy import copy
from typing import TypeVar

from contracts.errors import DeploymentInvalid, HubError, Permanent, Transient

Named = TypeVar("Named", bound=HubError)
_ASK = "ask the system's owner what this answer means and whether its account may ask so; then hub systems check SYSTEM"
_LESS = "ask for less at once (page_size in the system's file), or ask the system's owner what it sent"
_MEND = "the operator of the source must mend what it sends; hub systems check shows whether it does"
"""The next step where nothing better is known."""


class Unreachable(Transient):
    """No connection could be made."""


class TimedOut(Transient):
    """No complete reply within the total deadline."""


class Throttled(Transient):
    """The source limits the rate of calls."""

    def __init__(self, message: str, *, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class SourceFailed(Transient):
    """The source failed and may recover."""


class Incomplete(Transient):
    """The reply is truncated, or does not agree with its own count or hash; nothing of it is used."""


class CredentialMissing(DeploymentInvalid):
    """The secrets do not give a credential that the system needs."""


class CheckFailed(Permanent):
    """A system does not pass its check, and somebody must change something on one of the two sides."""


class Untrusted(Permanent):
    """The TLS certificate or the signature of the other side does not verify."""


class AuthenticationFailed(Permanent):
    """The source does not accept our credentials or our address."""


class Refused(Permanent):
    """The source refused the request; `code` is the source's own, or `http-404` and the like."""

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message, hint=hint or _ASK)
        self.code = code


class Malformed(Permanent):
    """The reply breaks the contract or the schema.

    `clause`: what keeps the document from being parsed, where one record may have brought it. Asked for in parts, the
    other records may be readable.
    """

    def __init__(self, message: str, *, hint: str = _MEND, clause: str = "") -> None:
        super().__init__(message, hint=hint or _MEND)
        self.clause = clause


class TooLarge(Permanent):
    """The reply exceeds the limit of raw or inflated bytes."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint or _LESS)


def restated(error: Named, message: str) -> Named:
    """The same error with another message: its class, its hint and what else it has stay."""
    twin = copy(error)
    HubError.__init__(twin, message, hint=error.hint)
    return twin
