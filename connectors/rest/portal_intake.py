"""What a portal is submitted: dossiers (`DongBoHoSoMC`) and the steps of their handling (`CapNhatTienDoHoSoMC`).

    POST ADDRESS/api  {session, madonvi, service, isUpdating, data: [...]}
                      -> {error_code, message, result: [{MaHoSo, error_code, message}]}
    POST ADDRESS/api  {session, madonvi, service: TraCuuHoSo, MaHoSo} -> {..., result: [the dossier, DanhSachTienDo]}

Published: the services, `isUpdating`, chunks of 10 steps, that success is code 0 *and* its message, and that 3 and -3
mean «already exists». Ours (docs/wire.md): one entry of `result` a record, and the question about one number.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from .. import options, probe
from ..codes import shown as shown_code
from ..errors import Malformed, Refused
from ..http.body import CallLimits
from ..http.client import Http, HttpReply
from ..http.credential_files import client_certificate
from ..interface import Probe, System
from ..outgoing.records import OutgoingRecord, RecordHeld, RecordReply, RecordSink
from .dossiers import KNOWN, LISTS
from .json_envelope import judged
from .portal import Conversation
from .session import decode

DOSSIERS, PROGRESS = "DongBoHoSoMC", "CapNhatTienDoHoSoMC"
SERVICES = (DOSSIERS, PROGRESS)
STEPS_A_CALL = 10
STEP = ("NguoiXuLy", "ChucDanh", "ThoiDiemXuLy", "PhongBanXuLy", "NoiDungXuLy", "TrangThai", "NgayBatDau",
        "NgayKetThucTheoQuyDinh")  # fmt: skip
"""Fields of a step beside MaHoSo."""
NO_DOSSIER = "hub-check"
"""A number that no dossier has."""
_NAMES = frozenset({*KNOWN, *STEP, *(name for _, own in LISTS.values() for name in own)})
_OBJECT = msgspec.json.Decoder(dict[str, Any])
_EXISTS, _MISSING = "đã tồn tại", "chưa tồn tại"
_MEND = "the operator of the portal must mend what it answers, or the dialect is another one"


class PortalIntake(RecordSink):
    """One of the portal's two services."""

    def __init__(self, system: System, service: str) -> None:
        self._system, self._service = system, service
        self.most = STEPS_A_CALL if service == PROGRESS else 1
        self._http = Http(
            system.id,
            options.limits(system, CallLimits),
            ca_file=options.ca_file(system),
            client_certificate=client_certificate(system),
        )
        self._talk = Conversation(system, self._http)

    def put(self, records: Sequence[OutgoingRecord], *, known: bool) -> Sequence[RecordReply]:
        known = known and self._service == DOSSIERS  # a step is only ever new
        said = self._submitted(records, known)
        again = [place for place, (reply, otherwise) in enumerate(said) if otherwise]
        if not again:
            return [reply for reply, _ in said]
        if self._service == PROGRESS:  # a step never changes: one that is held is held
            return [RecordReply(RecordHeld.ACCEPTED) if otherwise else reply for reply, otherwise in said]
        second = self._submitted([records[place] for place in again], not known)
        replies = [reply for reply, _ in said]
        for place, (reply, otherwise) in zip(again, second, strict=True):
            replies[place] = RecordReply(RecordHeld.REFUSED, ("exists-and-does-not",)) if otherwise else reply
        return replies

    def ask(self, record: OutgoingRecord) -> RecordReply:
        rows = self._found(self._talk.ask("TraCuuHoSo", {"MaHoSo": str(record.content["MaHoSo"])}), "TraCuuHoSo")
        if not rows:
            return RecordReply(RecordHeld.NOTHING)
        if self._service == DOSSIERS:
            return _compared(record.content, rows[0], str(rows[0].get("TrangThaiHoSo", "")))
        steps = rows[0].get("DanhSachTienDo")
        if not isinstance(steps, list) or not all(isinstance(each, dict) for each in steps):
            raise Malformed(f"{self._about('TraCuuHoSo')}: the dossier has no list DanhSachTienDo", hint=_MEND)
        key = ("ThoiDiemXuLy", "TrangThai")
        same = [each for each in steps if all(each.get(name) == record.content[name] for name in key)]
        return _compared(record.content, {**same[0], "MaHoSo": record.content["MaHoSo"]}, "") if same else RecordReply(
            RecordHeld.NOTHING
        )  # fmt: skip

    def check(self) -> Iterable[Probe]:
        yield from probe.reach(self._system, options.ca_file(self._system))
        yield probe.attempt("login", self._talk.login)
        yield probe.attempt("question", self._sample)

    def close(self) -> None:
        self._http.close()

    def _sample(self) -> str:
        held = self.ask(OutgoingRecord(NO_DOSSIER, {"MaHoSo": NO_DOSSIER})).held
        if held is not RecordHeld.NOTHING:
            raise Malformed(f"{self._about('TraCuuHoSo')}: it holds a dossier that nobody has", hint=_MEND)
        return "it answers about one dossier"

    def _submitted(self, records: Sequence[OutgoingRecord], known: bool) -> list[tuple[RecordReply, bool]]:
        """Each reply, and whether the call should have been made the other way (create, update)."""
        asked = {"isUpdating": known, "data": [dict(each.content) for each in records]}
        # One try: whether a broken call may be repeated is known only after asking.
        reply = self._talk.ask(self._service, asked, idempotent=False)
        head = decode(_OBJECT, reply.body, self._about(self._service))
        try:
            rows = self._rows(head, self._service)
        except Refused as error:
            if len(records) > 1 or error.code == "0":
                raise
            return [_judged(error.code, head.get("message"), known)]
        if [str(row.get("MaHoSo")) for row in rows] != [str(each.content["MaHoSo"]) for each in records]:
            raise Malformed(
                f"{self._about(self._service)}: the reply is about other dossiers than were submitted", hint=_MEND
            )
        return [_judged(row.get("error_code"), row.get("message"), known) for row in rows]

    def _found(self, reply: HttpReply, what: str) -> list[dict[str, Any]]:
        head: dict[str, Any] = decode(_OBJECT, reply.body, self._about(what))
        return self._rows(head, what)

    def _rows(self, head: Mapping[str, Any], what: str) -> list[dict[str, Any]]:
        """The entries of a successful reply. Raises Refused, Malformed."""
        judged(head.get("error_code"), head.get("message"), self._about(what))
        rows = head.get("result")
        if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
            raise Malformed(f"{self._about(what)}: result is no list of objects", hint=_MEND)
        return rows

    def _about(self, what: str) -> str:
        return f"{self._system.id}: {what}"


def _judged(code: object, message: object, known: bool) -> tuple[RecordReply, bool]:
    """What the portal says of one record. The texts decide whether it is held: codes differ between portals."""
    text = unicodedata.normalize("NFC", message).casefold() if isinstance(message, str) else ""
    number = str(code)
    if number == "0":
        return RecordReply(RecordHeld.ACCEPTED), False
    if (not known and (_EXISTS in text or number in ("3", "-3"))) or (known and _MISSING in text):
        return RecordReply(RecordHeld.REFUSED, (shown_code(number),)), True
    named = next((word for word in str(message).split() if word in _NAMES), "")
    return RecordReply(RecordHeld.REFUSED, (f"{shown_code(number)} {named}".strip(),)), False


def _compared(submitted: Mapping[str, Any], held: Mapping[str, Any], state: str) -> RecordReply:
    same = all(held.get(name) == value for name, value in submitted.items())
    return RecordReply(RecordHeld.ACCEPTED if same else RecordHeld.OTHER, state=shown_code(state) if state else "")
