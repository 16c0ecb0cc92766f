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

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

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
from ..wire_time import from_iso
from ..xml import Caps, Schema
from . import _moj_days
from ._moj_codes import OF_ONE_RECORD, fault_meaning, meaning
from ._moj_days import ByDay, Marks, RecordsReply

if TYPE_CHECKING:
    from ..soap import Soap

XML = "text/xml"
_OPTIONS = (*_moj_days.OPTIONS, "wsdl", "wsdl_sha256", "xsd", "xsd_sha256", "max_tags", "headers")


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
        self._caps = Caps(tags=options.number(system, "max_tags", default=Caps.tags, most=10_000_000))
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
        try:
            about = f"{self._system.id}: page"
            held = self._held(self._answer(envelope.opened(body, about, self._caps), about))
        except HubError as error:
            raise error if isinstance(error, Malformed) else Malformed(error.message) from None
        # The schema has seen to it that fields are leaves and come once; an empty one has no text.
        rows = [{field.tag: field.text for field in each} for each in held]
        columns = [pl.Series(name, [row.get(tag) for row in rows], dtype=pl.String) for name, tag in self._tags.items()]
        return {self._dataset.name: pl.DataFrame(columns)}

    def catalogue(self, kind: int) -> Mapping[str, str]:
        _, answer = self._ask("danhMuc", loaiDanhMuc=kind)
        return {each.findtext(self._tag("ma"), ""): each.findtext(self._tag("ten"), "") for each in answer}

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

    def _ask(self, operation: str, **arguments: object) -> tuple[HttpReply, etree._Element]:
        reply = self._soap.call(operation, **arguments)
        self._heard = reply.source_time
        about = f"{self._system.id}: {operation}"
        whole = envelope.opened(reply.body, about, self._caps)
        self._headers.verify(whole, about)
        return reply, self._answer(whole, about, reply.status)

    def _changed_on(self, day: date) -> list[str]:
        _, answer = self._ask("dsHoSoDangKy", module=self._module, ngayCapNhat=day)
        return list(dict.fromkeys(each.text or "" for each in answer.iter(self._tag("id"))))

    def _many(self, ids: list[str]) -> RecordsReply:
        reply, answer = self._ask("traDanhSachHoSo", maTinh=self._province, module=self._module, dsMaHoSo={"id": ids})
        return RecordsReply(reply, self._marks(answer), tuple(self._refused(answer)))

    def _one(self, record_id: str) -> RecordsReply:
        reply, answer = self._ask("traHoSo", module=self._module, maHoSo=record_id)
        return RecordsReply(reply, self._marks(answer))

    def _marks(self, answer: etree._Element) -> Marks:
        """Change time and id of each record of a reply."""
        changed, record_id = self._tag("ngayCapNhat"), self._tag("id")
        return [(from_iso(each.findtext(changed)), each.findtext(record_id, "")) for each in self._held(answer)]

    # -- understanding ----------------------------------------------------------------------------

    def _answer(self, whole: etree._Element, about: str, status: int = 200) -> etree._Element:
        """The payload of a reply, validated by the schema; a Fault is raised as the error of its code."""
        found = envelope.content(whole)
        if found.tag == envelope.FAULT:
            raise fault_meaning(envelope.fault(found), self._tag("maLoi"), about)
        if status != 200:
            raise SourceFailed(f"{about}: HTTP {status} around a reply that is no Fault")
        self._schema.require(found, about)
        return found

    def _held(self, answer: etree._Element) -> list[etree._Element]:
        """The elements of the records in a reply, all of this register."""
        record = self._tag(self._element)
        held = [each[0] for each in answer if each.tag == self._tag("hoSo")]
        if any(each.tag != record for each in held):
            raise Malformed(f"{self._system.id}: records of another register than {self._element}")
        return held

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
