"""Any SOAP service with a WSDL: one operation for each contract, read in ranges of days, without code for the service.

The operation, the element of a record and the parameters of the window are data: see `_wsdl_plan.py`.

A reply is complete if it is valid by the WSDL's own schema; records that a service leaves out of a valid reply cannot
be detected. Options: wsdl, wsdl_sha256 (its imports: `connectors/wsdl_documents.py`), operations, headers
(`connectors/headers`), first_day, timezone, max_tags and the common ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import partial
from typing import TypeAlias

import polars as pl
from lxml import etree

from contracts.errors import DeploymentInvalid, HubError
from contracts.model import Contract

from .. import envelope, mime, options, probe, soap_12
from ..codes import shown
from ..credential_files import client_certificate
from ..errors import Malformed, Refused, SourceFailed
from ..headers import headers_of
from ..http import Http, HttpReply
from ..http_body import CallLimits
from ..interface import Page, Position, Probe, Source, System, Window
from ..leaf_rows import Texts, text_frame
from ..prefetch import one_ahead
from ..read_pages import ReadPages
from ..record_reader import RecordReader
from ..soap_post import SoapPost
from ..wire_time import furthest, trusted_clock
from ..wsdl import Wsdl
from ..wsdl_documents import read_documents
from ..wsdl_request import request_body
from ..xml import Caps
from ._path_rows import PathRows, text_below
from ._wsdl_plan import read_plan, slices

_Read: TypeAlias = Callable[[], Sequence[Texts]]
"""Reads the rows of a reply, on any thread."""
_INCLUDE = b"Include"
"""Part of the name of an element that refers to an attachment; a name cannot be written otherwise."""
_OPTIONS = ("wsdl", "wsdl_sha256", "port", "operations", "headers", "first_day", "timezone", "max_tags")


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
        self._names = list(self._plan.places)
        self._path_rows = PathRows(list(self._plan.places.values()))
        self._dataset = contract.datasets[0]
        self._first_day = options.day(system, "first_day")
        self._caps = Caps(tags=options.number(system, "max_tags", default=Caps.tags, most=10_000_000))
        self._reader = RecordReader(self._schema, self._plan.record, self._path_rows, self._caps)
        self._pages = ReadPages()
        self._headers = headers_of(system)
        self._heard: datetime | None = None
        self._http = Http(
            system.id,
            options.limits(system, CallLimits),
            ca_file=options.ca_file(system),
            client_certificate=client_certificate(system),
        )
        media = soap_12.MEDIA if self._plan.operation.new else mime.XML
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
                if rows := read():
                    self._pages.keep(reply.body, self._frames(rows))
                    yield self._page(first, last, reply, rows)

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
            return self._frames(self._rows(body, media_type, f"{self._system.id}: page"))
        except HubError as error:
            raise error if isinstance(error, Malformed) else Malformed(error.message) from None

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

    def _page(self, first: date, last: date, reply: HttpReply, rows: Sequence[Texts]) -> Page:
        marks = [(self._moment(row), self._record_id(row)) for row in rows]
        # An interrupted reading continues at its position, so no record may move it past the days that were read.
        end = datetime.combine(last, time.max, self._plan.zone)
        clock = (
            min(trusted_clock(reply.source_time, self._system.now()), end)
            if self._plan.window
            else trusted_clock(reply.source_time, self._system.now())
        )
        asked = f"{self._plan.operation.name} {first} to {last}" if self._plan.window else self._plan.operation.name
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
        name, body = operation.name, self._request(first, last)
        reply = self._post.ask(self._system.address, name, body, operation.action, new=operation.new)
        self._heard = reply.source_time
        media_type, about = reply.content_type or reply.media_type, f"{self._system.id}: {name}"
        whole = None
        if self._headers.verifies:  # now: the next request has other headers
            whole = self._opened(mime.read_message(reply.body, media_type, about), about)
            self._headers.verify(whole, about)
        return reply, partial(self._rows, reply.body, media_type, about, reply.status, whole)

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

    # -- understanding ----------------------------------------------------------------------------

    def _opened(self, message: mime.Message, about: str) -> etree._Element:
        whole = envelope.opened(message.envelope, about, self._caps)
        mime.inline(whole, message, about)
        return whole

    def _rows(
        self, body: bytes, media_type: str, about: str, status: int = 200, whole: etree._Element | None = None
    ) -> Sequence[Texts]:
        """The texts of each record, in the order of the contract's fields."""
        message = mime.read_message(body, media_type, about)
        if whole is None and (message.parts or _INCLUDE in message.envelope):
            whole = self._opened(message, about)
        admit = partial(self._admit, about, status)
        reading = (
            self._reader.read(message.envelope, about, admit)
            if whole is None
            else self._reader.read_tree(whole, message.envelope, about, admit)
        )
        rows = reading.complete(about)
        if self._plan.refusal and (code := text_below(reading.answer, self._plan.refusal)):
            raise Refused(
                f"{about}: the service says no: {shown(code)}",
                hint="its documentation says what the code means",
                code=shown(code),
            )
        return self._path_rows.completed(rows, reading.answer)

    def _admit(self, about: str, status: int, found: etree._Element) -> None:
        """Raise a Fault as an error; only the reply of the operation is read."""
        if found.tag == envelope.FAULT:
            raise envelope.meaning(envelope.fault(found), about)
        if status != 200:
            raise SourceFailed(f"{about}: HTTP {status} around a reply that is no Fault")
        if found.tag != self._plan.operation.reply:
            raise Malformed(f"{about}: another element came than {self._plan.operation.reply}")

    def _frames(self, rows: Sequence[Texts]) -> Mapping[str, pl.DataFrame]:
        frame = text_frame(self._names, rows)
        if self._plan.version is None:
            return {self._dataset.name: frame}
        versions = pl.Series(self._plan.version, [self._version(row) for row in rows], dtype=pl.String)
        return {self._dataset.name: frame.with_columns(versions)}

    def _version(self, row: Texts) -> str | None:
        moment = self._moment(row)
        text = row[self._names.index(self._plan.version or "")]
        return text if moment is None else moment.isoformat()  # unreadable: the contract's rules report it

    def _moment(self, row: Texts) -> datetime | None:
        version = self._plan.version
        return None if version is None else self._plan.moment(row[self._names.index(version)])

    def _record_id(self, row: Texts) -> str:
        texts = (
            self._version(row) if name == self._plan.version else row[self._names.index(name)]
            for name in self._plan.key
        )
        return "|".join(text or "" for text in texts)
