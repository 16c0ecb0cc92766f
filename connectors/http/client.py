"""HTTP calls, bounded in time and bytes: a complete reply or an error, and no secret in any message.

A call has at most `attempts` tries (3) within `deadline_s` (60 s), pauses included. This is the only place that
repeats calls immediately. It does so only if repeating is harmless: no connection, 429, 502, 503 or 504, on a call
that changes nothing at the source. Later retries belong to the scheduler. A Retry-After within the deadline is
obeyed; with a longer one, `Throttled` says at once how long to wait.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

import requests
import urllib3

from contracts.errors import HubError
from contracts.logs import Logger

from ..errors import Throttled, TimedOut, Unreachable
from .body import CallLimits, read_body
from .deadline import CuttableAdapter, Watchdog
from .errors import translate
from .status import UTF_8, http_date, refusal, require_media

if TYPE_CHECKING:
    from ..outgoing.sink import TarBody

log = Logger()

PAUSE_S = 0.5
"""Longest first pause between two tries; each further pause may be twice as long."""


@dataclass(frozen=True)
class HttpReply:
    """A complete reply."""

    status: int
    media_type: str
    body: bytes = field(repr=False)
    source_time: datetime | None
    """The `Date` header: the source's clock."""
    content_type: str = ""
    """The complete `Content-Type` header, because a multipart message needs its boundary."""


_Readable: TypeAlias = tuple[Collection[str], Collection[str]]
"""Media types and charsets."""


class _Repeatable(Exception):
    """An error after which the call may be repeated immediately."""

    def __init__(self, error: HubError) -> None:
        self.error = error


class Http:
    """A session with one system. Not thread-safe."""

    def __init__(
        self,
        system: str,
        limits: CallLimits,
        *,
        ca_file: str | None = None,
        client_certificate: tuple[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`system`: its id, for messages. `ca_file` replaces the machine's trusted roots. `client_certificate`: files
        of our certificate and its key.
        """
        # urllib3 logs addresses with their queries below ERROR, and zeep whole envelopes below INFO.
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        logging.getLogger("zeep").setLevel(logging.WARNING)
        self.system = system
        self.limits = limits
        self._sleep = sleep
        self._jitter = jitter
        self._adapter = CuttableAdapter()
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy, .netrc or CA bundle of whoever starts the process
        self._session.verify = ca_file or True
        self._session.cert = client_certificate
        self._session.headers.update({"User-Agent": "motlan", "Accept-Encoding": "gzip"})
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)

    def call(
        self,
        method: str,
        url: str,
        *,
        what: str,
        accept: Collection[str],
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | Callable[[], bytes | TarBody] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[bytes, bytes] | None = None,
        statuses: Collection[int] = (200,),
        idempotent: bool = True,
        charsets: Collection[str] = UTF_8,
    ) -> HttpReply:
        """Make one call and read its complete reply.

        `what` names the call in messages. `accept` lists the allowed media types, `charsets` the allowed charsets,
        and `statuses` the HTTP statuses of an answer; any other status is an error. A function as `data` is called
        for each try, because a message with a nonce must not be sent twice; a body with a length is sent in parts.
        """
        expires = time.monotonic() + self.limits.deadline_s
        attempt = 1
        while True:
            body = data() if callable(data) else data
            request = requests.Request(
                method,
                url,
                params=params,
                data=body,
                auth=auth,
                headers={"Accept": ", ".join(accept), **(headers or {})},
            )
            try:
                return self._try(request, f"{self.system}: {what}", (accept, charsets), statuses, expires)
            except _Repeatable as repeatable:
                error = repeatable.error
            pause = self._pause(error, attempt)
            if not idempotent or attempt == self.limits.attempts or time.monotonic() + pause >= expires:
                raise error
            log.warning(
                "http.repeated",
                system=self.system,
                call=what,
                attempt=attempt,
                reason=type(error).__name__,
                pause_s=round(pause, 2),
            )
            self._sleep(pause)
            attempt += 1

    @contextmanager
    def room(self, times: int) -> Iterator[None]:
        """Within it, a reply may have so many times the bytes of the limits."""
        usual = self.limits
        self.limits = replace(
            usual,
            max_raw_bytes=times * usual.max_raw_bytes,
            max_inflated_bytes=times * usual.max_inflated_bytes,
        )
        try:
            yield
        finally:
            self.limits = usual

    def close(self) -> None:
        """Close the connections. Safe to call twice."""
        self._session.close()

    def _try(
        self, request: requests.Request, about: str, accept: _Readable, statuses: Collection[int], expires: float
    ) -> HttpReply:
        left = expires - time.monotonic()
        with Watchdog(self._adapter, left) as watchdog:
            try:
                return self._exchange(request, about, accept, statuses, left)
            except (HubError, _Repeatable):
                if not watchdog.bit:
                    raise
            # What a cut connection raises depends on where it was cut, down to ValueError; the watchdog knows.
            except Exception:
                if not watchdog.bit:
                    raise
            raise TimedOut(f"{about}: no complete reply within {self.limits.deadline_s:g} s") from None

    def _exchange(
        self, request: requests.Request, about: str, accept: _Readable, statuses: Collection[int], left: float
    ) -> HttpReply:
        replied = False
        try:
            prepared = self._session.prepare_request(request)
            self._session.cookies.clear()  # cookies of one reply must not affect the next call
            timeout = (min(self.limits.connect_s, left), left)
            with self._session.send(prepared, stream=True, allow_redirects=False, timeout=timeout) as response:
                replied = True
                if response.status_code not in statuses:
                    error = refusal(response, about)
                    raise _Repeatable(error) if response.status_code in (429, 502, 503, 504) else error
                body = read_body(response.raw.stream(1 << 16, decode_content=False), response.headers, self.limits)
                try:
                    media_type = require_media(response, body, *accept)
                except HubError:
                    if response.status_code == 200:
                        raise
                    raise refusal(response, about) from None  # an error page of the server, not of the service
                return HttpReply(
                    response.status_code,
                    media_type,
                    body,
                    http_date(response.headers.get("Date")),
                    response.headers.get("Content-Type", ""),
                )
        except HubError as error:
            if error.message.startswith(about):
                raise
            # The reader of the body does not know the call.
            raise type(error)(f"{about}: {error.message}", hint=error.hint) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            ours = translate(error, about, replied=replied)
            # The library's exception holds the request with its headers, so it must not become the cause.
            raise (_Repeatable(ours) if isinstance(ours, Unreachable) else ours) from None

    def _pause(self, error: HubError, attempt: int) -> float:
        """Seconds before the next try: as the source asks, with jitter so that many clients do not repeat together."""
        asked = error.retry_after_s if isinstance(error, Throttled) else None
        return (asked or 0.0) + PAUSE_S * float(2 ** (attempt - 1)) * self._jitter()
