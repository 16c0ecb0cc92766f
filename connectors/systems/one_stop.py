"""A district's one-stop system (hệ thống một cửa), read through its LGSP endpoint.

The field names are the published ones of `DongBoHoSoMC`, the call by which one-stop systems send
their dossiers to the national portal. No district publishes how it may be *asked* for them: token,
paging and envelope are drawn by us in the manner of the LGSP guides, and told in
`docs/systems.md`.

    POST /token          client credentials -> access_token
    GET  /DongBoHoSoMC   tuNgay, denNgay, sauMaHoSo, soLuong
                         -> {error_code, message, count, hasMore, result: [dossiers, children nested]}

Dossiers come ascending by (NgayCapNhat, MaHoSo); a page starts strictly after the last record of
the one before. Credentials: client_id, client_secret, access_key, secret_key, app_name, partner_code
and, where it differs, partner_code_cus. Options: page_size (500, at most 1000) and the common ones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec
import polars as pl

from contracts.model import Contract

from .. import fields, options, probe
from ..body import Limits
from ..dossiers import WIRE, Dossier, flatten
from ..errors import Incomplete, Malformed, Refused
from ..http import Http, Reply
from ..interface import Page, Probe, Source, System, Window
from ..rest import JSON, Cursor, Token, call_with_token, decode, lgsp_header, secret
from ..wire_time import from_compact, furthest, to_compact


class _Listing(msgspec.Struct):
    """The envelope of every reply."""

    error_code: str | int
    message: str = ""
    count: int = 0
    hasMore: bool = False
    result: list[Dossier] = []


_DECODER = msgspec.json.Decoder(_Listing, float_hook=str)  # a number stays as it was written: 1.10 is not 1.1


def source(system: System, contract: Contract) -> OneStop:
    """The one-stop system as a Source of the dossier contract."""
    return OneStop(system, contract)


class OneStop(Source):
    """Dossiers with their components, fees, supplement requests and result papers."""

    def __init__(self, system: System, contract: Contract) -> None:
        options.check_names(system)
        fields.match(system, contract, WIRE)
        self._system = system
        self._columns = {dataset.name: tuple(field.name for field in dataset.fields) for dataset in contract.datasets}
        self._page_size = options.number(system, "page_size", default=500, most=1000)
        self._headers = lgsp_header(system)
        self._http = Http(system.id, Limits.of(system.options), ca_file=options.ca_file(system))
        self._address = system.address.rstrip("/")
        self._token = Token(self._http, f"{self._address}/token", (secret(system, "client_id"), secret(system, "client_secret")))

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of at most `page_size` dossiers; a page without any is not yielded."""
        bounds = {"denNgay": to_compact(window.until)} if window.until else {}
        start = {"tuNgay": to_compact(window.since.changed_at)} if window.since else {}
        cursor = Cursor()
        number = 0
        more = True
        while more:
            number += 1
            reply = self._ask({**start, **bounds, "soLuong": str(self._page_size)})
            listing = self._complete(reply)
            if listing.result:
                yield self._page(reply, listing, {**start, **bounds}, number)
            more = listing.hasMore
            if more:
                start = self._next(cursor, listing)

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        if media_type != JSON:
            raise Malformed(f"{self._system.id}: a page of this dialect is {JSON}")
        try:
            return flatten(self._read(body).result, self._columns, about=self._system.id)
        except (Incomplete, Refused) as error:
            raise Malformed(error.message) from None  # a landed page was whole once: waiting heals nothing

    def check(self) -> Iterable[Probe]:
        yield from probe.reach(self._system, options.ca_file(self._system))
        yield probe.attempt("login", self._login)
        replies: list[Reply] = []
        yield probe.attempt("sample call", lambda: self._sample(replies))
        yield probe.clock(self._system, replies[0].source_time if replies else None)

    def close(self) -> None:
        self._http.close()

    def _ask(self, params: Mapping[str, str]) -> Reply:
        return call_with_token(
            self._http, self._token, f"{self._address}/DongBoHoSoMC", what="DongBoHoSoMC", params=params, headers=self._headers
        )

    def _login(self) -> str:
        self._token.forget()
        self._token.value()
        return "the source gave a token"

    def _sample(self, replies: list[Reply]) -> str:
        replies.append(self._ask({"soLuong": "1"}))
        return f"{self._complete(replies[0]).count} dossier(s)"

    def _read(self, body: bytes) -> _Listing:
        """The envelope, when it says success.

        Both of its fields are judged: systems are known that put `0` beside the text of a failure.
        """
        about = f"{self._system.id}: DongBoHoSoMC"
        listing = decode(_DECODER, body, about)
        code = str(listing.error_code)
        success = "thành công" in unicodedata.normalize("NFC", listing.message).casefold()
        if code == "0" and success:
            return listing
        shown = code if re.fullmatch(r"[A-Za-z0-9_.-]{1,20}", code) else "unreadable"
        if code == "0":
            raise Refused(f"{about}: error_code 0 with a message that tells no success", code="0")
        raise Refused(f"{about}: the source refuses with error_code {shown}", code=shown)

    def _complete(self, reply: Reply) -> _Listing:
        listing = self._read(reply.body)
        about = f"{self._system.id}: DongBoHoSoMC"
        if listing.count != len(listing.result):
            raise Incomplete(f"{about}: the page holds {len(listing.result)} dossiers and says it holds {listing.count}")
        if listing.hasMore and not listing.result:
            raise Incomplete(f"{about}: an empty page that says more will come")
        return listing

    def _page(self, reply: Reply, listing: _Listing, asked: Mapping[str, str], number: int) -> Page:
        # The cursor's MaHoSo stays out of the request: it names a person's dossier.
        shown = "&".join(f"{name}={value}" for name, value in asked.items() if name != "sauMaHoSo")
        marks = ((from_compact(each.get("NgayCapNhat")), str(each.get("MaHoSo") or "")) for each in listing.result)
        return Page(
            body=reply.body,
            media_type=reply.media_type,
            count=listing.count,
            request=f"DongBoHoSoMC?{shown}{'&' if shown else ''}soLuong={self._page_size} (page {number})",
            end=furthest(marks, self._clock(reply)),
            source_time=reply.source_time,
        )

    def _clock(self, reply: Reply) -> datetime:
        """The source's clock; ours only bounds the position of a source that does not tell the time."""
        return reply.source_time or self._system.now()

    def _next(self, cursor: Cursor, listing: _Listing) -> dict[str, str]:
        """Where the next page starts: after the last record whose (NgayCapNhat, MaHoSo) can be read.

        Times beyond the source's clock do count here: the cursor lives for one reading only, and
        must get past such records to reach those behind them.
        """
        about = f"{self._system.id}: DongBoHoSoMC"
        previous = cursor.at[0] if cursor.at else ""
        last: tuple[str, str] | None = None
        for each in listing.result:
            changed, record_id = each.get("NgayCapNhat"), each.get("MaHoSo")
            if not isinstance(changed, str) or from_compact(changed) is None or not isinstance(record_id, str) or not record_id:
                continue
            if changed < previous:
                raise Malformed(f"{about}: the dossiers do not ascend by NgayCapNhat, so pages cannot be told apart")
            previous, last = changed, (changed, record_id)
        if last is None:
            raise Malformed(f"{about}: no dossier of the page has a readable NgayCapNhat, so the next page cannot be asked for")
        if not cursor.move(*last):
            raise Malformed(f"{about}: the source turns in circles: a page ends where an earlier one ended")
        return {"tuNgay": last[0], "sauMaHoSo": last[1]}


__all__ = ["OneStop", "source"]
