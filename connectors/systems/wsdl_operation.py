"""Any SOAP service with a WSDL: one operation for each contract, read in ranges of days, without code for the service.

The operation, the element of a record and the parameters of the window are data: see `_wsdl_plan.py`.

A reply is complete if it is valid by the WSDL's own schema beside its records, and if it agrees with what it says of
itself (`_wsdl_taken.py`); records that a service leaves out of such a reply cannot be detected. A record that breaks the
schema is a refused row. A stretch of days that cannot be read whole is asked for in halves, down to one day.

Options: wsdl, wsdl_sha256 (its imports: `connectors/wsdl/documents.py`), operations, headers (`connectors/soap/headers`),
first_day, timezone, max_tags, full_list and the common ones. `full_list: days` says that all days since first_day
together name every record that the service has, each on the day of its last change: then its keys can be listed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TypeAlias

import polars as pl
from lxml import etree

from contracts.errors import DeploymentInvalid, HubError
from contracts.logs import Logger
from contracts.model import Contract

from .. import options, probe
from ..errors import Malformed, TooLarge
from ..http.body import CallLimits
from ..http.client import Http, HttpReply
from ..http.credential_files import client_certificate
from ..interface import Page, Position, Probe, Source, System, Window
from ..key_pages import KeyPage, of_pages
from ..prefetch import one_ahead
from ..read_pages import ReadPages
from ..soap import mime, version_12
from ..soap.headers import headers_of
from ..soap.post import SoapPost
from ..wire_time import ahead_of, furthest, trusted_clock
from ..wsdl.description import Wsdl
from ..wsdl.documents import read_documents
from ..wsdl.request import request_body
from ..xml.parsing import Caps
from ._wsdl_plan import read_plan, slices
from ._wsdl_replies import OperationReplies, Row

log = Logger()

_Read: TypeAlias = Callable[[], Sequence[Row]]
"""Reads the rows of a reply, on any thread."""
_OPTIONS = ("wsdl", "wsdl_sha256", "port", "operations", "headers", "first_day", "timezone", "max_tags", "full_list")


def source(system: System, contract: Contract) -> WsdlOperation:
    """One operation's records as a Source of the contract."""
    return WsdlOperation(system, contract)


