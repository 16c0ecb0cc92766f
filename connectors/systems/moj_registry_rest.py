"""The civil registry of the Ministry of Justice (hộ tịch), read through its REST facade on the LGSP.

Services, requests, status 1/0, error codes and the XML of `data` follow a province's published guide. Implementers
report that later services send `data` as JSON text with other names. The layout of a reply with many records is our
assumption (docs/wire-registry.md lists which part is which).

    POST {address}/token             client credentials -> access_token
    POST {address}/dsHoSoDangKy      {module, ngayCapNhat}            -> value: [{id, maDonVi}]
    POST {address}/traDanhSachHoSo   {maTinh, module, dsMaHoSo: []}   -> data: records as text, errors
    POST {address}/traHoSo           {module, maHoSo}                 -> data: one record
    POST {address}/danhMuc           {loaiDanhMuc}                    -> value: [{ma, ten}]

Options: data (`xml`: <hotich><hoso>..., or `json`: {"hoso": [...]}), fields (folder of maps, one a contract: what
the wire calls the contract's fields), units (list of units, for coded addresses), login (`lgsp`, `token` or
`bearer`), maTinh, first_day, page_size (1000, at most 1000), max_tags and the common ones. Credentials:
client_id, client_secret; for `lgsp` also access_key, secret_key, app_name, partner_code; for `bearer` only
access_token.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial

import msgspec
import polars as pl

from contracts.errors import HubError
from contracts.model import Contract

from .. import options, probe, xml
from ..credential_files import client_certificate
from ..errors import Indivisible, Malformed
from ..http import Http, HttpReply
from ..http_body import CallLimits
from ..interface import Probe, RecordRefusal, System
from ..json_document import Document, read_document
from ..json_envelope import Fields, Record, refuse_beside, rows_of
from ..json_text import marked, shown, text_of
from ..keyset_paging import ROOM_FOR_ONE
from ..leaf_rows import Texts
from ..mapping import read_mapping
from ..read_pages import ReadPages
from ..refusals import record_frame
from ..rest import JSON, SHAPE_HINT, Bearer, FixedToken, Token, lgsp_headers, place_of, secret, with_token
from ..wire_time import from_iso, is_storable
from . import _moj_days
from ._moj_codes import OF_ONE_RECORD, meaning
from ._moj_days import ByDay, Listed, RecordsReply
from ._moj_rest_reply import (
    SMALL,
    RestReply,
    entry_id,
    require_login,
    understood,
    unread_body,
    unread_row,
    with_asked,
)
from ._moj_structured import SHAPES, Composer, UnitNames, WrongShape, read_units, wrong
from ._moj_xml import XmlRecords
from ._moj_xml import read_records as read_xml

NOT_ASKED = "another id than those that were asked for"
_OPTIONS = (*_moj_days.OPTIONS, "data", "fields", "units", "login", "max_tags")


class _Code(msgspec.Struct):
    """A code of a list, and its name."""

    ma: str | int
    ten: str


def source(system: System, contract: Contract) -> MojRegistryRest:
    """One register of the registry as a Source."""
    return MojRegistryRest(system, contract)


class MojRegistryRest(ByDay):
    """One of the four registers, by the contract."""

    def __init__(self, system: System, contract: Contract) -> None:
        options.check_names(system, _OPTIONS)
        super().__init__(system, contract)
        self._xml = options.one_of(system, "data", ("xml", "json"), "xml") == "xml"
        maps = system.folder / options.text(system, "fields")
        self._map = read_mapping(maps / f"{contract.name}.yaml", contract, () if self._xml else SHAPES)
        self._places = {field.name: place for place, field in enumerate(self._dataset.fields)}
        record_id, changed = (dict(self._map.fields)[name] or name for name in ("id", "ngayCapNhat"))
        self._wire = Fields(record_id, changed, self._map.wire_names)
        self._units = read_units(options.path(system, "units")) if "units" in system.options else UnitNames({})
        self._caps = xml.Caps(tags=options.number(system, "max_tags", default=xml.Caps.tags, most=10_000_000))
        self._pages = ReadPages()
        self._heard: datetime | None = None
        self._http = Http(
            system.id,
            options.limits(system, CallLimits),
            ca_file=options.ca_file(system),
            client_certificate=client_certificate(system),
        )
        self._address = system.address.rstrip("/")
        login = options.one_of(system, "login", ("lgsp", "token", "bearer"), "lgsp")
        self._token: Bearer = FixedToken(secret(system, "access_token")) if login == "bearer" else self._granted()
        self._headers = {"Content-Type": JSON, **(lgsp_headers(system) if login == "lgsp" else {})}

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        if media_type != JSON:
            raise Malformed(f"{self._system.id}: a page of this dialect is {JSON}")
        if (frames := self._pages.take(body)) is not None:
            return frames
        about = f"{self._system.id}: page"
        try:
            answer = understood(body, about, landed=True)
            if answer.khongDocDuoc is not None:
                return self._frames([unread_row(answer.khongDocDuoc)])
            if answer.entries:
                return self._frames(self._unaskable(body, about))
            return self._frames(self._rows(answer, about, answer.dsMaHoSo))
        except HubError as error:
            raise error if type(error) is Malformed else Malformed(error.message, hint=error.hint) from None

    def catalogue(self, kind: int) -> Mapping[str, str]:
        _, answer = self._ask("danhMuc", loaiDanhMuc=kind)
        about = f"{self._system.id}: danhMuc"
        try:
            entries = msgspec.convert(answer.entries, list[_Code])
        except msgspec.ValidationError as error:
            raise Malformed(f"{about}: an entry of another shape: {place_of(error)}", hint=SHAPE_HINT) from None
        return {str(each.ma): each.ten for each in entries}

    def check(self) -> Iterable[Probe]:
        yield from probe.reach(self._system, options.ca_file(self._system))
        yield Probe(
            "names",
            True,
            f"{len(self._map.wire_names)} of the contract's {len(self._map.fields)} fields, {len(self._map.shapes)} of them in a shape",
        )
        yield probe.attempt("login", lambda: f"accepted; {len(self.catalogue(5))} kinds of identity paper")
        yield probe.attempt("sample call", self._sample)
        yield probe.clock(self._system, self._heard)

    def close(self) -> None:
        self._http.close()

    # -- asking -----------------------------------------------------------------------------------

    def _granted(self) -> Token:
        return Token(
            self._http,
            f"{self._address}/token",
            (secret(self._system, "client_id"), secret(self._system, "client_secret")),
        )

    def _ask(self, service: str, **arguments: object) -> tuple[HttpReply, RestReply]:
        """One call and its parsed reply. If the token is refused (also inside HTTP 200), it is renewed once."""
        reply = self._call(service, **arguments)
        return reply, understood(reply.body, f"{self._system.id}: {service}")

    def _call(self, service: str, **arguments: object) -> HttpReply:
        content = msgspec.json.encode(arguments)

        def call(bearer: Mapping[str, str]) -> HttpReply:
            url, headers = f"{self._address}/{service}", {**self._headers, **bearer}
            reply = self._http.call("POST", url, what=service, accept=(JSON,), data=lambda: content, headers=headers)
            self._heard = reply.source_time
            if len(reply.body) <= SMALL:  # only a small reply says that the token was refused
                require_login(reply.body, f"{self._system.id}: {service}")
            return reply

        return with_token(self._token, call)

    def _changed_on(self, day: date) -> list[str]:
        return self._listed_on(day).ids

    def _listed_on(self, day: date) -> Listed:
        about = f"{self._system.id}: dsHoSoDangKy, {day}"
        reply = self._call("dsHoSoDangKy", module=self._module, ngayCapNhat=day.isoformat())
        answer = understood(reply.body, about)
        if answer.value is msgspec.UNSET:
            raise Malformed(f"{about}: no list came; an empty list would have said so", hint=SHAPE_HINT)
        ids = [entry_id(each) for each in answer.entries]
        unaskable = ids.count(None)
        page = RecordsReply(reply, [(None, "")] * unaskable) if unaskable else None
        if page is not None:
            self._pages.keep(reply.body, self._frames(self._unaskable(reply.body, about)))
        return Listed(list(dict.fromkeys(filter(None, ids))), page)

    def _many(self, ids: list[str]) -> Callable[[], RecordsReply]:
        # Read at once: what is wrong with a reply decides what is asked next.
        answer = self._records_reply(ids, "traDanhSachHoSo", maTinh=self._province, module=self._module, dsMaHoSo=ids)
        return partial(_given, answer)

    def _one(self, record_id: str) -> RecordsReply:
        return self._records_reply([record_id], "traHoSo", module=self._module, maHoSo=record_id)

    def _records_reply(self, ids: list[str], service: str, **arguments: object) -> RecordsReply:
        about = f"{self._system.id}: {service}"
        reply = self._roomy(len(ids) == 1, service, **arguments)
        try:
            answer = understood(reply.body, about)
            rows, body = self._rows(answer, about, ids), reply.body
        except Indivisible:
            if len(ids) > 1:
                raise
            return self._unread(reply, ids[0])
        if any(isinstance(row, RecordRefusal) and row.clause == NOT_ASKED for row in rows):
            body = with_asked(reply, ids)
        refused = tuple((str(each.id), str(each.errorCode)) for each in answer.errors or ())
        if code := next((code for _, code in refused if code not in OF_ONE_RECORD), None):
            raise meaning(code, about)
        self._pages.keep(body, self._frames(rows))
        return RecordsReply(reply, [self._mark(row) for row in rows], refused, body)

    def _roomy(self, alone: bool, service: str, **arguments: object) -> HttpReply:
        """A call; one record alone may have more bytes than a page, so that a record that is too long is known."""
        if not alone:
            return self._call(service, **arguments)
        with self._http.room(ROOM_FOR_ONE):
            return self._call(service, **arguments)

    def _unread(self, reply: HttpReply, record_id: str) -> RecordsReply:
        body = unread_body(reply, record_id)
        return RecordsReply(reply, [(None, record_id)], (), body)

    # -- understanding ----------------------------------------------------------------------------

    def _mark(self, row: Texts | RecordRefusal) -> tuple[datetime | None, str]:
        if isinstance(row, RecordRefusal):
            return from_iso(row.known.get("ngayCapNhat")), row.known.get("id", "")
        return from_iso(row[self._places["ngayCapNhat"]]), row[self._places["id"]] or ""

    def _rows(self, answer: RestReply, about: str, ids: Collection[str] | None) -> Sequence[Texts | RecordRefusal]:
        """The records in `data` as rows with the contract's fields. `ids` are those that were asked for, where known."""
        about = f"{about}: data"
        if not (answer.data or "").strip():
            return []
        text = answer.data or ""
        records: XmlRecords | Document
        if self._xml:
            records = read_xml(text, about, self._caps)
        else:
            records = read_document(text, "hoso", about)
            refuse_beside(records.head, (), about)
        if records.pieces is None:
            raise Malformed(f"{about}: no list hoso of records", hint=SHAPE_HINT)
        made: dict[int, Texts] = {}

        def judge(record: Record) -> tuple[str, str] | None:
            try:
                made[id(record)] = self._texts(record, about, ids)
            except WrongShape as error:
                return error.place, error.clause
            return None

        rows = rows_of(records, records.pieces, self._wire, judge)
        return [self._in_our_names(row) if isinstance(row, RecordRefusal) else made[id(row)] for row in rows]

    def _in_our_names(self, row: RecordRefusal) -> RecordRefusal:
        ours = {self._wire.record_id: "id", self._wire.changed: "ngayCapNhat"}
        return replace(row, known={ours[name]: text for name, text in row.known.items()})

    def _texts(self, record: Record, about: str, ids: Collection[str] | None) -> Texts:
        """A record with the contract's fields. Raises WrongShape."""
        record_id = record.get(self._wire.record_id)
        if not isinstance(record_id, str) or not record_id or not is_storable(record_id):
            raise wrong(about, self._wire.record_id, "missing, or no text")
        if ids is not None and record_id not in ids:
            raise wrong(about, self._wire.record_id, NOT_ASKED)
        if strange := self._map.strange(record):
            names = [shown(name) for name in strange]
            raise wrong(about, ", ".join(names[:5]), f"a field that the map of {self._map.contract} does not know")
        row = self._map.to_contract(record, Composer(self._units, from_iso(record.get(self._wire.changed)), about))
        texts: list[str | None] = []
        for name, value in row.items():
            if value is not None and not isinstance(value, str):
                raise wrong(about, name, "no text")
            texts.append(value or None)
        return tuple(texts)

    def _unaskable(self, body: bytes, about: str) -> Sequence[RecordRefusal]:
        """The entries of a list by which no record can be asked for."""
        entries = read_document(marked(text_of(body)), "value", about)
        contents = entries.contents()
        return [
            RecordRefusal(contents[at], "value/id", "missing, or no text: its record cannot be asked for")
            for at, each in enumerate(entries.pieces or ())
            if entry_id(each.value) is None
        ]

    def _frames(self, rows: Sequence[Texts | RecordRefusal]) -> Mapping[str, pl.DataFrame]:
        return {self._dataset.name: record_frame(list(self._places), rows)}


def _given(answer: RecordsReply) -> RecordsReply:
    return answer
