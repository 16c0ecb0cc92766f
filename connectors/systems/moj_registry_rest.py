"""The civil registry of the Ministry of Justice (hộ tịch), read through its REST facade on the LGSP.

Services, requests, status 1/0, error codes and the XML of `data` follow a province's published guide. Implementers
report that later services send `data` as JSON text with other names. The layout of a reply with many records is our
assumption (docs/wire-registry.md lists which part is which).

    POST {address}/token             client credentials -> access_token
    POST {address}/dsHoSoDangKy      {module, ngayCapNhat}            -> value: [{id, maDonVi}]
    POST {address}/traDanhSachHoSo   {maTinh, module, dsMaHoSo: []}   -> data: records as text, errors
    POST {address}/traHoSo           {module, maHoSo}                 -> data: one record
    POST {address}/danhMuc           {loaiDanhMuc}                    -> value: [{ma, ten}]

The same facade is submitted open dossiers (`_moj_rest_intake.py`).

Options: data (`xml`: <hotich><hoso>..., or `json`: {"hoso": [...]}), fields (folder of maps, one a contract: what
the wire calls the contract's fields), units (list of units, for coded addresses), login (`lgsp`, `token` or
`bearer`), maTinh, first_day, page_size (1000, at most 1000), max_tags and the common ones. Credentials:
client_id, client_secret; for `lgsp` also access_key, secret_key, app_name, partner_code; for `bearer` only
access_token.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import partial

import msgspec
import polars as pl

from contracts.errors import DeploymentInvalid, HubError
from contracts.model import Contract

from .. import options, probe
from ..credentials import secret
from ..errors import Malformed, TooLarge
from ..http.body import CallLimits
from ..http.client import Http, HttpReply
from ..http.credential_files import client_certificate
from ..interface import Page, Probe, RecordRefusal, System
from ..mapping import read_mapping
from ..read_pages import ReadPages
from ..rest.json_text import NO_JSON
from ..rest.keyset_paging import ROOM_FOR_ONE
from ..rest.session import JSON, SHAPE_HINT, Bearer, FixedToken, Token, lgsp_headers, place_of, with_token
from ..xml import parsing
from . import _moj_days, _moj_rest_intake
from ._moj_codes import OF_ONE_RECORD, meaning
from ._moj_days import ByDay
from ._moj_rest_records import NOT_ASKED, RestRecords, unaskable
from ._moj_rest_reply import (
    SMALL,
    RestReply,
    entry_id,
    refused_body,
    require_login,
    understood,
    unread_body,
    unread_row,
    with_asked,
)
from ._moj_structured import SHAPES, UnitNames, read_units
from ._records_reply import RecordsReply

_NO_REPLY = HttpReply(0, JSON, b"", None)
"""Of a call whose reply was too large to be read."""
_OPTIONS = (*_moj_days.OPTIONS, "data", "fields", "units", "login", "max_tags")


class _Code(msgspec.Struct):
    """A code of a list, and its name."""

    ma: str | int
    ten: str


def source(system: System, contract: Contract) -> MojRegistryRest:
    """One register of the registry as a Source."""
    return MojRegistryRest(system, contract)


def record_sink(system: System, service: str) -> _moj_rest_intake.RegistryIntake:
    """The registry as a RecordSink of open dossiers (dangKyHoTich)."""
    options.check_names(system, _OPTIONS)
    if service != _moj_rest_intake.SERVICE:
        raise DeploymentInvalid(
            f"{system.id}: the registry is submitted nothing by {service}", hint=f"known: {_moj_rest_intake.SERVICE}"
        )
    return _moj_rest_intake.RegistryIntake(system)


class MojRegistryRest(ByDay):
    """One of the four registers, by the contract."""

    _asks_in_parts = True

    def __init__(self, system: System, contract: Contract) -> None:
        options.check_names(system, _OPTIONS)
        super().__init__(system, contract)
        is_xml = options.one_of(system, "data", ("xml", "json"), "xml") == "xml"
        maps = system.folder / options.text(system, "fields")
        self._map = read_mapping(maps / f"{contract.name}.yaml", contract, () if is_xml else SHAPES)
        units = read_units(options.path(system, "units")) if "units" in system.options else UnitNames({})
        caps = parsing.Caps(tags=options.number(system, "max_tags", default=parsing.Caps.tags, most=10_000_000))
        self._held = RestRecords(self._dataset, self._map, units, caps if is_xml else None)
        self._pages = ReadPages()
        self._heard: datetime | None = None
        self._asking = threading.Lock()
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
                return self._held.frames([unread_row(answer.khongDocDuoc)])
            if answer.entries and answer.data is None:
                return self._held.frames(unaskable(body, about))
            return self._held.frames(self._held.rows(answer, about, answer.dsMaHoSo))
        except HubError as error:
            raise error if type(error) is Malformed else Malformed(error.message, hint=error.hint) from None

    def catalogue(self, kind: int) -> Mapping[str, str]:
        _, answer = self._ask("danhMuc", loaiDanhMuc=kind)
        about = f"{self._system.id}: danhMuc"
        try:
            entries = msgspec.convert(answer.entries, list[_Code])
        except msgspec.ValidationError as error:
            raise Malformed(f"{about}: an entry of another shape: {place_of(error)}", hint=SHAPE_HINT) from None
        except UnicodeEncodeError:  # as in the reply around it
            raise Malformed(f"{about}: an entry of another shape", hint=SHAPE_HINT) from None
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
        reply = self._call(service, arguments)
        return reply, understood(reply.body, f"{self._system.id}: {service}")

    def _call(self, service: str, arguments: Mapping[str, object], times: int = 1) -> HttpReply:
        """A call, whose reply may have so many times the bytes of the limits."""
        content = msgspec.json.encode(arguments)

        def call(bearer: Mapping[str, str]) -> HttpReply:
            url, headers = f"{self._address}/{service}", {**self._headers, **bearer}
            reply = self._http.call("POST", url, what=service, accept=(JSON,), data=lambda: content, headers=headers)
            self._heard = reply.source_time
            if len(reply.body) <= SMALL:  # only a small reply says that the token was refused
                require_login(reply.body, f"{self._system.id}: {service}")
            return reply

        # The next page is asked for on another thread, while records of this one may have to be asked for again.
        with self._asking, self._http.room(times):
            return with_token(self._token, call)

    def _changed_on(self, day: date) -> list[str]:
        return self._listed(day)[0]

    def _listed(self, day: date) -> tuple[list[str], Page | None]:
        about = f"{self._system.id}: dsHoSoDangKy"
        reply = self._call("dsHoSoDangKy", {"module": self._module, "ngayCapNhat": day.isoformat()})
        answer = understood(reply.body, about)
        if answer.value is msgspec.UNSET:
            raise Malformed(f"{about}: no list came; an empty list would have said so", hint=SHAPE_HINT)
        found = [entry_id(each) for each in answer.entries]
        ids = list(dict.fromkeys(filter(None, found)))
        if not (lost := found.count(None)):
            return ids, None
        self._pages.keep(reply.body, lambda: self._held.frames(unaskable(reply.body, about)))
        what = f"dsHoSoDangKy module={self._module} {day} ({lost} entries without an id)"
        return ids, self._page(RecordsReply(reply, [(None, "")] * lost, unnamed=lost), what, self._clock(reply))

    def _many(self, ids: list[str]) -> Callable[[], RecordsReply]:
        # Read at once: what is wrong with a reply decides what is asked next.
        arguments = {"maTinh": self._province, "module": self._module, "dsMaHoSo": ids}
        answer = self._records_reply(ids, "traDanhSachHoSo", **arguments)
        return lambda: answer

    def _one(self, record_id: str) -> RecordsReply:
        return self._records_reply([record_id], "traHoSo", module=self._module, maHoSo=record_id)

    def _records_reply(self, ids: list[str], service: str, **arguments: object) -> RecordsReply:
        about, reply = f"{self._system.id}: {service}", _NO_REPLY
        try:
            # One record alone may have more bytes than a page, so that a record that is too long is known.
            reply = self._call(service, arguments, ROOM_FOR_ONE if len(ids) == 1 else 1)
            answer = understood(reply.body, about)
            rows, body = self._held.rows(answer, about, ids), reply.body
        except (Malformed, TooLarge) as error:
            if isinstance(error, Malformed) and not error.clause:
                raise
            return RecordsReply(reply, [], broken=error)
        refused = tuple((str(each.id), str(each.errorCode)) for each in answer.errors or ())
        if code := next((code for _, code in refused if code not in OF_ONE_RECORD), None):
            raise meaning(code, about)
        marks = [self._held.mark(row) for row in rows]
        unnamed = sum(not record_id for _, record_id in marks)
        if unnamed and len(rows) + len(refused) < len(ids):
            words = f"{about}: {unnamed} of {len(rows)} records cannot be read, and {len(ids)} were due"
            return RecordsReply(reply, [], broken=Malformed(words, hint=SHAPE_HINT, clause=NO_JSON))
        if any(isinstance(row, RecordRefusal) and row.clause == NOT_ASKED for row in rows):
            body = with_asked(reply, ids)
        self._pages.keep(body, partial(self._held.frames, rows))
        return RecordsReply(replace(reply, body=body), marks, refused, unnamed=unnamed)

    def _not_given(self, record_id: str, answer: RecordsReply) -> RecordsReply:
        body = unread_body(answer.reply, record_id, listed=True)
        return RecordsReply(replace(answer.reply, body=body), [(None, record_id)])

    def _unread(self, record_id: str, answer: RecordsReply, code: str = "") -> RecordsReply:
        if code:
            return RecordsReply(replace(answer.reply, body=refused_body(record_id, code)), [], ((record_id, code),))
        if isinstance(answer.broken, TooLarge):
            raise answer.broken
        if answer.broken is not None:
            body = unread_body(answer.reply, record_id)
            return RecordsReply(replace(answer.reply, body=body), [(None, record_id)])
        if answer.unnamed != len(answer.marks) or not answer.marks:
            raise self._others(1, 1, len(answer.marks))
        return answer
