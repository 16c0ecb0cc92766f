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
from ..credential_files import client_certificate
from ..errors import Malformed
from ..http import Http, HttpReply
from ..http_body import CallLimits
from ..interface import Fingerprint, Page, Probe, Source, System, WantedRecord, Window
from ..keyset_paging import Envelope, Listing, StrictEnvelope, whole
from ..rest import JSON, Token, call_with_token, lgsp_headers, secret

OPERATION = "suKienDinhDanh"
CUT = "truongNgoaiHopDong"
"""Field with the names of removed fields. This module fills it; a source that sends it sends an unknown field."""
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
            f"{system.id}: {OPERATION}",
            OPERATION,
            self._ask,
            options.number(system, "page_size", default=500, most=1000),
            "ngayCapNhat",
            "maSuKien",
            "sauMaSuKien",
            system.now,
            form=StrictEnvelope,
            landed=self._landed,
        )

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of at most `page_size` uses, with the contract's fields only."""
        return self._listing.pages(window)

    def again(self, wanted: Sequence[WantedRecord]) -> Iterator[Page]:
        return self._listing.again(wanted)

    def fingerprint(self, window: Window) -> Fingerprint:
        return self._listing.fingerprint(window)

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        if media_type != JSON:
            raise Malformed(f"{self._system.id}: a page of this dialect is {JSON}")
        rows = [_row(each) for each in self._listing.landed_records(body)]
        frame = pl.DataFrame(
            [pl.Series(name, [row.get(name) for row in rows], dtype=pl.String) for name in self._names],
            height=len(rows),
        )
        return {self._dataset: frame.with_columns(pl.when(pl.all() != "").then(pl.all()))}

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
        return f"{whole(self._listing.read(replies[0].body), self._listing.about).count} use(s)"

    def _landed(self, reply: HttpReply, envelope: Envelope) -> bytes:
        """The reply, written again from the allowed content: the original JSON may hide more, in a repeated key for
        example.
        """
        kept = [_cut(each) for each in envelope.result]
        head = {
            "error_code": envelope.error_code,
            "message": "Thành công",
            "count": envelope.count,
            "hasMore": envelope.hasMore,
        }
        return msgspec.json.encode({**head, "result": kept})


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
