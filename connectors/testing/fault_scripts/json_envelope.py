"""Faults of the JSON envelope: the one-stop systems, the national portal, electronic identification."""

from __future__ import annotations

from typing import Any

from ...errors import AuthenticationFailed, Incomplete, Malformed, Refused
from ..fault_proxy import Request, ScriptedReply, Spoil
from .script import FaultScript, in_bytes, in_json


def _in_circles() -> Spoil:
    """The first page for ever, always with more to come."""
    first: list[ScriptedReply] = []

    def spoil(request: Request, answer: ScriptedReply) -> ScriptedReply:
        first.append(answer)
        return answer.with_body(
            first[0]
            .body.replace(b'"hasMore":false', b'"hasMore":true')
            .replace(b'"hasMore": false', b'"hasMore": true')
        )

    return spoil


def _bare(envelope: dict[str, Any]) -> None:
    """Leave only what says that the call succeeded."""
    for name in ("count", "hasMore", "result"):
        del envelope[name]


_ENVELOPE_FAULTS = (
    FaultScript("a count that is too high", Incomplete, in_json(lambda e: e.update(count=e["count"] + 1))),
    FaultScript("a record missing", Incomplete, in_json(lambda e: e["result"].pop())),
    FaultScript("a record too many", Incomplete, in_json(lambda e: e["result"].append(e["result"][0]))),
    FaultScript(
        "a record twice",
        None,
        in_json(lambda e: e.update(count=e["count"] + 1, result=[*e["result"][:1], *e["result"]])),
        more=True,
    ),
    FaultScript(
        "an empty page with more to come", Incomplete, in_json(lambda e: e.update(count=0, result=[], hasMore=True))
    ),
    FaultScript("refused inside HTTP 200", Refused, in_json(lambda e: e.update(error_code="3"))),
    FaultScript("code 0 beside a failure", Refused, in_json(lambda e: e.update(message="Lỗi hệ thống"))),
    FaultScript("another shape", Malformed, in_json(lambda e: e.update(result={"MaHoSo": "1"}))),
    FaultScript("no error_code", Malformed, in_json(lambda e: e.pop("error_code"))),
    FaultScript("descending times", Malformed, in_json(lambda e: (e["result"].reverse(), e.update(hasMore=True)))),
    FaultScript("a cursor loop", Malformed, _in_circles),
    FaultScript("a failure that speaks of success", Refused, in_json(lambda e: e.update(message="Không thành công"))),
    FaultScript("no message", Refused, in_json(lambda e: e.pop("message"))),
    FaultScript("success and nothing else", Malformed, in_json(_bare)),
    FaultScript("no count", Malformed, in_json(lambda e: e.pop("count"))),
    FaultScript("a count that is null", Malformed, in_json(lambda e: e.update(count=None))),
    FaultScript("no result", Malformed, in_json(lambda e: e.pop("result"))),
    FaultScript("null for records that are counted", Malformed, in_json(lambda e: e.update(result=None))),
    FaultScript("a text for hasMore", Malformed, in_json(lambda e: e.update(hasMore="true"))),
    FaultScript("null for hasMore", Malformed, in_json(lambda e: e.update(hasMore=None))),
    FaultScript("the result twice", Malformed, in_bytes(rb'"result"', b'"result": [], "result"')),
    FaultScript("the count twice", Malformed, in_bytes(rb'"count"', b'"count": 3, "count"')),
    FaultScript(
        "descending times within one page", Malformed, in_json(lambda e: (e["result"].reverse(), e.pop("hasMore")))
    ),
    FaultScript("a list of deletions", Malformed, in_json(lambda e: e.update(daXoa=["000.00.01.H99-220601-0001"]))),
    FaultScript("a second list", Malformed, in_json(lambda e: e.update(result2=[{"MaHoSo": "1"}]))),
)


TOTALS = (FaultScript("a total that does not come", Incomplete, in_json(lambda e: e.update(total=99))),)
"""Where the envelope may have more members than agreed."""


ONE_STOP_FAULTS = (*_ENVELOPE_FAULTS, *TOTALS)

PORTAL_FAULTS = (
    *ONE_STOP_FAULTS,
    FaultScript(
        "-3 and «đã tồn tại» to a question",
        Refused,
        in_json(lambda e: e.update(error_code="-3", message="Hồ sơ đã tồn tại")),
    ),
    FaultScript(
        "3 and «đã tồn tại» to a question",
        Refused,
        in_json(lambda e: e.update(error_code=3, message="Hồ sơ đã tồn tại")),
    ),
    FaultScript(
        "success only in the text", Refused, in_json(lambda e: e.update(error_code="-1", message="Thành công"))
    ),
    FaultScript("an unreadable code", Refused, in_json(lambda e: e.update(error_code="lỗi: 1"))),
    FaultScript(
        "a session that never lasts",
        AuthenticationFailed,
        in_json(lambda e: e.update(error_code="-1", message="Phiên làm việc hết hạn", result=[])),
    ),
)

E_IDENTIFICATION_FAULTS = (
    *_ENVELOPE_FAULTS,
    FaultScript("an image beside the envelope", Malformed, in_json(lambda e: e.update(anh="aGlkZGVu"))),
    FaultScript("a list of templates for a result", Incomplete, in_json(lambda e: e.update(result=[["aGlkZGVu"]]))),
)
