"""What the registry's REST facade is submitted: open one-stop dossiers, which an officer of the registry then registers.

    POST {address}/dangKyHoTich      {maDonVi, module, maHoSo, ngayTiepNhan, data}  -> status 1 taken / 0 error
    POST {address}/traTrangThaiHoSo  {maDonVi, maHoSo} -> value: [{trangThai}]: 1 waits, 2 wants a supplement,
                                                          3 eligible, 4 registered; error 201: it holds none

Published: the services, their fields, the states, the codes, that `data` is XML, and that errors name a field in their
text. Ours (docs/wire-registry.md): where the state stands in the reply, and that a number submitted twice is refused by 500.
Options and credentials are those of the registry as a source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import msgspec

from contracts.errors import HubError

from .. import options, probe
from ..credentials import secret
from ..errors import Malformed, Refused
from ..http.body import CallLimits
from ..http.client import Http
from ..http.credential_files import client_certificate
from ..interface import Probe, System
from ..outgoing.records import OutgoingRecord, RecordHeld, RecordReply, RecordSink
from ..rest.json_text import parse, text_of
from ..rest.session import JSON, SHAPE_HINT, Bearer, FixedToken, Token, lgsp_headers, with_token
from ._moj_rest_reply import RestReply, understood

SERVICE, STATE = "dangKyHoTich", "traTrangThaiHoSo"
OF_THE_RECORD = ("106", "200", "302", "500")
"""Codes that refuse the dossier, and leave the conversation be."""
NOT_FOUND = "201"
NO_DOSSIER = "hub-check"
"""A number that no dossier has."""
HELD = {"1": RecordHeld.TAKEN, "2": RecordHeld.TAKEN, "3": RecordHeld.TAKEN, "4": RecordHeld.ACCEPTED}
"""The registry's state -> what that says. State 2 waits for the citizen's supplement at the desk."""
FIELDS = ("nycHoTen", "nycSoGiayToTuyThan", "nycLoaiGiayToTuyThan", "ngayTiepNhan", "maDonVi", "module", "maHoSo")


class RegistryIntake(RecordSink):
    """Dossiers submitted to the registry."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._address = system.address.rstrip("/")
        self._http = Http(
            system.id,
            options.limits(system, CallLimits),
            ca_file=options.ca_file(system),
            client_certificate=client_certificate(system),
        )
        login = options.one_of(system, "login", ("lgsp", "token", "bearer"), "lgsp")
        self._token: Bearer = (
            FixedToken(secret(system, "access_token"))
            if login == "bearer"
            else Token(
                self._http,
                f"{self._address}/token",
                (secret(system, "client_id"), secret(system, "client_secret")),
            )
        )
        self._headers = {"Content-Type": JSON, **(lgsp_headers(system) if login == "lgsp" else {})}

    def put(self, records: Sequence[OutgoingRecord], *, known: bool) -> Sequence[RecordReply]:
        return [self._put(record, known) for record in records]

    def ask(self, record: OutgoingRecord) -> RecordReply:
        try:
            answer = self._call(STATE, {name: record.content[name] for name in ("maDonVi", "maHoSo")})
        except Refused as error:
            if error.code == NOT_FOUND:
                return RecordReply(RecordHeld.NOTHING)
            raise
        states = [str(each["trangThai"]) for each in answer.entries if isinstance(each, dict) if "trangThai" in each]
        if len(states) != 1 or states[0] not in HELD:
            raise Malformed(f"{self._about(STATE)}: the reply names no known state of the dossier", hint=SHAPE_HINT)
        return RecordReply(HELD[states[0]], state=states[0])

    def check(self) -> Iterable[Probe]:
        yield from probe.reach(self._system, options.ca_file(self._system))
        yield probe.attempt("question", self._sample)

    def close(self) -> None:
        self._http.close()

    def _sample(self) -> str:
        held = self.ask(OutgoingRecord(NO_DOSSIER, {"maDonVi": "0", "maHoSo": NO_DOSSIER})).held
        if held is not RecordHeld.NOTHING:
            raise Malformed(f"{self._about(STATE)}: it holds a dossier that nobody has", hint=SHAPE_HINT)
        return "it answers about one dossier"

    def _put(self, record: OutgoingRecord, known: bool) -> RecordReply:
        """Submit a dossier that it does not hold: a second registration is worse than a second question."""
        if known and (held := self.ask(record)).held is not RecordHeld.NOTHING:
            return held
        content = {**record.content, "data": _xml(record.content["data"])}
        try:
            self._call(SERVICE, content)
        except Refused as error:
            if error.code not in OF_THE_RECORD:
                raise
            held = self.ask(record) if error.code == "500" else RecordReply(RecordHeld.NOTHING)
            if held.held is not RecordHeld.NOTHING:
                return held
            return RecordReply(RecordHeld.REFUSED, (f"{error.code} {self._named}".strip(),))
        return RecordReply(RecordHeld.TAKEN, state="1")

    def _call(self, service: str, asked: Mapping[str, Any]) -> RestReply:
        body = msgspec.json.encode(asked)
        reply = with_token(
            self._token,
            lambda bearer: self._http.call(
                "POST",
                f"{self._address}/{service}",
                what=service,
                accept=(JSON,),
                data=lambda: body,
                headers={**self._headers, **bearer},
                idempotent=service == STATE,
            ),
        )
        try:
            return understood(reply.body, self._about(service))
        except Refused:
            self._named = _field_in(reply.body)
            raise

    _named = ""
    """The known field that the last refusal named in its text."""

    def _about(self, service: str) -> str:
        return f"{self._system.id}: {service}"


def _xml(fields: Mapping[str, str]) -> str:
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items() if value)
    return f"<hotich><hoso>{inside}</hoso></hotich>"


def _field_in(body: bytes) -> str:
    """A known field that stands in the description, whose other words may be a value."""
    try:
        said = parse(text_of(body))
    except HubError:
        return ""
    words = str(said.get("statusDescription", "")).split() if isinstance(said, dict) else []
    return next((word for word in words if word in FIELDS), "")
