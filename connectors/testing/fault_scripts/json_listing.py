"""Faults of a declared JSON listing: `{maLoi, duLieu: {danhSach: [records], tongSo, soDong, conNua, tiep}}` in the suite's double."""

from __future__ import annotations

from typing import Any

from ...errors import Incomplete, Malformed, Refused
from ..fault_proxy import Request, ScriptedReply, Spoil
from .one_record import RecordFault, in_list, json_record_faults, of_one
from .script import FaultScript, in_bytes, in_json


def _in_circles() -> Spoil:
    """The first page for ever."""
    first: list[ScriptedReply] = []

    def spoil(request: Request, answer: ScriptedReply) -> ScriptedReply:
        first.append(answer)
        return answer.with_body(first[0].body)

    return spoil


def _shifting() -> Spoil:
    """From the second page on, the total is one less: a record has left what was asked for."""
    came: list[Request] = []

    def spoil(request: Request, answer: ScriptedReply) -> ScriptedReply:
        came.append(request)
        return (
            answer
            if len(came) == 1
            else in_json(lambda e: e["duLieu"].update(tongSo=e["duLieu"]["tongSo"] - 1))()(request, answer)
        )

    return spoil


def _again() -> Spoil:
    """A record of the first page stands at the end of the second too: it has changed meanwhile, and moved."""
    held: list[dict[str, Any]] = []

    def spoil(request: Request, answer: ScriptedReply) -> ScriptedReply:
        def move(envelope: dict[str, Any]) -> None:
            listed = envelope["duLieu"]["danhSach"]
            if held:
                listed[-1] = held[0]
            held.extend(listed[:1])

        return in_json(move)()(request, answer)

    return spoil


def _repeat(envelope: dict[str, Any]) -> None:
    """Tell the first record twice, and count it so."""
    held = envelope["duLieu"]
    if held["danhSach"]:
        held["danhSach"].insert(0, held["danhSach"][0])
        held.update({name: held[name] + 1 for name in ("soDong",) if isinstance(held.get(name), int)})


_ENVELOPE = (
    FaultScript("a count that is too high", Incomplete, in_json(lambda e: e["duLieu"].update(soDong=99))),
    FaultScript("a record missing", Incomplete, in_json(lambda e: e["duLieu"]["danhSach"].pop())),
    FaultScript("refused inside HTTP 200", Refused, in_json(lambda e: e.update(maLoi="3"))),
    FaultScript("no code", Malformed, in_json(lambda e: e.pop("maLoi"))),
    FaultScript("another shape", Malformed, in_json(lambda e: e["duLieu"].update(danhSach={"ma": "1"}))),
    FaultScript("no list", Malformed, in_json(lambda e: e["duLieu"].pop("danhSach"))),
    FaultScript("nothing around the list", Malformed, in_json(lambda e: e.pop("duLieu"))),
    FaultScript("no count", Malformed, in_json(lambda e: e["duLieu"].pop("soDong"))),
    FaultScript("a count that is null", Malformed, in_json(lambda e: e["duLieu"].update(soDong=None))),
    FaultScript("null for records that are counted", Incomplete, in_json(lambda e: e["duLieu"].update(danhSach=None))),
    FaultScript("a cursor loop", Malformed, _in_circles),
    FaultScript("the list twice", Malformed, in_bytes(rb'"danhSach"', b'"danhSach": [], "danhSach"')),
    FaultScript("a list of deletions", Malformed, in_json(lambda e: e.update(daXoa=["HK-1"]))),
    FaultScript(
        "a second list around the records", Malformed, in_json(lambda e: e["duLieu"].update(them=[{"ma": "1"}]))
    ),
)
_TWICE = FaultScript("a record twice", None, in_json(_repeat), more=True)
LISTING_FAULTS = (
    *_ENVELOPE,
    FaultScript("a total that does not come", Incomplete, in_json(lambda e: e["duLieu"].update(tongSo=99))),
    FaultScript("no total", Malformed, in_json(lambda e: e["duLieu"].pop("tongSo"))),
    FaultScript("a record that leaves meanwhile", Incomplete, _shifting),
    FaultScript("a record that moves meanwhile", Incomplete, _again),
)
"""Of pages by number or offset."""
KEYSET_LISTING_FAULTS = (
    *_ENVELOPE,
    _TWICE,
    FaultScript(
        "a text for what says that more will come", Malformed, in_json(lambda e: e["duLieu"].update(conNua="x"))
    ),
    FaultScript(
        "an empty page with more to come",
        Incomplete,
        in_json(lambda e: e["duLieu"].update(soDong=0, danhSach=[], conNua=True)),
    ),
)
LINKED_LISTING_FAULTS = (
    *_ENVELOPE,
    _TWICE,
    FaultScript(
        "a link to another machine", Malformed, in_json(lambda e: e["duLieu"].update(tiep="http://127.0.0.9:1/x"))
    ),
    FaultScript("a link that is no text", Malformed, in_json(lambda e: e["duLieu"].update(tiep=["x"]))),
)


def listing_record_faults() -> tuple[RecordFault, ...]:
    """Damages of one record of the listing."""
    found = rb'"ma"\s*:\s*"(HK-[^"]+)"'

    def in_data(name: str, change: Any) -> RecordFault:
        damage = in_list("danhSach", "ma", change)

        def within(body: bytes, changed: Any) -> bytes:
            import json

            envelope = json.loads(body)
            envelope["duLieu"] = json.loads(changed(json.dumps(envelope["duLieu"], ensure_ascii=False).encode()))
            return json.dumps(envelope, ensure_ascii=False).encode()

        return of_one(name, damage, found, within)

    shaped = tuple(
        in_data(name, lambda record, held=held: {**record, **held})
        for name, held in (
            ("members that are a text", {"thanhVien": "x"}),
            ("a member that is no object", {"thanhVien": [1]}),
            ("an object where a text is due", {"trangThai": {"x": "y"}}),
            ("a text where an object is due", {"ten": "x"}),
        )
    )
    replaced = tuple(
        in_data(name, lambda record, value=value: value)
        for name, value in (("a null record", None), ("a record that is a text", "x"), ("a list", [1]), ("a number", 7))
    )
    cut = tuple(each for each in json_record_faults("danhSach", "ma") if each.name not in {r.name for r in replaced})
    return (*replaced, *shaped, *cut)
