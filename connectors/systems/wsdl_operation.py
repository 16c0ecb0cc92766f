"""Any SOAP service with a WSDL: one operation for each contract, read in ranges of days, without code for the service.

The operation, the element of a record and the parameters of the window are data: see `_wsdl_plan.py`.

A reply is complete if it is valid by the WSDL's own schema; records that a service leaves out of a valid reply cannot
be detected. Options: wsdl, wsdl_sha256 (its imports: `connectors/wsdl_documents.py`), operations, headers
(`connectors/headers`), first_day, timezone, max_tags and the common ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl
from lxml import etree

from contracts.errors import DeploymentInvalid, HubError
from contracts.model import Contract

from .. import envelope, mime, options, probe
from ..codes import shown
from ..credential_files import client_certificate
from ..errors import Malformed, Refused, SourceFailed
from ..headers import headers_of
from ..http import Http, HttpReply
from ..http_body import CallLimits
from ..interface import Page, Position, Probe, Source, System, Window
from ..wire_time import furthest
from ..wsdl import Wsdl
from ..wsdl_documents import read_documents
from ..xml import Caps
from ._wsdl_plan import FieldPath, read_plan, slices

if TYPE_CHECKING:
    from ..soap import Soap

_OPTIONS = ("wsdl", "wsdl_sha256", "operations", "headers", "first_day", "timezone", "max_tags")


def source(system: System, contract: Contract) -> WsdlOperation:
    """One operation's records as a Source of the contract."""
    return WsdlOperation(system, contract)


