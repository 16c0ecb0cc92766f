"""The national population database (Cơ sở dữ liệu quốc gia về dân cư): answers about one person, and is never copied.

    POST /token             client credentials -> access_token
    POST /xacThucCongDan    {maYeuCau, madonvi, maHoSo, mucDich, soDinhDanh, hoTen, ngaySinh}
                            -> {error_code, message, tonTai, khop: {hoTen: true, ngaySinh: false}}

The dialect is our assumption (`docs/wire.md`), because the real interface is not public. The question is in the body,
never in an address, which gateways log. The answer says only whether the number is known and which of the given facts
agree. A reply with more content is refused and dropped, so that no personal data comes in.

Credentials: as `one_stop`. Options: `madonvi` and the common ones.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from dataclasses import replace

import msgspec

from .. import options, probe
from ..credentials import secret
from ..errors import AuthenticationFailed, Malformed, TimedOut
from ..http.body import CallLimits
from ..http.client import Http, HttpReply
from ..http.credential_files import client_certificate
from ..interface import Enquiry, Matched, Probe, Registry, System
from ..rest.json_envelope import judged
from ..rest.session import JSON, Token, decode, lgsp_headers

OPERATION = "xacThucCongDan"
NOBODY = Enquiry("000000000000", name="", born=None, agency="", purpose="kiểm tra kết nối", reference="")
"""Number in the check's question; nobody has it."""


class _Answer(msgspec.Struct, forbid_unknown_fields=True):
    """The allowed content of an answer."""

    error_code: str | int
    message: str
    tonTai: bool | msgspec.UnsetType = msgspec.UNSET
    khop: dict[str, bool] = {}


_DECODER = msgspec.json.Decoder(_Answer)


def registry(system: System) -> PopulationDatabase:
    """The database as a Registry."""
    return PopulationDatabase(system)


class PopulationDatabase(Registry):
    """Confirms whether a number belongs to a person."""

    def __init__(self, system: System) -> None:
        options.check_names(system, ("madonvi",))
        self._system = system
        self._limits = options.limits(system, CallLimits)
        self._unit = options.text(system, "madonvi")
        self._headers = {**lgsp_headers(system), "Content-Type": "application/json; charset=utf-8"}
        self._http = Http(
            system.id, self._limits, ca_file=options.ca_file(system), client_certificate=client_certificate(system)
        )
        self._address = system.address.rstrip("/")
        self._token = Token(
            self._http, f"{self._address}/token", (secret(system, "client_id"), secret(system, "client_secret"))
        )

    def ask(self, enquiry: Enquiry, *, deadline_s: float) -> Matched:
        return self._matched(self._reply(enquiry, deadline_s), enquiry)

    def check(self) -> Iterable[Probe]:
        yield from probe.reach(self._system, options.ca_file(self._system))
        replies: list[HttpReply] = []
        yield probe.attempt("login", self._login)
        yield probe.attempt("sample call", lambda: self._sample(replies))
        yield probe.clock(self._system, replies[0].source_time if replies else None)

    def close(self) -> None:
        self._http.close()

    def _reply(self, enquiry: Enquiry, deadline_s: float) -> HttpReply:
        ends = time.monotonic() + min(deadline_s, self._limits.deadline_s)
        facts = {"soDinhDanh": enquiry.number, "hoTen": enquiry.name, "ngaySinh": enquiry.born}
        why = {
            "maYeuCau": str(uuid.uuid4()),
            "madonvi": enquiry.agency or self._unit,
            "maHoSo": enquiry.reference,
            "mucDich": enquiry.purpose,
        }
        body = msgspec.json.encode(why | {name: value for name, value in facts.items() if value is not None})
        for renewed in (False, True):
            try:
                self._bound(ends)
                headers = {**self._headers, "Authorization": f"Bearer {self._token.value()}"}
                self._bound(ends)
                return self._http.call(
                    "POST",
                    f"{self._address}/{OPERATION}",
                    what=OPERATION,
                    accept=(JSON,),
                    data=lambda: body,
                    headers=headers,
                )
            except AuthenticationFailed:
                self._token.forget()
                if renewed:
                    raise
        raise AssertionError("the second round returns or raises")

    def _bound(self, ends: float) -> None:
        """Login and question share one deadline."""
        left = ends - time.monotonic()
        if left <= 0:
            raise TimedOut(f"{self._system.id}: {OPERATION}: no time is left for the question")
        self._http.limits = replace(self._limits, deadline_s=left)

    def _matched(self, reply: HttpReply, enquiry: Enquiry) -> Matched:
        about = f"{self._system.id}: {OPERATION}"
        answer = decode(_DECODER, reply.body, about)
        judged(answer.error_code, answer.message, about)
        if answer.tonTai is msgspec.UNSET:
            raise Malformed(
                f"{about}: the answer does not say whether the number is known",
                hint="the operator of the source must mend what it sends",
            )
        asked = {name for name, value in (("hoTen", enquiry.name), ("ngaySinh", enquiry.born)) if value is not None}
        if (answer.tonTai and set(answer.khop) != asked) or (not answer.tonTai and answer.khop):
            raise Malformed(f"{about}: the answer is about other facts than were asked")
        agrees = frozenset(name for name, same in answer.khop.items() if same)
        return Matched(answer.tonTai, agrees, frozenset(answer.khop) - agrees)

    def _login(self) -> str:
        self._token.forget()
        self._bound(time.monotonic() + self._limits.deadline_s)
        self._token.value()
        return "the source gave a token"

    def _sample(self, replies: list[HttpReply]) -> str:
        replies.append(self._reply(NOBODY, self._limits.deadline_s))
        if self._matched(replies[0], NOBODY).known:
            raise Malformed(f"{self._system.id}: {OPERATION}: it knows a number that nobody has")
        return "nobody has the number of the check"


__all__ = ["PopulationDatabase", "registry"]
