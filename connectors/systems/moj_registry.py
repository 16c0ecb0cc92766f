"""The civil registry of the Ministry of Justice (hộ tịch), read over SOAP.

Operations and fields are the published ones. No WSDL of the Ministry is public, so ours is written from them; it is
part of the deployment, so that the real one can replace it as data.

    dsHoSoDangKy      which records were created or last changed on a day
    traDanhSachHoSo   up to 1000 records by id; each is returned once, or refused by code
    traHoSo, danhMuc  one record; one code list

Credentials: username, password (WS-Security UsernameToken, digest, unless the option headers names other profiles).
Options: wsdl, wsdl_sha256, xsd, xsd_sha256, maTinh, first_day (where a first reading starts), page_size (1000, at most
1000), max_tags (of one reply; a day's list cannot be asked for in parts) and the common ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import polars as pl
from lxml import etree

from contracts.errors import HubError
from contracts.model import Contract

from .. import envelope, fields, options, probe
from ..credential_files import client_certificate
from ..errors import Malformed, SourceFailed
from ..headers import headers_of
from ..http import Http, HttpReply
from ..http_body import CallLimits
from ..interface import Probe, System
from ..leaf_rows import LeafRows, Texts, text_frame
from ..read_pages import ReadPages
from ..record_reader import Reading, RecordReader
from ..wire_time import from_iso
from ..xml import Caps, Schema
from . import _moj_days
from ._moj_codes import OF_ONE_RECORD, fault_meaning, meaning
from ._moj_days import ByDay, RecordsReply

if TYPE_CHECKING:
    from ..soap import Soap

T = TypeVar("T")
XML = "text/xml"
_OPTIONS = (*_moj_days.OPTIONS, "wsdl", "wsdl_sha256", "xsd", "xsd_sha256", "max_tags", "headers")


@dataclass(frozen=True)
class _Answered:
    """A reply whose sender is verified, not yet read."""

    reply: HttpReply
    about: str
    """System and operation, for messages."""
    whole: etree._Element | None
    """Its envelope, where it had to be opened to verify the sender."""


def source(system: System, contract: Contract) -> MojRegistry:
    """One register of the registry as a Source."""
    return MojRegistry(system, contract)


class MojRegistry(ByDay):
    """One of the four registers, by the contract."""

    def __init__(self, system: System, contract: Contract) -> None:
        options.check_names(system, _OPTIONS)
        super().__init__(system, contract)
        self._wsdl, xsd = options.path(system, "wsdl"), options.path(system, "xsd")
        self._documents = dict(options.pinned(system, name) for name in ("wsdl", "xsd"))
        self._schema = Schema(self._documents[xsd], xsd)
        fields.match(system, contract, {contract.name: self._schema.fields(self._element)})
        self._tags = {field.name: self._tag(field.name) for field in self._dataset.fields}
        self._record = self._tag(self._element)
        self._leaves = LeafRows(list(self._tags.values()))
        self._caps = Caps(tags=options.number(system, "max_tags", default=Caps.tags, most=10_000_000))
        self._reader = RecordReader(self._schema, [self._tag("hoSo")], self._row, self._caps)
        listed, number = [self._tag("danhSach"), self._tag("hoSo")], self._tag("id")
        self._listing = RecordReader(self._schema, listed, lambda each: each.findtext(number, ""), self._caps)
        self._pages = ReadPages()
        self._headers = headers_of(system, default=("username_token",))
        self._heard: datetime | None = None
        self._http = Http(
            system.id,
            options.limits(system, CallLimits),
            ca_file=options.ca_file(system),
            client_certificate=client_certificate(system),
        )

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        if media_type != XML:
            raise Malformed(f"{self._system.id}: a page of this dialect is {XML}")
        if (frames := self._pages.take(body)) is not None:
            return frames
        about = f"{self._system.id}: page"
        try:
            return self._frames(self._reader.read(body, about, partial(self._admit, about, 200)).complete(about))
        except HubError as error:
            raise error if isinstance(error, Malformed) else Malformed(error.message) from None

    def catalogue(self, kind: int) -> Mapping[str, str]:
        answered = self._call("danhMuc", loaiDanhMuc=kind)
        code, name = self._tag("ma"), self._tag("ten")
        entries = RecordReader(
            self._schema,
            [self._tag("muc")],
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
        from ..soap import Soap  # zeep is slow to import: reading landed pages does without

        def pinned(address: str) -> bytes | None:
            return next(
                (content for path, content in self._documents.items() if path.resolve() == Path(address).resolve()),
                None,
            )

        return Soap(self._http, self._system.address, self._wsdl, pinned, self._headers)

    def _call(self, operation: str, **arguments: object) -> _Answered:
        reply = self._soap.call(operation, **arguments)
        self._heard = reply.source_time
        about = f"{self._system.id}: {operation}"
        whole = None
        if self._headers.verifies:  # now: the next request has other headers
            whole = envelope.opened(reply.body, about, self._caps)
            self._headers.verify(whole, about)
        return _Answered(reply, about, whole)

    def _read(self, answered: _Answered, reader: RecordReader[T]) -> Reading[T]:
        body, about = answered.reply.body, answered.about
        admit = partial(self._admit, about, answered.reply.status)
        if answered.whole is None:
            return reader.read(body, about, admit)
        return reader.read_tree(answered.whole, body, about, admit)

    def _changed_on(self, day: date) -> list[str]:
        answered = self._call("dsHoSoDangKy", module=self._module, ngayCapNhat=day)
        ids = self._read(answered, self._listing).complete(answered.about)
        return list(dict.fromkeys(ids))

    def _many(self, ids: list[str]) -> Callable[[], RecordsReply]:
        answered = self._call("traDanhSachHoSo", maTinh=self._province, module=self._module, dsMaHoSo={"id": ids})
        return partial(self._records_reply, answered)

    def _one(self, record_id: str) -> RecordsReply:
        return self._records_reply(self._call("traHoSo", module=self._module, maHoSo=record_id))

    def _records_reply(self, answered: _Answered) -> RecordsReply:
        reading = self._read(answered, self._reader)
        rows = reading.complete(answered.about)
        names = list(self._tags)
        changed, record_id = names.index("ngayCapNhat"), names.index("id")
        marks = [(from_iso(row[changed]), row[record_id] or "") for row in rows]
        refused = tuple(self._refused(reading.answer))
        self._pages.keep(answered.reply.body, self._frames(rows))
        return RecordsReply(answered.reply, marks, refused)

    # -- understanding ----------------------------------------------------------------------------

    def _admit(self, about: str, status: int, found: etree._Element) -> None:
        """Raise a Fault as the error of its code; only records may come with another status than 200."""
        if found.tag == envelope.FAULT:
            raise fault_meaning(envelope.fault(found), self._tag("maLoi"), about)
        if status != 200:
            raise SourceFailed(f"{about}: HTTP {status} around a reply that is no Fault")

    def _row(self, held: etree._Element) -> Texts:
        """The texts of a record of this register, in the order of the contract's fields."""
        if held[0].tag != self._record:
            raise Malformed(f"{self._system.id}: records of another register than {self._element}")
        return self._leaves(held[0])

    def _frames(self, rows: Sequence[Texts]) -> Mapping[str, pl.DataFrame]:
        return {self._dataset.name: text_frame(list(self._tags), rows)}

    def _refused(self, answer: etree._Element) -> list[tuple[str, str]]:
        """Id and code of each record that the registry refuses; a code about more than one record is raised."""
        refused = []
        for each in answer.findall(self._tag("loi")):
            code = each.findtext(self._tag("maLoi"), "")
            if code not in OF_ONE_RECORD:
                raise meaning(code, f"{self._system.id}: traDanhSachHoSo")
            refused.append((each.findtext(self._tag("id"), ""), code))
        return refused

    def _tag(self, name: str) -> str:
        return f"{{{self._schema.namespace}}}{name}"