class WsdlOperation(Source):
    """One operation of one service."""

    def __init__(self, system: System, contract: Contract) -> None:
        options.check_names(system, _OPTIONS)
        path, _ = options.pinned(system, "wsdl")
        self._system = system
        self._wsdl = Wsdl(read_documents(path))
        self._schema = self._wsdl.schema
        self._plan = read_plan(system, contract, self._wsdl)
        self._dataset = contract.datasets[0]
        self._first_day = options.day(system, "first_day")
        self._caps = Caps(tags=options.number(system, "max_tags", default=Caps.tags, most=10_000_000))
        self._headers = headers_of(system)
        self._heard: datetime | None = None
        self._http = Http(
            system.id,
            options.limits(system, CallLimits),
            ca_file=options.ca_file(system),
            client_certificate=client_certificate(system),
        )

    def pages(self, window: Window) -> Iterator[Page]:
        """One page for each call with records, in order of days; the first and the last day of the window are read
        completely.

        If only the requested day orders versions, a range is read after its last day is over.
        """
        last = (window.until or self._system.now()).astimezone(self._plan.zone).date()
        if self._plan.window is None:
            if window.since is None or window.since.changed_at <= self._system.now():
                yield from self._fetch(last, last)
            return
        for first, final in slices(self._start(window), last, self._plan.days):
            if self._plan.day_is_version and final >= self._system.now().astimezone(self._plan.zone).date():
                return  # read again tonight, it would be other content of the same version
            yield from self._fetch(first, final)

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        try:
            answer = self._answer(*self._opened(body, media_type, "page"))
        except HubError as error:
            raise error if isinstance(error, Malformed) else Malformed(error.message) from None
        held = self._held(answer)
        columns = [
            pl.Series(name, [self._text(answer, each, name) for each in held], dtype=pl.String)
            for name in self._plan.places
        ]
        return {self._dataset.name: pl.DataFrame(columns)}

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
        return f"as pinned, with {len(self._wsdl.documents.by_address) - 1} imported; {len(self._soap.operations)} operations"

    def _sample(self) -> str:
        today = self._system.now().astimezone(self._plan.zone).date()
        _, answer = self._ask(today, today)
        return f"{self._plan.operation.name}: {len(self._held(answer))} record(s) of {today}"

    # -- asking -----------------------------------------------------------------------------------

    @cached_property
    def _soap(self) -> Soap:
        from ..soap import Soap  # zeep is slow to import: reading landed pages does without

        accept = (mime.XML, mime.MULTIPART)
        return Soap(
            self._http,
            self._system.address,
            self._wsdl.path,
            self._wsdl.documents.get,
            self._headers,
            accept,
            mime.CHARSETS,
        )

    def _start(self, window: Window) -> date:
        if window.since is not None:
            return window.since.changed_at.astimezone(self._plan.zone).date()
        if self._first_day is None:
            raise DeploymentInvalid(
                f"{self._system.id}: a first reading needs the option first_day",
                hint="the first day for which the service lists changes",
            )
        return self._first_day

    def _fetch(self, first: date, last: date) -> Iterator[Page]:
        reply, answer = self._ask(first, last)
        marks = [(self._moment(answer, each), self._record_id(answer, each)) for each in self._held(answer)]
        if not marks:
            return
        # An interrupted reading continues at its position, so no record may move it past the days that were read.
        end = datetime.combine(last, time.max, self._plan.zone)
        clock = (
            min(reply.source_time or self._system.now(), end)
            if self._plan.window
            else reply.source_time or self._system.now()
        )
        asked = f"{self._plan.operation.name} {first} to {last}" if self._plan.window else self._plan.operation.name
        yield Page(
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

    def _ask(self, first: date, last: date) -> tuple[HttpReply, etree._Element]:
        name, asked = self._plan.operation.name, self._plan.arguments(first, last)
        self._askable(asked)
        reply = self._soap.call(name, **asked)
        self._heard = reply.source_time
        whole, about = self._opened(reply.body, reply.content_type or reply.media_type, name)
        self._headers.verify(whole, about)
        return reply, self._answer(whole, about, reply.status)

    def _askable(self, asked: Mapping[str, object]) -> None:
        """Validate the request by the schema before it is sent; an invalid request is an error of the deployment."""
        try:
            self._schema.require(self._soap.body(self._plan.operation.name, **asked), "the request")
        except Malformed as error:
            what = f"{self._system.id}: what operations would ask is not valid: {error.message.partition(': ')[2]}"
            raise DeploymentInvalid(
                what, hint="what the service needs to be asked stands under request and window"
            ) from None

    # -- understanding ----------------------------------------------------------------------------

    def _opened(self, body: bytes, content_type: str, what: str) -> tuple[etree._Element, str]:
        about = f"{self._system.id}: {what}"
        message = mime.read_message(body, content_type, about)
        whole = envelope.opened(message.envelope, about, self._caps)
        mime.inline(whole, message, about)
        return whole, about

    def _answer(self, whole: etree._Element, about: str, status: int = 200) -> etree._Element:
        """The payload of a reply, validated by the schema; a Fault is raised as an error."""
        found = envelope.content(whole)
        if found.tag == envelope.FAULT:
            raise envelope.meaning(envelope.fault(found), about)
        if status != 200:
            raise SourceFailed(f"{about}: HTTP {status} around a reply that is no Fault")
        if found.tag != self._plan.operation.reply:
            raise Malformed(f"{about}: another element came than {self._plan.operation.reply}")
        self._schema.require(found, about)
        if self._plan.refusal and (code := self._below(found, self._plan.refusal)):
            raise Refused(
                f"{about}: the service says no: {shown(code)}",
                hint="its documentation says what the code means",
                code=shown(code),
            )
        return found

    def _held(self, answer: etree._Element) -> list[etree._Element]:
        found = [answer]
        for tag in self._plan.record:
            found = [inner for each in found for inner in each.iterchildren(tag)]
        return found

    def _text(self, answer: etree._Element, record: etree._Element, name: str) -> str | None:
        place = self._plan.places[name]
        text = None if place is None else self._at(answer, record, place)
        moment = self._plan.moment(text) if name == self._plan.version else None
        return text if moment is None else moment.isoformat()  # unreadable: the contract's rules report it

    def _moment(self, answer: etree._Element, record: etree._Element) -> datetime | None:
        place = self._plan.places.get(self._plan.version or "")
        return None if place is None else self._plan.moment(self._at(answer, record, place))

    def _record_id(self, answer: etree._Element, record: etree._Element) -> str:
        return "|".join(self._text(answer, record, name) or "" for name in self._plan.key)

    def _at(self, answer: etree._Element, record: etree._Element, place: FieldPath) -> str | None:
        return self._below(record if place.in_record else answer, place.tags)

    def _below(self, top: etree._Element, tags: tuple[str, ...]) -> str | None:
        at: etree._Element | None = top
        for tag in tags:
            if tag.startswith("@"):
                return (at.get(tag[1:]) or None) if at is not None else None
            at = at.find(tag) if at is not None else None
        return (at.text or None) if at is not None else None
