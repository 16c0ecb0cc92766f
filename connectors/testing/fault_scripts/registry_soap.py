"""Faults of the civil registry's SOAP replies: refusals by code, records, elements, the envelope."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from ...errors import AuthenticationFailed, Incomplete, Malformed, Refused, SourceFailed
from ..fault_proxy import Request, ScriptedReply, Spoil
from .script import ENVELOPE, FAULT_TEXTS, FaultScript, always, in_bytes


def _soap_fault(code: str, kind: str = "Client") -> Callable[[], Spoil]:
    def spoil(request: Request, answer: ScriptedReply) -> ScriptedReply:
        found = re.search(rb"urn:[a-z0-9:-]+", answer.body)
        namespace = found[0].decode() if found else ""
        detail = f'<detail><m:maLoi xmlns:m="{namespace}">{code}</m:maLoi></detail>' if code else ""
        text = f"<s:Fault><faultcode>s:{kind}</faultcode><faultstring>{' '.join(FAULT_TEXTS)}</faultstring>{detail}</s:Fault>"
        return replace(answer.with_body(ENVELOPE.format(text).encode()), status=500)

    return lambda: spoil


_RECORD = rb"<((?:\w+:)?hoSo)>.*?</\1>"
_FIELD = rb"<((?:\w+:)?{})(?: [^>]*)?>[^<]*</\1>"
_UNIT = _FIELD.replace(b"{}", b"maDonVi")

SOAP_FAULTS = (
    *(FaultScript(f"Fault {code}", AuthenticationFailed, _soap_fault(code)) for code in ("100", "101")),
    *(FaultScript(f"Fault {code}", Refused, _soap_fault(code)) for code in ("106", "108", "302", "500")),
    FaultScript("Fault of the server", SourceFailed, _soap_fault("", "Server")),
    FaultScript("Fault of our token", AuthenticationFailed, _soap_fault("", "FailedAuthentication")),
    FaultScript("HTTP 500 around a reply", SourceFailed, always(lambda a: replace(a, status=500))),
    FaultScript("a record twice", None, in_bytes(_RECORD, lambda m: m[0] * 2), more=True),
    FaultScript("a DTD", Malformed, in_bytes(rb"(<(?:\w+:)?Envelope)", rb'<!DOCTYPE x [<!ENTITY e "1">]>\1')),
    FaultScript(
        "an external DTD",
        Malformed,
        in_bytes(rb"(<(?:\w+:)?Envelope)", rb'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">\1'),
    ),
    FaultScript("a processing instruction inside a text", None, in_bytes(rb"(maDonVi>.)", rb"\1<?x y?>")),
    FaultScript("a bare ampersand in a text", None, in_bytes(rb"(maDonVi>.)", rb"\1&")),
    FaultScript("an entity of HTML in a text", None, in_bytes(rb"(maDonVi>.)", rb"\1&nbsp;")),
    FaultScript("a control character in a text", None, in_bytes(rb"(maDonVi>.)", b"\\1\x1f")),
    FaultScript("a byte of another charset in a text", None, in_bytes(rb"(maDonVi>.)", b"\\1\xff")),
    FaultScript("a NUL in a text", None, in_bytes(rb"(maDonVi>.)", lambda m: m[0] + b"\x00")),
    FaultScript(
        "elements without end in a text", None, in_bytes(rb"(maDonVi>.)", rb"\1" + b"<a>" * 300 + b"</a>" * 300)
    ),
    FaultScript("a warning behind the XML", None, always(lambda a: a.with_body(a.body + b"<b>Warning</b>: line 7"))),
    FaultScript("a required element missing", None, in_bytes(_UNIT, b"")),
    FaultScript("an element twice", None, in_bytes(_UNIT, lambda m: m[0] * 2)),
    FaultScript("an element nobody declared", None, in_bytes(_UNIT, lambda m: m[0] + b"<surprise/>")),
    FaultScript("an attribute nobody declared", None, in_bytes(rb"(<(?:\w+:)?maDonVi)", rb'\1 kieu="x"')),
    FaultScript("a text beside the elements", None, in_bytes(_UNIT, lambda m: m[0] + b"stray")),
    FaultScript("an id that is none", None, in_bytes(rb"(<(?:\w+:)?id>)[^<]*", rb"\g<1>none")),
    FaultScript("a time that is none", None, in_bytes(rb"(<(?:\w+:)?ngayCapNhat>)[^<]*", rb"\g<1>hom qua")),
    FaultScript("a record without content", None, in_bytes(_RECORD, rb"<\1/>")),
    FaultScript(
        "a record behind the refusals",
        Malformed,
        in_bytes(rb"<((?:\w+:)?)hoSo>", rb"<\1loi><\1id>1</\1id><\1maLoi>201</\1maLoi></\1loi><\1hoSo>"),
    ),
    FaultScript("another namespace", Malformed, always(lambda a: a.with_body(a.body.replace(b"urn:", b"urn:x-")))),
    FaultScript(
        "UTF-16",
        Malformed,
        always(
            lambda a: a.with_body(
                a.body.decode().replace("utf-8", "utf-16").replace("UTF-8", "UTF-16").encode("utf-16")
            )
        ),
    ),
    FaultScript("no envelope", Malformed, always(lambda a: a.with_body(b"<reply/>"))),
    FaultScript("an empty Body", Malformed, always(lambda a: a.with_body(ENVELOPE.format("").encode()))),
    FaultScript("the XML ends early", Incomplete, always(lambda a: a.with_body(a.body[:-20]))),
)
