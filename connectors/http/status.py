"""Interprets HTTP status and headers: an answer, or one of our errors."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests

from contracts.errors import HubError

from ..errors import AuthenticationFailed, Incomplete, Malformed, Refused, SourceFailed, Throttled, TimedOut

PATIENCE_CAP_S = 3600.0
"""Longest Retry-After that is accepted."""


def refusal(response: requests.Response, about: str) -> HubError:
    """Our error for a status that is not an answer. The body is not read: it may contain anything."""
    status = response.status_code
    if status in (429, 503):
        wait = retry_after(response.headers.get("Retry-After"), http_date(response.headers.get("Date")))
        return Throttled(f"{about}: HTTP {status}, the source asks for patience", retry_after_s=wait)
    if status >= 500:
        return SourceFailed(f"{about}: HTTP {status}, the source failed")
    if status == 408:
        return TimedOut(f"{about}: HTTP 408, the source did not wait for the request")
    if status in (401, 403):
        return AuthenticationFailed(
            f"{about}: HTTP {status}, not accepted", hint="check the credentials, and that our address is allowed"
        )
    if 300 <= status < 400:
        hint = "put the final address in the deployment"
        return Refused(f"{about}: HTTP {status}, a redirect; none is ever followed", hint=hint, code=f"http-{status}")
    if status >= 400:
        return Refused(f"{about}: HTTP {status}, refused", code=f"http-{status}")
    return Malformed(f"{about}: HTTP {status} where 200 was due")


UTF_8 = ("utf-8", "utf8", "us-ascii")
"""Charsets that a reply may name, unless its dialect allows others."""


def require_media(
    response: requests.Response, body: bytes, accept: Collection[str], charsets: Collection[str] = UTF_8
) -> str:
    """The media type of a complete reply, which must be one of the accepted ones.

    Raises:
        Incomplete: there is no body.
        Malformed: an HTML page, another media type, or a charset that the dialect does not read.
    """
    if not body:
        raise Incomplete("an empty reply; an empty list would have said so")
    media_type, _, parameters = response.headers.get("Content-Type", "").partition(";")
    media_type = media_type.strip().lower()
    due = " or ".join(accept)
    if media_type == "text/html" or re.match(rb"\s*<(!doctype\s+html|html)\b", body[:200], re.IGNORECASE):
        raise Malformed(
            f"an HTML page came where {due} was due",
            hint="a proxy, a login page or a maintenance page may stand between: open the address by hand",
        )
    if media_type not in accept:
        raise Malformed(f"the reply's media type is not {due}")
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", parameters, re.IGNORECASE)
    if charset and charset[1].lower() not in charsets:
        raise Malformed("the reply is in a charset that is not read here: UTF-8 was due")
    return media_type


def retry_after(value: str | None, source_time: datetime | None) -> float | None:
    """Seconds of a Retry-After, at most `PATIENCE_CAP_S`; None if it is unreadable.

    A date is compared with the source's clock, or with ours if the source gives none.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return PATIENCE_CAP_S if len(text) > 9 else min(float(text), PATIENCE_CAP_S)
    until = http_date(text)
    if until is None:
        return None
    return min(max((until - (source_time or datetime.now(UTC))).total_seconds(), 0.0), PATIENCE_CAP_S)


def http_date(value: str | None) -> datetime | None:
    """An HTTP date, aware and in UTC; None when absent or unreadable."""
    try:
        moment = parsedate_to_datetime(value or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
