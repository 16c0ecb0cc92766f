"""A district's e-identification service: reads the list of its uses over the district's LGSP endpoint, never their
content.

    POST /token            client credentials -> access_token
    GET  /suKienDinhDanh   tuNgay, denNgay, sauMaSuKien, soLuong
                           -> {error_code, message, count, hasMore, result: [{maSuKien, maThamChieu, MaHoSo, ...}]}

The whole dialect is our assumption (`docs/wire.md`). Fields that are not in the contract are removed **before the page
leaves this module**: an image or a biometric template never reaches the landing. Only the field's name stays, in
`truongNgoaiHopDong`, by which the contract refuses the record. A reply with anything beside its envelope is refused.

Credentials and options: as `one_stop`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import polars as pl

from contracts.model import Contract

from .. import fields, options, probe
from ..credentials import secret
from ..http.body import CallLimits
from ..http.client import Http, HttpReply
from ..http.credential_files import client_certificate
from ..interface import Fingerprint, Page, Probe, RecordRefusal, SoughtRecord, Source, System, Window
from ..key_pages import KeyPage
from ..leaf_rows import Texts
from ..refusals import record_frame
from ..rest.json_envelope import Envelope, Fields, Record, Row
from ..rest.keyset_paging import LARGEST, Listing
from ..rest.session import Token, call_with_token, lgsp_headers

OPERATION = "suKienDinhDanh"
CUT = "truongNgoaiHopDong"
"""Field with the names of removed fields. This module fills it; a source that sends it sends an unknown field."""
REFUSED_BEFORE = "_refused"
"""Member of a landed record that could not be read. Only this module writes it."""
WIRE = {
    "identification_event": (
        "maSuKien",
        "maThamChieu",
        "MaHoSo",
        "soTruongDienSan",
        "soTruongDaSua",
        "thoiDiem",
        CUT,
        "ngayCapNhat",
    )
}
LONGEST = 100
"""Most characters of a value: nothing longer belongs to this contract, whatever its name."""


def source(system: System, contract: Contract) -> EIdentification:
    """The service as a Source of its uses."""
    return EIdentification(system, contract)


class EIdentification(Source):
    """Uses of the service, each for one dossier."""

    def __init__(self, system: System, contract: Contract) -> None:
        options.check_names(system)
        fields.match(system, contract, WIRE)
        self._system = system
        [dataset] = contract.datasets
        self._first = dataset
        self._dataset, self._names = dataset.name, tuple(field.name for field in dataset.fields)
        self._headers = lgsp_headers(system)
        self._http = Http(
            system.id,
            options.limits(system, CallLimits),
            ca_file=options.ca_file(system),
            client_certificate=client_certificate(system),
        )
        self._address = system.address.rstrip("/")
        self._token = Token(
            self._http, f"{self._address}/token", (secret(system, "client_id"), secret(system, "client_secret"))
        )
        self._listing = Listing(
            system.id,
            OPERATION,
            self._http,
            self._ask,
            options.number(system, "page_size", default=500, most=LARGEST),
            Fields("maSuKien", "ngayCapNhat", WIRE["identification_event"]),
            "sauMaSuKien",
            system.now,
            self._frames,
            _forged,
            strict=True,
            landed=_landed,
            judge_landed=_refused_before,
        )

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of at most `page_size` uses, with the contract's fields only."""
        return self._listing.pages(window)

    def again(self, wanted: Sequence[SoughtRecord]) -> Iterator[Page]:
        return self._listing.again(wanted)

    def fingerprint(self, window: Window) -> Fingerprint:
        return self._listing.fingerprint(window)

    def listing(self) -> Iterator[KeyPage]:
        return self._listing.keys(self._first)

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        return self._listing.records(body, media_type)

    def _frames(self, rows: Sequence[Row]) -> Mapping[str, pl.DataFrame]:
        texts: list[Texts | RecordRefusal] = []
        for row in rows:
            if isinstance(row, RecordRefusal):
                texts.append(row)
            else:
                own = _row(row)
                texts.append(tuple(own.get(name) or None for name in self._names))
        return {self._dataset: record_frame(self._names, texts)}

    def check(self) -> Iterable[Probe]:
        yield from probe.reach(self._system, options.ca_file(self._system))
        yield probe.attempt("login", self._login)
        replies: list[HttpReply] = []
        yield probe.attempt("sample call", lambda: self._sample(replies))
        yield probe.clock(self._system, replies[0].source_time if replies else None)

    def close(self) -> None:
        self._http.close()

    def _ask(self, params: Mapping[str, str]) -> HttpReply:
        return call_with_token(
            self._http,
            self._token,
            f"{self._address}/{OPERATION}",
            what=OPERATION,
            params=params,
            headers=self._headers,
        )

    def _login(self) -> str:
        self._token.forget()
        self._token.value()
        return "the source gave a token"

    def _sample(self, replies: list[HttpReply]) -> str:
        replies.append(self._ask({"soLuong": "1"}))
        return f"{len(self._listing.read(replies[0].body).rows)} use(s)"


def _landed(reply: HttpReply, envelope: Envelope) -> bytes:
    """The reply, written again from the allowed content: what was received may hide more.

    Of a record that cannot be read stay place, clause, and what is sure; not its bytes.
    """
    kept = [
        {**row.known, REFUSED_BEFORE: [row.place, row.clause]} if isinstance(row, RecordRefusal) else _cut(row)
        for row in envelope.rows
    ]
    head = {"error_code": "0", "message": "Thành công", "count": len(kept), "hasMore": bool(envelope.more)}
    return msgspec.json.encode({**head, "result": kept})


def _forged(record: Record) -> tuple[str, str] | None:
    return (REFUSED_BEFORE, "a member that only the hub writes") if REFUSED_BEFORE in record else None


def _refused_before(record: Record) -> tuple[str, str] | None:
    """Place and clause of a record that was refused when its page came."""
    match record.get(REFUSED_BEFORE):
        case [str(place), str(clause)]:
            return place, clause
    return None


def _cut(record: dict[str, Any]) -> dict[str, Any]:
    """A record with the contract's fields only, and the names of removed fields."""
    may = {
        name: value
        for name, value in record.items()
        if name in WIRE["identification_event"] and name != CUT and _is_plain(value)
    }
    return may | {CUT: sorted({_shown(name) for name in record.keys() - may.keys()})}


def _is_plain(value: Any) -> bool:
    return value is None or (
        isinstance(value, str | int) and not isinstance(value, bool) and len(str(value)) <= LONGEST
    )


def _shown(name: str) -> str:
    """A field's name, if it looks like one: a name can contain personal data too."""
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,29}", name) else "?"


def _row(record: dict[str, Any]) -> dict[str, str | None]:
    """A landed record as text."""
    cut = record.get(CUT)
    own = {name: None if value is None else str(value) for name, value in record.items() if name != CUT}
    return own | {CUT: ",".join(map(str, cut))[:1000] if isinstance(cut, list) else None}


__all__ = ["EIdentification", "source"]
