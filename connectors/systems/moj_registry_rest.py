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

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

import msgspec
import polars as pl

from contracts.errors import HubError
from contracts.model import Contract

from .. import options, probe, xml
from ..credential_files import client_certificate
from ..errors import Malformed
from ..http import Http, HttpReply
from ..http_body import CallLimits
from ..interface import Probe, System
from ..mapping import read_mapping
from ..read_pages import ReadPages
from ..rest import JSON, Bearer, FixedToken, Token, decode, lgsp_headers, secret, with_token
from ..wire_time import from_iso
from . import _moj_days
from ._moj_codes import OF_ONE_RECORD, meaning
from ._moj_days import ByDay, RecordsReply
from ._moj_structured import SHAPES, Composer, UnitNames, read_units

Record: TypeAlias = dict[str, Any]
_OPTIONS = (*_moj_days.OPTIONS, "data", "fields", "units", "login", "max_tags")


class _Error(msgspec.Struct):
    """A record that the registry refuses."""

    errorCode: str | int
    id: str | int = ""


class _Entry(msgspec.Struct):
    """A line of a list: a changed record, or a code and its name."""

    id: str | int = ""
    ma: str | int = ""
    ten: str = ""


class _RestReply(msgspec.Struct):
    """The envelope of every reply. `statusDescription` is not read: servers put records into it."""

    status: str | int
    errorCode: str | int | None = None
    value: list[_Entry] = []
    data: str | None = None
    errors: list[_Error] = []


class _Records(msgspec.Struct):
    """`data` as JSON text."""

    hoso: list[Record]


_ANSWER = msgspec.json.Decoder(_RestReply)
_RECORDS = msgspec.json.Decoder(_Records)


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
        self._id, self._changed = (dict(self._map.fields)[name] or name for name in ("id", "ngayCapNhat"))
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
            return self._frames(self._held(self._understand(body, about), about), about)
        except HubError as error:
            raise error if isinstance(error, Malformed) else Malformed(error.message) from None

    def catalogue(self, kind: int) -> Mapping[str, str]:
        _, answer = self._ask("danhMuc", loaiDanhMuc=kind)
        return {str(each.ma): each.ten for each in answer.value}

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

    def _ask(self, service: str, **arguments: object) -> tuple[HttpReply, _RestReply]:
        """One call and its parsed reply. If the token is refused (also inside HTTP 200), it is renewed once."""
        content = msgspec.json.encode(arguments)

        def call(bearer: Mapping[str, str]) -> tuple[HttpReply, _RestReply]:
            url, headers = f"{self._address}/{service}", {**self._headers, **bearer}
            reply = self._http.call("POST", url, what=service, accept=(JSON,), data=lambda: content, headers=headers)
            self._heard = reply.source_time
            return reply, self._understand(reply.body, f"{self._system.id}: {service}")

        return with_token(self._token, call)

    def _changed_on(self, day: date) -> list[str]:
        _, answer = self._ask("dsHoSoDangKy", module=self._module, ngayCapNhat=day.isoformat())
        ids = [str(each.id) for each in answer.value]
        if not all(ids):
            raise Malformed(
                f"{self._system.id}: dsHoSoDangKy: an entry of the list has no id, so its record cannot be asked for"
            )
        return list(dict.fromkeys(ids))

    def _many(self, ids: list[str]) -> Callable[[], RecordsReply]:
        # Read at once: only the reply says that the token was refused, and the call is repeated then.
        answer = self._records_reply("traDanhSachHoSo", maTinh=self._province, module=self._module, dsMaHoSo=ids)
        return lambda: answer

    def _one(self, record_id: str) -> RecordsReply:
        return self._records_reply("traHoSo", module=self._module, maHoSo=record_id)

    def _records_reply(self, service: str, **arguments: object) -> RecordsReply:
        about = f"{self._system.id}: {service}"
        reply, answer = self._ask(service, **arguments)
        held = self._held(answer, about)
        frames = self._frames(held, about)  # a page that cannot be read must not become one
        refused = tuple((str(each.id), str(each.errorCode)) for each in answer.errors)
        if code := next((code for _, code in refused if code not in OF_ONE_RECORD), None):
            raise meaning(code, about)
        self._pages.keep(reply.body, frames)
        return RecordsReply(
            reply, [(from_iso(each.get(self._changed)), _text(each.get(self._id))) for each in held], refused
        )

    # -- understanding ----------------------------------------------------------------------------

    def _understand(self, body: bytes, about: str) -> _RestReply:
        """The envelope, if both its status and its code report success."""
        answer = decode(_ANSWER, body, about)
        status, code = str(answer.status), "" if answer.errorCode is None else str(answer.errorCode)
        if status not in ("0", "1"):
            raise Malformed(f"{about}: a status that is neither 1 nor 0")
        if status == "0" or code not in ("", "0"):
            raise meaning(code or "0", about)
        return answer

    def _held(self, answer: _RestReply, about: str) -> list[Record]:
        """The records in `data` with the wire's names; every name is in the map."""
        if answer.data is None:
            held: list[Record] = []
        elif self._xml:
            held = _of_xml(answer.data, f"{about}: data", self._caps)
        else:
            held = decode(_RECORDS, answer.data.encode(), f"{about}: data").hoso
        names: set[str] = set().union(*held)
        if strange := self._map.strange(dict.fromkeys(names)):
            shown = [name for name in strange if name.isidentifier() and len(name) <= 40]
            hint = "records of another register, or a dialect of other names: the system's option `fields` says which; `beyond` is for what is left out"
            raise Malformed(
                f"{about}: {len(strange)} field(s) that the map of {self._map.contract} does not know: {', '.join(shown[:5])}",
                hint=hint,
            )
        return held

    def _frames(self, held: list[Record], about: str) -> Mapping[str, pl.DataFrame]:
        rows = [self._fields(each, about) for each in held]
        columns = [
            pl.Series(field.name, [row[field.name] for row in rows], dtype=pl.String) for field in self._dataset.fields
        ]
        return {self._dataset.name: pl.DataFrame(columns).with_columns(pl.when(pl.all() != "").then(pl.all()))}

    def _fields(self, record: Record, about: str) -> dict[str, Any]:
        """A record with the contract's names."""
        row = self._map.to_contract(record, Composer(self._units, from_iso(record.get(self._changed)), about))
        if other := next(
            (name for name, value in row.items() if value is not None and not isinstance(value, str)), None
        ):
            raise Malformed(
                f"{about}: {other} is no text",
                hint="if the wire has a number or an object, the map names its shape: {number: ...}",
            )
        return row


def _of_xml(data: str, about: str, caps: xml.Caps) -> list[Record]:
    """The records of `<hotich><hoso>...`; each field occurs once and has no children."""
    root = xml.read(data.encode(), about, caps)
    if root.tag != "hotich" or any(each.tag != "hoso" for each in root):
        raise Malformed(f"{about}: no <hotich> of <hoso>")
    held: list[Record] = []
    for number, record in enumerate(root, 1):
        names = Counter(str(field.tag) for field in record)
        if any(count > 1 for count in names.values()) or any(len(field) for field in record):
            raise Malformed(f"{about}: hoso {number} holds a field twice, or one that is no leaf")
        held.append({str(field.tag): field.text for field in record})
    return held


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