class WsdlOperation(Source):
    """One operation of one service."""

    def __init__(self, system: System, contract: Contract) -> None:
        options.check_names(system, _OPTIONS)
        path, _ = options.pinned(system, "wsdl")
        self._system = system
        port = options.text(system, "port") if "port" in system.options else None
        self._wsdl = Wsdl(read_documents(path), port)
        self._schema = self._wsdl.schema
        self._plan = read_plan(system, contract, self._wsdl)
        self._first_day = options.day(system, "first_day")
        by_days = "full_list" in system.options and options.one_of(system, "full_list", ("days",), "days") == "days"
        self._contract, self._lists_all = contract, by_days or self._plan.window is None
        caps = Caps(tags=options.number(system, "max_tags", default=Caps.tags, most=10_000_000))
        self._replies = OperationReplies(system.id, self._plan, self._schema, contract.datasets[0].name, caps)
        self._pages = ReadPages()
        self._headers = headers_of(system)
        self._heard: datetime | None = None
        self._asking = threading.Lock()
        self._http = Http(
            system.id,
            options.limits(system, CallLimits),
            ca_file=options.ca_file(system),
            client_certificate=client_certificate(system),
        )
        media = version_12.MEDIA if self._plan.operation.new else mime.XML
        self._post = SoapPost(self._http, self._headers, (media, mime.MULTIPART), mime.CHARSETS)
        if self._plan.operation.new and self._headers.verifies:
            what = f"{system.id}: {self._plan.operation.port} is a port of SOAP 1.2, and the headers that are named prove messages of SOAP 1.1"
            raise DeploymentInvalid(
                what, hint="headers: [plain] or [username_token]; or ask its owner for a SOAP 1.1 port"
            )
        today = system.now().astimezone(self._plan.zone).date()
        self._request(today, today)  # what cannot be asked is refused now, not at the first reading

    def pages(self, window: Window) -> Iterator[Page]:
        """One page for each call with records, in order of days; the first and the last day of the window are read
        completely.

        If only the requested day orders versions, a range is read after its last day is over. The next request is on
        its way while a reply is read; there is never more than one.
        """
        with closing(one_ahead(self._asked(window))) as replies:
            for first, last, reply, read in replies:
                yield from self._stretch(first, last, reply, read)

    def _stretch(self, first: date, last: date, reply: HttpReply, read: _Read) -> Iterator[Page]:
        """The page of a stretch of days; of each half of it, where one of its records keeps it from being read."""
        try:
            rows = read()
        except HubError as error:
            one_day = self._plan.window is None or first == last
            if one_day or not (isinstance(error, TooLarge) or (isinstance(error, Malformed) and error.clause)):
                raise error.at(self._days(first, last)) from None
            middle = first + (last - first) // 2
            for half in ((first, middle), (middle + timedelta(days=1), last)):
                yield from self._stretch(*half, *self._ask(*half))
            return
        if rows:
            self._pages.keep(reply.body, partial(self._replies.frames, rows))
            yield self._page(first, last, reply, rows)

    def _days(self, first: date, last: date) -> str:
        if self._plan.window is None:
            return "all records"
        return str(first) if first == last else f"{first} to {last}"

    def _asked(self, window: Window) -> Iterator[tuple[date, date, HttpReply, _Read]]:
        last = (window.until or self._system.now()).astimezone(self._plan.zone).date()
        if self._plan.window is None:
            if window.since is None or window.since.changed_at <= self._system.now():
                yield last, last, *self._ask(last, last)
            return
        for first, final in slices(self._start(window), last, self._plan.days):
            if self._plan.day_is_version and final >= self._system.now().astimezone(self._plan.zone).date():
                return  # read again tonight, it would be other content of the same version
            yield first, final, *self._ask(first, final)

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        if (frames := self._pages.take(body)) is not None:
            return frames
        try:
            return self._replies.frames(self._replies.rows(body, media_type, f"{self._system.id}: page"))
        except HubError as error:
            raise error if isinstance(error, Malformed) else Malformed(error.message) from None

    def listing(self) -> Iterator[KeyPage] | None:
        """The keys of every reply, where all of them name every record: the service has no list of keys alone."""
        return of_pages(self, self._contract, self.pages(Window())) if self._lists_all else None

    def check(self) -> Iterable[Probe]:
        yield from probe.reach(self._system, options.ca_file(self._system))
        yield probe.attempt("WSDL", self._understood)
        yield probe.attempt("sample call", self._sample)
        yield from self._headers.check()
        yield probe.clock(self._system, self._heard)

    def close(self) -> None:
        self._http.close()

    def _understood(self) -> str:
        options.pinned(self._system, "wsdl")  # as it stands on the disk now, not as it was at the start
        return f"as pinned, with {len(self._wsdl.documents.by_address) - 1} imported; {len(self._wsdl.operations)} operations"

    def _sample(self) -> str:
        today = self._system.now().astimezone(self._plan.zone).date()
        _, read = self._ask(today, today)
        return f"{self._plan.operation.name}: {len(read())} record(s) of {today}"

    # -- asking -----------------------------------------------------------------------------------

    def _start(self, window: Window) -> date:
        if window.since is not None:
            return window.since.changed_at.astimezone(self._plan.zone).date()
        if self._first_day is None:
            raise DeploymentInvalid(
                f"{self._system.id}: a first reading needs the option first_day",
                hint="the first day for which the service lists changes",
            )
        return self._first_day

    def _page(self, first: date, last: date, reply: HttpReply, rows: Sequence[Row]) -> Page:
        marks = self._replies.marks(rows)
        # An interrupted reading continues at its position, so no record may move it past the days that were read.
        end = datetime.combine(last, time.max, self._plan.zone)
        trusted = trusted_clock(reply.source_time, self._system.now())
        clock = min(trusted, end) if self._plan.window else trusted
        asked = f"{self._plan.operation.name} {first} to {last}" if self._plan.window else self._plan.operation.name
        if ahead := ahead_of(marks, trusted):
            log.warning("page.ahead_of_clock", system=self._system.id, request=asked, records=ahead)
        return Page(
            reply.body,
            reply.content_type or reply.media_type,
            len(marks),
            asked,
            self._furthest(marks, clock),
            {},
            reply.source_time,
        )

    def _furthest(self, marks: list[tuple[datetime | None, str]], clock: datetime) -> Position | None:
        found = furthest(marks, clock)
        return None if found is None else replace(found, changed_at=found.changed_at.astimezone(UTC))

    def _ask(self, first: date, last: date) -> tuple[HttpReply, _Read]:
        """A reply whose sender is verified, and what reads its rows."""
        operation = self._plan.operation
        name, about = operation.name, f"{self._system.id}: {operation.name}"
        try:
            body = self._request(first, last)
            # One request at a time: the next stretch is asked for on another thread, while this one may be halved.
            with self._asking:
                reply = self._post.ask(self._system.address, name, body, operation.action, new=operation.new)
                self._heard = reply.source_time
                media_type = reply.content_type or reply.media_type
                whole, broken = self._verified(reply.body, media_type, about)
        except TooLarge as error:
            return HttpReply(200, mime.XML, b"", None), _raising(error)
        except HubError as error:
            raise error.at(self._days(first, last)) from None
        if broken is not None:
            return reply, _raising(broken)
        return reply, partial(self._replies.rows, reply.body, media_type, about, reply.status, whole)

    def _verified(self, body: bytes, media_type: str, about: str) -> tuple[etree._Element | None, Malformed | None]:
        """The envelope if its sender had to be verified, or why it cannot be opened for that."""
        if not self._headers.verifies:
            return None, None
        try:
            whole = self._replies.opened(mime.read_message(body, media_type, about), about)
        except Malformed as error:
            if not error.clause:
                raise
            return None, error
        self._headers.verify(whole, about)
        return whole, None

    def _request(self, first: date, last: date) -> etree._Element:
        """A request that is valid by the schema; an invalid one is an error of the deployment, and never leaves."""
        body = request_body(self._plan.asked, self._plan.arguments(first, last))
        try:
            self._schema.require(body, "the request")
        except Malformed as error:
            what = f"{self._system.id}: what operations would ask is not valid: {error.message.partition(': ')[2]}"
            raise DeploymentInvalid(
                what, hint="what the service needs to be asked stands under request and window"
            ) from None
        return body


def _raising(error: HubError) -> _Read:
    def read() -> Sequence[Row]:
        raise error

    return read
