"""The civil registry of the Ministry of Justice (hộ tịch), read over SOAP.

Operations and fields are the published ones. No WSDL of the Ministry is public, so ours is written from them; it is
part of the deployment, so that the real one can replace it as data.

    dsHoSoDangKy      which records were created or last changed on a day
    traDanhSachHoSo   up to 1000 records by id; each is returned once, or refused by code
    traHoSo, danhMuc  one record; one code list

A record that breaks the schema is a refused row of its page. Records that break the XML of a reply are found by asking
for fewer; only a day's list cannot be asked for in parts. An entry of it without an id is a refused row too.

Credentials: username, password (WS-Security UsernameToken, digest, unless the option headers names other profiles).
Options: wsdl, wsdl_sha256, xsd, xsd_sha256, maTinh, first_day (where a first reading starts), page_size (1000, at most
1000), max_tags (of one reply; a day's list cannot be asked for in parts) and the common ones.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import polars as pl
from lxml import etree

from contracts.errors import HubError
from contracts.logs import Logger
from contracts.model import Contract

from .. import fields, options, probe
from ..errors import Malformed, SourceFailed, TooLarge
from ..http.body import CallLimits
from ..http.client import Http, HttpReply
from ..http.credential_files import client_certificate
from ..interface import Page, Probe, RecordRefusal, System
from ..read_pages import ReadPages
from ..soap.headers import headers_of
from ..wire_time import from_iso
from ..xml import envelope
from ..xml.parsing import Caps, Schema
from ..xml.record_reader import Reading, RecordReader
from . import _moj_days
from ._moj_codes import OF_ONE_RECORD, fault_meaning, meaning
from ._moj_days import ByDay
from ._moj_replies import LIST, NOTHING, CodeRefusal, ReplyReader, Row, alone, not_given, unaskable
from ._records_reply import RecordsReply

if TYPE_CHECKING:
    from ..soap.client import Soap

log = Logger()

T = TypeVar("T")
_OPTIONS = (*_moj_days.OPTIONS, "wsdl", "wsdl_sha256", "xsd", "xsd_sha256", "max_tags", "headers")


@dataclass(frozen=True)
class _Answered:
    """A reply whose sender is verified, not yet read."""

    reply: HttpReply
    about: str
    """System and operation, for messages."""
    whole: etree._Element | None
    """Its envelope, where it had to be opened to verify the sender."""
    broken: Malformed | TooLarge | None = None
    """Why it could not be opened to verify the sender: nothing of it is read."""


def source(system: System, contract: Contract) -> MojRegistry:
    """One register of the registry as a Source."""
    return MojRegistry(system, contract)


class MojRegistry(ByDay):
    """One of the four registers, by the contract."""

    _asks_in_parts = True

    def __init__(self, system: System, contract: Contract) -> None:
        options.check_names(system, _OPTIONS)
        super().__init__(system, contract)
        self._wsdl, xsd = options.path(system, "wsdl"), options.path(system, "xsd")
        self._documents = dict(options.pinned(system, name) for name in ("wsdl", "xsd"))
        self._schema = Schema(self._documents[xsd], xsd)
        fields.match(system, contract, {contract.name: self._schema.fields(self._element)})
        self._caps = Caps(tags=options.number(system, "max_tags", default=Caps.tags, most=10_000_000))
        names = [field.name for field in self._dataset.fields]
        self._replies = ReplyReader(self._schema, self._element, names, self._caps)
        self._pages = ReadPages()
        self._headers = headers_of(system, default=("username_token",))
        self._heard: datetime | None = None
        self._asking = threading.Lock()
        self._http = Http(
            system.id,
            options.limits(system, CallLimits),
            ca_file=options.ca_file(system),
            client_certificate=client_certificate(system),
        )

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        if (frames := self._pages.take(body)) is not None:
            return frames
        about = f"{self._system.id}: page"
        try:
            return {self._dataset.name: self._replies.page(body, media_type, about, partial(self._admit, about, 200))}
        except HubError as error:
            raise error if isinstance(error, Malformed) else Malformed(error.message) from None

    def catalogue(self, kind: int) -> Mapping[str, str]:
        answered = self._call("danhMuc", loaiDanhMuc=kind)
        code, name = self._replies.tag("ma"), self._replies.tag("ten")
        entries = RecordReader(
            self._schema,
            [self._replies.tag("muc")],
            lambda each: (each.findtext(code, ""), each.findtext(name, "")),
            self._caps,
        )
        return dict(self._read(answered, entries).complete(answered.about))

    def check(self) -> Iterable[Probe]:
        yield from probe.reach(self._system, options.ca_file(self._system))
        yield probe.attempt("WSDL", self._understood)
        yield probe.attempt("login", lambda: f"accepted; {len(self.catalogue(5))} kinds of identity paper")
        yield probe.attempt("sample call", self._sample)
        yield from self._headers.check()
        yield probe.clock(self._system, self._heard)

    def close(self) -> None:
        self._http.close()

    def _understood(self) -> str:
        for name in ("wsdl", "xsd"):
            options.pinned(self._system, name)  # as they stand on the disk now, not as they were at the start
        return f"as pinned; {', '.join(self._soap.operations)}"

    # -- asking -----------------------------------------------------------------------------------

    @cached_property
    def _soap(self) -> Soap:
        from ..soap.client import Soap  # zeep is slow to import: reading landed pages does without

        def pinned(address: str) -> bytes | None:
            return next(
                (content for path, content in self._documents.items() if path.resolve() == Path(address).resolve()),
                None,
            )

        return Soap(self._http, self._system.address, self._wsdl, pinned, self._headers)

    def _call(self, operation: str, **arguments: object) -> _Answered:
        about = f"{self._system.id}: {operation}"
        # The next page is asked for on another thread, while records of this one may have to be asked for again: the
        # registry gets one request at a time, and a reply is verified before the next request has its own headers.
        with self._asking:
            reply = self._soap.call(operation, **arguments)
            self._heard = reply.source_time
            if not self._headers.verifies:
                return _Answered(reply, about, None)
            try:
                whole = envelope.opened(reply.body, about, self._caps)
            except (Malformed, TooLarge) as error:
                if not _is_divisible(error):
                    raise
                return _Answered(reply, about, None, error)
            self._headers.verify(whole, about)
        return _Answered(reply, about, whole)

    def _read(self, answered: _Answered, reader: RecordReader[T]) -> Reading[T]:
        body, about = answered.reply.body, answered.about
        if answered.broken is not None:
            raise answered.broken
        admit = partial(self._admit, about, answered.reply.status)
        if answered.whole is None:
            return reader.read(body, about, admit)
        return reader.read_tree(answered.whole, body, about, admit)

    def _changed_on(self, day: date) -> list[str]:
        return self._listed(day)[0]

    def _listed(self, day: date) -> tuple[list[str], Page | None]:
        """A broken entry is asked for if it has an id that can be asked for; the others are refused rows of a page."""
        answered = self._call("dsHoSoDangKy", module=self._module, ngayCapNhat=day)
        entries = self._read(answered, self._replies.entries).rows
        refused = [each for each in entries if isinstance(each, RecordRefusal)]
        lost = unaskable(entries)
        if refused:
            counts = {"system": self._system.id, "day": day.isoformat(), "entries": len(refused), "lost": len(lost)}
            log.warning("list.entries_broken", **counts)
        ids = [each.known.get("id", "") if isinstance(each, RecordRefusal) else each for each in entries]
        if not lost:
            return list(dict.fromkeys(ids)), None
        reply = RecordsReply(answered.reply, [(None, "")] * len(lost), media_type=LIST, unnamed=len(lost))
        what = f"dsHoSoDangKy module={self._module} {day} ({len(lost)} entries without an id)"
        return [each for each in dict.fromkeys(ids) if each], self._page(reply, what, self._clock(answered.reply))

    def _many(self, ids: list[str]) -> Callable[[], RecordsReply]:
        answered = self._call("traDanhSachHoSo", maTinh=self._province, module=self._module, dsMaHoSo={"id": ids})
        return partial(self._records_reply, answered)

    def _one(self, record_id: str) -> RecordsReply:
        return self._records_reply(self._call("traHoSo", module=self._module, maHoSo=record_id))

    def _unread(self, record_id: str, answer: RecordsReply, code: str = "") -> RecordsReply:
        if code:
            return RecordsReply(answer.reply, [], ((record_id, code),), media_type=NOTHING)
        return RecordsReply(answer.reply, [(None, record_id)], media_type=alone(record_id))

    def _not_given(self, record_id: str, answer: RecordsReply) -> RecordsReply:
        named = replace(answer.reply, body=answer.reply.body + not_given(record_id))
        return RecordsReply(named, [(None, record_id)], media_type=alone(record_id))

    def _records_reply(self, answered: _Answered) -> RecordsReply:
        try:
            rows = self._read(answered, self._replies.records).rows
        except (Malformed, TooLarge) as error:
            if not _is_divisible(error):
                raise
            return RecordsReply(answered.reply, [], broken=error)
        marks = [self._replies.marks(row) for row in rows if not isinstance(row, CodeRefusal)]
        refused = tuple(self._refused(rows))
        self._pages.keep(answered.reply.body, lambda: {self._dataset.name: self._replies.frame(rows)})
        return RecordsReply(
            answered.reply,
            [(from_iso(changed), record_id) for changed, record_id in marks],
            refused,
            unnamed=sum(not record_id for _, record_id in marks),
        )

    # -- understanding ----------------------------------------------------------------------------

    def _admit(self, about: str, status: int, found: etree._Element) -> None:
        """Raise a Fault as the error of its code; only records may come with another status than 200."""
        if found.tag == envelope.FAULT:
            raise fault_meaning(envelope.fault(found), self._replies.tag("maLoi"), about)
        if status != 200:
            raise SourceFailed(f"{about}: HTTP {status} around a reply that is no Fault")

    def _refused(self, rows: Sequence[Row | RecordRefusal]) -> list[tuple[str, str]]:
        """Id and code of each record that the registry refuses; a code about more than one record is raised."""
        refused = [(each.record_id, each.code) for each in rows if isinstance(each, CodeRefusal)]
        if code := next((code for _, code in refused if code not in OF_ONE_RECORD), None):
            raise meaning(code, f"{self._system.id}: traDanhSachHoSo")
        return refused


def _is_divisible(error: Malformed | TooLarge) -> bool:
    """Whether one record may have broken the reply, so that the others can be had without it."""
    return isinstance(error, TooLarge) or bool(error.clause)
