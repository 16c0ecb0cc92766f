"""A JSON listing that the deployment declares: address, paging, where records and counts stand, forms of times, fields.

    options:
      login: bearer                    # none, basic, bearer, key (with key_header), oauth (with token_path)
      listings:
        household_business:            # the contract
          path: ho-kinh-doanh          # below the address
          paging: {by: page, parameter: trang, size: soDong}
          window: {from: tuNgay, until: denNgay, form: "dd/MM/yyyy HH:mm:ss"}
          records: duLieu.danhSach     # the list in the reply
          total: duLieu.tongSo
          fields: {maSo: ma, ten: ten.dayDu, ngayCapNhat: capNhat, ghiChu: null}
          children:
            household_member: {records: thanhVien, fields: {maSo: ^ma, thuTu: "#", hoTen: hoTen, ngayCapNhat: ^capNhat}}
      times: {household_business: {ngayCapNhat: "dd/MM/yyyy HH:mm:ss"}}
      values: {household_business: {trangThai: {"1": active}}}

Paging is `by` page, offset, keyset (`after: {parameter: path in the last record}`) or link (`next: path in the reply`).
Page and offset need a `total`: `connectors/rest/listing_walk.py` says how a record that moves meanwhile is noticed. The
position of such a reading is its last page's. A key of `listings` is described in `connectors/rest/listing_plan.py`.

Credentials: `token` (bearer), `username` and `password` (basic), `access_key` (key), `client_id` and `client_secret`
(oauth); with any of them a client certificate. Options: page_size (500) and the common ones. Without `window`, all is
read each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import polars as pl

from contracts.errors import HubError
from contracts.logs import Logger
from contracts.model import Contract

from .. import declared_times, options, probe
from ..credentials import secret
from ..errors import Incomplete, Malformed, Refused
from ..http.body import CallLimits
from ..http.client import Http, HttpReply
from ..http.credential_files import client_certificate
from ..interface import Fingerprint, Page, Position, Probe, SoughtRecord, Source, System, Window
from ..key_pages import KeyPage, keys_of
from ..read_pages import Frames, ReadPages
from ..rest.json_envelope import Fields
from ..rest.keyset_paging import ROOM_FOR_ONE, spans
from ..rest.listing_frames import ListingFrames
from ..rest.listing_plan import ISO, ListingPlan
from ..rest.listing_reply import ListingReply, read_reply
from ..rest.listing_walk import ListingAnswer, ListingQuestion, ListingWalk
from ..rest.session import JSON, Bearer, FixedToken, Token, call_with_token
from ..wire_time import ahead_of, from_iso, furthest, trusted_clock

log = Logger()

LARGEST = 5000
_LOGINS = ("none", "basic", "bearer", "key", "oauth")
_OPTIONS = {"listings", "login", "key_header", "token_path", "times", "values"}
_Words = Mapping[str, Mapping[str, Mapping[str, str]]]


def source(system: System, contract: Contract) -> JsonListing:
    """One declared listing."""
    return JsonListing(system, contract)


class JsonListing(Source):
    """Records of one listing."""

    def __init__(self, system: System, contract: Contract) -> None:
        options.check_names(system, _OPTIONS)
        plans: Mapping[str, ListingPlan] = options.value(system, "listings", dict[str, ListingPlan])
        if contract.name not in plans:
            hint = f"listings: {{{contract.name}: {{path: ..., records: ..., fields: ...}}}}"
            raise options.wrong(system, "listings", f"listings has none for {contract.name}", hint=hint)
        self._system, self._plan, self._main = system, plans[contract.name], contract.datasets[0]
        if misfits := self._plan.misfits(contract):
            what = f"the listing and contract {contract.name} do not fit; {'; '.join(misfits)}"
            hint = "contract field: path in the record, or null where the source does not have it"
            raise options.wrong(system, "listings", what, hint=hint, within=(contract.name,))
        self._about = f"{system.id}: {self._plan.path or 'the listing'}"
        self._form = self._plan.window.form if self._plan.window else ISO
        if self._form != ISO and (fault := declared_times.fault_in_writing(self._form)):
            raise options.wrong(system, "listings", fault, within=(contract.name, "window", "form"))
        times = {each.name: declared_times.declared(system, each.name, each) for each in contract.datasets}
        words: _Words = options.value(system, "values", dict[str, dict[str, dict[str, str]]], default={})
        for dataset, of in words.items():
            for name in of:
                if not any(dataset == each.name and name in each.by_name for each in contract.datasets):
                    raise options.wrong(
                        system, "values", f"values names {dataset}.{name}, which is no field", within=(dataset, name)
                    )
        self._frames = ListingFrames(self._about, self._plan, contract, times, words)
        self._key, self._changed = self._main.key[0].name, str(self._main.version_field)
        paths = [str(self._plan.fields[each]) for each in (self._key, self._changed)]
        names = {path for path in self._plan.fields.values() if path} | {
            c.records for c in self._plan.children.values()
        }
        self._fields = Fields(paths[0], paths[1], names)
        self._size = options.number(system, "page_size", default=500, most=LARGEST)
        self._http = Http(
            system.id,
            options.limits(system, CallLimits),
            ca_file=options.ca_file(system),
            client_certificate=client_certificate(system),
        )
        base = system.address.rstrip("/")
        self._address = f"{base}/{self._plan.path.lstrip('/')}" if self._plan.path else base
        self._login = options.one_of(system, "login", _LOGINS, "none")
        self._token = self._bearer(base)
        self._headers = (
            {options.text(system, "key_header", "X-Api-Key"): secret(system, "access_key")}
            if self._login == "key"
            else {}
        )
        self._user = (
            (secret(system, "username").encode(), secret(system, "password").encode())
            if self._login == "basic"
            else None
        )
        self._kept = ReadPages()

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of at most `page_size` records; empty ones are not yielded."""
        held: Page | None = None
        best: Position | None = None
        stable = self._plan.paging.by == "keyset"
        try:
            for reply, answer, question in self._walk(window):
                if not answer.rows:
                    continue
                if held is not None:
                    yield held
                    held = None
                page = self._page(reply, answer, question)
                best = max((each for each in (best, page.end) if each is not None), default=None)
                held = page if stable else replace(page, end=None)
        except HubError:
            if held is not None:
                yield held
            raise
        if held is not None:
            yield replace(held, end=best)

    def again(self, wanted: Sequence[SoughtRecord]) -> Iterator[Page] | None:
        if self._plan.window is None or not self._plan.window.until:
            return None
        moments = [each.changed_at for each in wanted if each.changed_at is not None]
        return (
            replace(page, end=None)
            for first, last in spans(moments)
            for page in self.pages(Window(Position(first), last))
        )

    def fingerprint(self, window: Window) -> Fingerprint:
        since = window.since.changed_at.isoformat() if window.since else ""
        marks = [mark for _, answer, _ in self._walk(window) for mark in self._marks(self._frames(answer.rows))]
        return Fingerprint.of(since, [(key, text) for text, key in marks])

    def listing(self) -> Iterator[KeyPage]:
        for _, answer, question in self._walk(Window()):
            yield keys_of(self._main, self._frames(answer.rows)[self._main.name], question.place)

    def records(self, body: bytes, media_type: str) -> Frames:
        if media_type != JSON:
            raise Malformed(f"{self._system.id}: a page of this dialect is {JSON}")
        if (frames := self._kept.take(body)) is not None:
            return frames
        try:
            return self._frames(self._read(body).rows)
        except (Incomplete, Refused) as error:
            raise Malformed(error.message) from None

    def check(self) -> Iterable[Probe]:
        yield from probe.reach(self._system, options.ca_file(self._system))
        if isinstance(self._token, Token):
            yield probe.attempt("login", self._sign_in)
        replies: list[HttpReply] = []
        yield probe.attempt("sample call", lambda: self._sample(replies))
        yield probe.clock(self._system, replies[0].source_time if replies else None)

    def close(self) -> None:
        self._http.close()

    # -- asking -------------------------------------------------------------------------------------

    def _walk(self, window: Window) -> Iterator[ListingAnswer]:
        walk = ListingWalk(
            self._about, self._plan, self._size, self._address, self._ask, self._read, self._fields.record_id
        )
        return walk.answers({**self._plan.ask, **self._bounds(window)})

    def _bounds(self, window: Window) -> Mapping[str, str]:
        asked = self._plan.window
        if asked is None:
            return {}
        found = {asked.since: self._written(window.since.changed_at)} if window.since else {}
        if window.until and asked.until:
            found[asked.until] = self._written(window.until, up=True)
        return found

    def _written(self, moment: datetime, *, up: bool = False) -> str:
        return moment.isoformat() if self._form == ISO else declared_times.written(moment, self._form, up=up)

    def _ask(self, question: ListingQuestion) -> HttpReply:
        with self._http.room(ROOM_FOR_ONE if question.size == 1 else 1):
            return self._called(question.address or self._address, question.params)

    def _called(self, address: str, params: Mapping[str, str]) -> HttpReply:
        what = self._plan.path or "listing"
        if self._token is not None:
            return call_with_token(self._http, self._token, address, what=what, params=params, headers={})
        return self._http.call(
            "GET", address, what=what, accept=(JSON,), params=params, headers=self._headers, auth=self._user
        )

    def _bearer(self, base: str) -> Bearer | None:
        if self._login == "bearer":
            return FixedToken(secret(self._system, "token"))
        if self._login == "oauth":
            path = options.text(self._system, "token_path", "token").lstrip("/")
            client = secret(self._system, "client_id"), secret(self._system, "client_secret")
            return Token(self._http, f"{base}/{path}", client)
        return None

    def _read(self, body: bytes) -> ListingReply:
        return read_reply(body, self._plan, self._about, self._fields, self._frames.flaw)

    # -- pages --------------------------------------------------------------------------------------

    def _page(self, reply: HttpReply, answer: ListingReply, question: ListingQuestion) -> Page:
        clock = trusted_clock(reply.source_time, self._system.now())
        frames = self._frames(answer.rows)
        marks = [(from_iso(text), key) for text, key in self._marks(frames)]
        # What a page begins after is left out of the request's text: it may name a person's record.
        shown = {n: v for n, v in question.params.items() if n not in self._plan.paging.after}
        request = f"{self._plan.path}?{'&'.join(f'{n}={v}' for n, v in shown.items())} ({question.place})"
        if ahead := ahead_of(marks, clock):
            log.warning("page.ahead_of_clock", system=self._system.id, request=request, records=ahead)
        self._kept.keep(reply.body, partial(_same, frames))
        return Page(
            reply.body,
            reply.media_type,
            len(answer.rows),
            request,
            furthest(marks, clock),
            source_time=reply.source_time,
        )

    def _marks(self, frames: Frames) -> list[tuple[str, str]]:
        """Change time, in ISO, and key of each record."""
        frame = frames[self._main.name].select(pl.col(self._changed, self._key).fill_null(""))
        return list(zip(frame[self._changed], frame[self._key], strict=True))

    def _sign_in(self) -> str:
        assert isinstance(self._token, Token)
        self._token.forget()
        self._token.value()
        return "the source gave a token"

    def _sample(self, replies: list[HttpReply]) -> str:
        reply, answer, _ = next(self._walk(Window()), (None, None, None))
        if reply is None or answer is None:
            return "no record"
        replies.append(reply)
        unread = int(self._frames(answer.rows)[self._main.name]["_refused"].is_not_null().sum())
        return f"{len(answer.rows)} record(s)" + (f", {unread} of which cannot be read" if unread else "")


def _same(frames: Frames) -> Frames:
    return frames


__all__ = ["JsonListing", "source"]
