"""A portal of public services (Cổng dịch vụ công): reads the dossiers filed on it, its catalogue of procedures, and
which of them each unit offers online.

There are two variants; the system's options say which one a portal uses.

    login: session                                       login: oauth
    POST /login  {username, secret}, header dstcode      POST /token  client credentials -> access_token
                 -> {session, error_code}
    POST /api    {session, madonvi, service, ...}        POST /api    {madonvi, service, ...}, Authorization: Bearer
                 -> {error_code, message, result}                     -> the same

    TraCuuHoSo       dossiers by change time and number          -> contract dossier
    LayDanhSachTTHC  procedures by change time and code          -> contract national_procedures
    LayThuTuc        one procedure                               -> the check's sample of the catalogue
    LayDanhSachDVC   a unit's procedures by change time and code -> contract offered_procedure

Published: login, session, `dstcode`, `madonvi`, the services' names, and that both code and message must be checked.
Our assumption: LayDanhSachDVC, reading changes (tuNgay, denNgay, cursor, count, hasMore), and the reply to an expired session
(`docs/wire.md`).

Credentials: username, password (the secret) or client_id, client_secret. Options: `login`, `dstcode`, `madonvi`;
`times` (compact: yyyyMMddHHmmss; local: yyyy-MM-dd HH:mm:ss), `codes` (field -> the portal's code -> the contract's;
code lists differ between receivers, so no code is ever copied across), `fields` (map of the catalogue's field names),
page_size and the common ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from contracts.errors import DeploymentInvalid
from contracts.local_time import LOCAL
from contracts.logs import Logger
from contracts.model import Contract, Kind

from .. import fields, options, probe
from ..errors import Malformed
from ..http.body import CallLimits
from ..http.client import Http, HttpReply
from ..http.credential_files import client_certificate
from ..interface import Fingerprint, Page, Probe, RecordRefusal, SoughtRecord, Source, System, Window
from ..key_pages import KeyPage
from ..leaf_rows import Texts
from ..mapping import FieldMap, read_mapping
from ..refusals import record_frame
from ..rest.dossiers import KNOWN, WIRE, flatten
from ..rest.dossiers import flaw as dossier_flaw
from ..rest.json_envelope import Fields, Row
from ..rest.json_text import shown
from ..rest.keyset_paging import LARGEST, Listing
from ..rest.portal import Conversation
from ..rest.portal_intake import SERVICES as INTAKE
from ..rest.portal_intake import PortalIntake
from ..wire_time import from_compact, from_iso, to_compact

log = Logger()

OPTIONS = ("login", "dstcode", "madonvi", "times", "codes", "fields")
UNKNOWN_CODE = "?"
"""Prefix of a code that is not in the deployment's map: without it, the code would mean something else here.
"""


@dataclass(frozen=True)
class Times:
    """How a portal writes times."""

    read: Callable[[object], datetime | None]
    write: Callable[[datetime], str]


TIMES = {
    "compact": Times(from_compact, to_compact),
    "local": Times(from_iso, lambda moment: moment.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S")),
}


@dataclass(frozen=True)
class Service:
    """One listing of a portal."""

    name: str
    changed: str
    record_id: str
    after: str


SERVICES = {
    "dossier": Service("TraCuuHoSo", "NgayCapNhat", "MaHoSo", "sauMaHoSo"),
    "national_procedures": Service("LayDanhSachTTHC", "NgayCapNhat", "MaTTHC", "sauMaTTHC"),
    "offered_procedure": Service("LayDanhSachDVC", "NgayCapNhat", "MaDichVuCong", "sauMaDichVuCong"),
}


def source(system: System, contract: Contract) -> Portal:
    """The portal as a Source of one of its contracts."""
    return Portal(system, contract)


def record_sink(system: System, service: str) -> PortalIntake:
    """The portal as a RecordSink of dossiers (DongBoHoSoMC), or of their progress (CapNhatTienDoHoSoMC)."""
    options.check_names(system, OPTIONS)
    if service not in INTAKE:
        raise DeploymentInvalid(
            f"{system.id}: a portal is submitted nothing by {service}", hint=f"known: {', '.join(INTAKE)}"
        )
    return PortalIntake(system, service)


class Portal(Source):
    """Dossiers filed on a portal, its catalogue of procedures, or what units offer online."""

    def __init__(self, system: System, contract: Contract) -> None:
        options.check_names(system, OPTIONS)
        if contract.name not in SERVICES:
            raise DeploymentInvalid(
                f"{system.id}: a portal has no {contract.name}", hint=f"known: {', '.join(sorted(SERVICES))}"
            )
        self._system, self._contract, self._service = system, contract, SERVICES[contract.name]
        self._columns = {dataset.name: tuple(field.name for field in dataset.fields) for dataset in contract.datasets}
        self._times = TIMES[options.one_of(system, "times", tuple(TIMES), "compact")]
        self._codes = _codes(system, contract)
        self._map = None if contract.name == "dossier" else read_mapping(options.path(system, "fields"), contract)
        if self._map is None:
            fields.match(system, contract, WIRE)
        self._http = Http(
            system.id,
            options.limits(system, CallLimits),
            ca_file=options.ca_file(system),
            client_certificate=client_certificate(system),
        )
        self._talk = Conversation(system, self._http)
        name = self._service.name
        self._listing = Listing(
            system.id,
            name,
            self._http,
            lambda asked: self._talk.ask(name, asked),
            options.number(system, "page_size", default=500, most=LARGEST),
            Fields(
                self._service.record_id,
                self._service.changed,
                KNOWN if self._map is None else self._map.wire_names,
            ),
            self._service.after,
            system.now,
            self._frames,
            dossier_flaw if self._map is None else self._map.flaw,
            read_time=self._times.read,
            write_time=self._times.write,
        )

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of at most `page_size` records; empty pages are not yielded."""
        return self._listing.pages(window)

    def again(self, wanted: Sequence[SoughtRecord]) -> Iterator[Page]:
        return self._listing.again(wanted)

    def fingerprint(self, window: Window) -> Fingerprint:
        return self._listing.fingerprint(window)

    def listing(self) -> Iterator[KeyPage]:
        return self._listing.keys(self._contract.datasets[0])

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        return self._listing.records(body, media_type)

    def _frames(self, rows: Sequence[Row]) -> Mapping[str, pl.DataFrame]:
        frames = (
            flatten(rows, self._columns, about=self._system.id) if self._map is None else self._of_map(self._map, rows)
        )
        return {
            dataset.name: self._in_our_terms(dataset.name, frames[dataset.name]) for dataset in self._contract.datasets
        }

    def _of_map(self, names: FieldMap, rows: Sequence[Row]) -> Mapping[str, pl.DataFrame]:
        """The frame of a listing without children, by its map of names."""
        [(dataset, columns)] = self._columns.items()
        if strange := {name for row in rows if isinstance(row, dict) for name in names.strange(row)}:
            found = sorted(map(shown, strange))
            log.warning("page.unknown_fields", system=self._system.id, fields=found[:10], count=len(found))
        ours: dict[str | None, str] = {wire: name for name, wire in names.fields}
        texts: list[Texts | RecordRefusal] = [
            replace(row, known={ours[wire]: text for wire, text in row.known.items() if wire in ours})
            if isinstance(row, RecordRefusal)
            else tuple(_plain(value) for value in names.to_contract(row).values())
            for row in rows
        ]
        return {dataset: record_frame(columns, texts)}

    def check(self) -> Iterable[Probe]:
        yield from probe.reach(self._system, options.ca_file(self._system))
        yield probe.attempt("login", self._talk.login)
        replies: list[HttpReply] = []
        yield probe.attempt("sample call", lambda: self._sample(replies))
        yield probe.clock(self._system, replies[0].source_time if replies else None)

    def close(self) -> None:
        self._http.close()

    def _sample(self, replies: list[HttpReply]) -> str:
        replies.append(self._talk.ask(self._service.name, {"soLuong": "1"}))
        first = self._listing.read(replies[0].body).rows
        if self._contract.name != "national_procedures" or not first or not isinstance(first[0], dict):
            return f"{len(first)} record(s)"
        code = str(first[0].get("MaTTHC"))
        one = self._listing.read(self._talk.ask("LayThuTuc", {"MaTTHC": code}).body).rows
        if [isinstance(each, dict) and each.get("MaTTHC") for each in one] != [code]:
            raise Malformed(
                f"{self._system.id}: LayThuTuc answers with another procedure than asked",
                hint="ask the operator of the portal which procedure it means",
            )
        return f"{len(first)} record(s), and LayThuTuc agrees"

    def _in_our_terms(self, dataset: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Records with times in the compact form, and codes by the deployment's map."""
        moments = (
            [f.name for f in self._contract.dataset(dataset).fields if f.kind is Kind.TIMESTAMP]
            if self._times is TIMES["local"]
            else []
        )
        return frame.with_columns(
            *(pl.col(name).str.replace(_LOCAL, "${1}${2}${3}${4}${5}${6}") for name in moments),
            *(
                pl.col(name).replace_strict(codes, default=UNKNOWN_CODE + pl.col(name), return_dtype=pl.String)
                for name, codes in self._codes.items()
                if name in frame.columns
            ),
        )


def _plain(value: object) -> str | None:
    """A number as written; an empty text is none."""
    return None if value is None or value == "" else str(value)


_LOCAL = r"^([0-9]{4})-([0-9]{2})-([0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})$"


def _codes(system: System, contract: Contract) -> dict[str, dict[str, str]]:
    """Field -> code of the portal -> code of the contract. Raises DeploymentInvalid: the contract has no such field or
    code.
    """
    given: Any = system.options.get("codes", {})
    known = {
        field.name: {code.value for code in field.codes}
        for dataset in contract.datasets
        for field in dataset.fields
        if field.codes
    }
    if not isinstance(given, Mapping) or not all(isinstance(codes, Mapping) for codes in given.values()):
        raise options.wrong(system, "codes", "codes must be field -> code of the portal -> code of the contract")
    mapped = (
        {name: {str(theirs): str(ours) for theirs, ours in codes.items()} for name, codes in given.items()}
        if contract.name == "dossier"
        else {}
    )
    for name, codes in mapped.items():
        if wrong := sorted(set(codes.values()) - known.get(name, set())):
            hint = (
                f"the contract's are {', '.join(sorted(known[name]))}"
                if name in known
                else f"fields with a code list: {', '.join(sorted(known))}"
            )
            raise options.wrong(system, "codes", f"codes of {name}: the contract has no {', '.join(wrong)}", hint=hint)
    return mapped


__all__ = ["Portal", "record_sink", "source"]
