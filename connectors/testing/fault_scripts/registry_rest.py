"""Faults of the civil registry's REST facade: the envelope, and the records in its `data` as XML or as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from ...errors import AuthenticationFailed, Incomplete, Malformed, Refused
from ..fault_proxy import Spoil
from .script import FAULT_TEXTS, FaultScript, in_bytes, in_json


def _said(**parts: object) -> Callable[[], Spoil]:
    return in_json(lambda e: e.update(parts))


def _data(change: Callable[[str], str]) -> Callable[[], Spoil]:
    return in_json(lambda e: e.update(data=change(e["data"])))


def _in_data(pattern: str, by: str | Callable[[re.Match[str]], str]) -> Callable[[], Spoil]:
    return _data(lambda text: re.sub(pattern, by, text, count=1, flags=re.DOTALL))


def _hoso(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[], Spoil]:
    def spoil(text: str) -> str:
        content = json.loads(text)
        change(content["hoso"])
        return json.dumps(content, ensure_ascii=False)

    return _data(spoil)


_CANARY = " ".join(FAULT_TEXTS)

_FACADE_FAULTS = (
    *(
        FaultScript(
            f"status 0 with {code}", AuthenticationFailed, _said(status=0, errorCode=code, statusDescription=_CANARY)
        )
        for code in ("100", "101")
    ),
    *(
        FaultScript(f"status 0 with {code}", Refused, _said(status=0, errorCode=code, statusDescription=_CANARY))
        for code in ("106", "108", "302", "500", 999)
    ),
    FaultScript("status 0 without a code", Refused, _said(status="0")),
    FaultScript("a status that is a text", Malformed, _said(status=_CANARY)),
    FaultScript("status 1 beside a refusal", Refused, _said(errorCode="500", statusDescription=_CANARY)),
    FaultScript("no status", Malformed, in_json(lambda e: e.pop("status"))),
    FaultScript("no data", Incomplete, in_json(lambda e: e.pop("data"))),
    FaultScript("data that is no text", Malformed, _said(data=[{"so": _CANARY}])),
    FaultScript("errors of another shape", Malformed, _said(errors=[_CANARY])),
    FaultScript(
        "a refusal of all among the records'",
        Refused,
        in_json(lambda e: e["errors"].append({"id": "1", "errorCode": "500"})),
    ),
    FaultScript("a status twice", Malformed, in_bytes(rb'"status"', b'"status": 1, "status"')),
    FaultScript("the data twice", Malformed, in_bytes(rb'"data"', b'"data": "", "data"')),
    FaultScript("a list beside the data", Malformed, _said(xoa=[{"id": "1001"}])),
    FaultScript("a day's list beside the data", Malformed, _said(value=[{"id": "1001"}])),
    FaultScript(
        "a record that is refused and comes",
        None,
        in_json(lambda e: "1001" in e["data"] and e.get("errors", []).append({"id": "1001", "errorCode": "200"})),
    ),
    FaultScript("data that ends early", Incomplete, _data(lambda text: text[: len(text) * 2 // 3])),
)

REST_XML_FAULTS = (
    *_FACADE_FAULTS,
    FaultScript("an empty data", Incomplete, _said(data="")),
    FaultScript("a record twice", None, _in_data("<hoso>.*?</hoso>", lambda m: m[0] * 2), more=True),
    FaultScript("a DTD inside data", Malformed, _in_data("<hotich>", '<!DOCTYPE x [<!ENTITY e "1">]><hotich>')),
    FaultScript(
        "an external DTD inside data",
        Malformed,
        _in_data("<hotich>", '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><hotich>'),
    ),
    FaultScript("another root", Malformed, _data(lambda text: text.replace("hotich>", "hoTich>"))),
    FaultScript("another kind of record", Malformed, _in_data("<hoso>(.*?)</hoso>", r"<hoSo>\1</hoSo>")),
    FaultScript("JSON where XML was due", Malformed, _data(lambda text: '{"hoso": []}')),
)

REST_JSON_FAULTS = (
    *_FACADE_FAULTS,
    FaultScript("an empty data", Incomplete, _said(data="")),
    FaultScript("a record twice", None, _hoso(lambda r: r.append(r[0])), more=True),
    FaultScript("a record too many that is no object", None, _hoso(lambda r: r.append(_CANARY)), more=True),  # type: ignore[arg-type]  # what is tried here
    FaultScript(
        "a second list beside the records", Malformed, _data(lambda text: text[:-1] + ', "xoa": [{"id": "1001"}]}')
    ),
    FaultScript("the list twice", Malformed, _data(lambda text: text[:-1] + ', "hoso": []}')),
    FaultScript("no list", Malformed, _said(data="{}")),
    FaultScript("XML where JSON was due", Malformed, _data(lambda text: "<hotich></hotich>")),
)
