"""What can go wrong between the hub and a system, by what the caller should do about it.

    Transient
    ├── Unreachable          no connection: name, network, refused
    ├── TimedOut             no complete reply within the total deadline
    ├── Throttled            429 or 503; `retry_after_s` when the source says how long
    ├── SourceFailed         a 5xx, or a Fault that says "try later"
    └── Incomplete           the reply ended early, or its count or hash does not agree
    Permanent
    ├── CheckFailed                a system does not pass its check, and waiting will not change that
    ├── Untrusted            the other side cannot prove who it is (TLS certificate, signature)
    ├── AuthenticationFailed the source does not accept who we are (MoJ 100, 101; 401, 403)
    ├── Refused              the source says no, by code (MoJ 106, 108, 200, 201, 302, 500; 3xx, 4xx)
    ├── Malformed            not what the contract or the schema says; HTML where JSON was due
    └── TooLarge             past the cap on raw or inflated bytes

No message carries a body, a fault string or a value: those may hold personal data.
"""

from __future__ import annotations

from contracts.errors import Permanent, Transient


class Unreachable(Transient):
    """No connection could be made."""


class TimedOut(Transient):
    """No complete reply within the total deadline."""


class Throttled(Transient):
    """The source asks for patience."""

    def __init__(self, message: str, *, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class SourceFailed(Transient):
    """The source failed on its side and may recover."""


class Incomplete(Transient):
    """The reply ended early, or does not agree with its own count or hash: none of it is used."""


class CheckFailed(Permanent):
    """A system does not pass its check, and somebody has to change something on one side or the other."""


class Untrusted(Permanent):
    """The other side could not prove that it is the system: its TLS certificate or its signature does not verify."""


class AuthenticationFailed(Permanent):
    """The source does not accept our credentials or our address."""


class Refused(Permanent):
    """The source refused the request; `code` is the source's own, or `http-404` and the like."""

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class Malformed(Permanent):
    """A reply that is not what the contract or the schema says."""


class TooLarge(Permanent):
    """A reply past the cap on raw or inflated bytes."""
