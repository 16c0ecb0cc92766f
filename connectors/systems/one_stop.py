"""A district's one-stop system (hệ thống một cửa), read through its LGSP endpoint.

The field names are the published ones of `DongBoHoSoMC`, the call by which one-stop systems send their dossiers to the
national portal. No district publishes how to *read* them: token, paging and envelope are our assumption after the LGSP
guides, listed in `docs/systems.md`.

    POST /token          client credentials -> access_token
    GET  /DongBoHoSoMC   tuNgay, denNgay, sauMaHoSo, soLuong
                         -> {error_code, message, count, hasMore, result: [dossiers, children nested]}

Dossiers ascend by (NgayCapNhat, MaHoSo); a page starts strictly after the last record of the page before. Credentials:
client_id, client_secret, access_key, secret_key, app_name, partner_code and, if it differs, partner_code_cus. Options:
page_size (500, at most 1000) and the common ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from contracts.model import Contract

from .. import fields, options, probe
from ..credentials import secret
from ..http.body import CallLimits
from ..http.client import Http, HttpReply
from ..http.credential_files import client_certificate
from ..interface import Fingerprint, Page, Probe, SoughtRecord, Source, System, Window
from ..key_pages import KeyPage
from ..rest.dossiers import KNOWN, WIRE, flatten, flaw
from ..rest.json_envelope import Fields
from ..rest.keyset_paging import LARGEST, Listing
from ..rest.session import Token, call_with_token, lgsp_headers


def source(system: System, contract: Contract) -> OneStop:
    """The one-stop system as a Source of the dossier contract."""
    return OneStop(system, contract)


class OneStop(Source):
    """Dossiers with their components, fees, supplement requests and result papers."""

    def __init__(self, system: System, contract: Contract) -> None:
        options.check_names(system)
        fields.match(system, contract, WIRE)
        self._system, self._dataset = system, contract.datasets[0]
        self._columns = {dataset.name: tuple(field.name for field in dataset.fields) for dataset in contract.datasets}
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
            "DongBoHoSoMC",
            self._http,
            self._ask,
            options.number(system, "page_size", default=500, most=LARGEST),
            Fields("MaHoSo", "NgayCapNhat", KNOWN),
            "sauMaHoSo",
            system.now,
            lambda rows: flatten(rows, self._columns, about=system.id),
            flaw,
        )

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of at most `page_size` dossiers; empty pages are not yielded."""
        return self._listing.pages(window)

    def again(self, wanted: Sequence[SoughtRecord]) -> Iterator[Page]:
        return self._listing.again(wanted)

    def fingerprint(self, window: Window) -> Fingerprint:
        return self._listing.fingerprint(window)

    def listing(self) -> Iterator[KeyPage]:
        return self._listing.keys(self._dataset)

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        return self._listing.records(body, media_type)

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
            f"{self._address}/DongBoHoSoMC",
            what="DongBoHoSoMC",
            params=params,
            headers=self._headers,
        )

    def _login(self) -> str:
        self._token.forget()
        self._token.value()
        return "the source gave a token"

    def _sample(self, replies: list[HttpReply]) -> str:
        replies.append(self._ask({"soLuong": "1"}))
        return f"{len(self._listing.read(replies[0].body).rows)} dossier(s)"


__all__ = ["OneStop", "source"]
