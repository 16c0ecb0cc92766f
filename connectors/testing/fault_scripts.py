"""Faulty replies as data: each fault with the error that it must become.

The first list holds for every connector over HTTP; each of the others spoils the replies of one dialect.
More than 300 lines on purpose: the file is a table, one line a fault, and the lists build on each other.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from contracts.errors import HubError

from ..errors import (
    AuthenticationFailed,
    Incomplete,
    Malformed,
    Refused,
    SourceFailed,
    Throttled,
    TimedOut,
    TooLarge,
    Unreachable,
)
from .fault_proxy import Request, ScriptedReply, Spoil


@dataclass(frozen=True)
class FaultScript:
    """One way to damage a reply."""

    name: str
    error: type[HubError]
    """Class of the error that the connector must raise."""
    script: Callable[[], Spoil]
    """Creates the fault for each use, because some keep state."""


def _always(change: Callable[[ScriptedReply], ScriptedReply]) -> Callable[[], Spoil]:
    return lambda: lambda request, answer: change(answer)


def _status(status: int, body: bytes = b"<html>x</html>", **headers: str) -> Callable[[], Spoil]:
    return _always(
        lambda answer: replace(
            answer.with_body(body, **{"Content-Type": "text/html"}).with_headers(**headers), status=status
        )
    )


def _gzipped(squeeze: Callable[[bytes], bytes]) -> Callable[[], Spoil]:
    return _always(lambda answer: answer.with_body(squeeze(answer.body), **{"Content-Encoding": "gzip"}))


def _chunked(answer: ScriptedReply, end: bytes) -> ScriptedReply:
    half = answer.body[: len(answer.body) // 2]
    return answer.with_body(b"%x\r\n%b\r\n" % (len(half), half) + end).with_headers(
        Content_Length=None, Transfer_Encoding="chunked"
    )


def _recoded(answer: ScriptedReply, charset: str) -> ScriptedReply:
    media_type = answer.headers["Content-Type"].partition(";")[0]
    return answer.with_headers(Content_Type=f"{media_type}; charset={charset}")


_PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"
_BOMB = gzip.compress(b" " * (8 << 20), 9)

HTTP_FAULTS = (
    FaultScript(
        "HTML instead of data",
        Malformed,
        _always(lambda a: a.with_body(_PAGE, **{"Content-Type": "text/html; charset=utf-8"})),
    ),
    FaultScript("HTML under the right media type", Malformed, _always(lambda a: a.with_body(_PAGE))),
    FaultScript(
        "another media type", Malformed, _always(lambda a: a.with_headers(Content_Type="application/octet-stream"))
    ),
    FaultScript("another charset", Malformed, _always(lambda a: _recoded(a, "windows-1258"))),
    FaultScript("cut before its length", Incomplete, _always(lambda a: replace(a, cut_after=len(a.body) // 2))),
    FaultScript(
        "cut without a length",
        Incomplete,
        _always(lambda a: a.with_body(a.body[: len(a.body) // 2]).with_headers(Content_Length=None)),
    ),
    FaultScript("cut by the source itself", Incomplete, _always(lambda a: a.with_body(a.body[: len(a.body) // 2]))),
    FaultScript("chunked, without its last chunk", Incomplete, _always(lambda a: _chunked(a, b""))),
    FaultScript("chunked, cut inside a chunk", Incomplete, _always(lambda a: _chunked(a, b"ffff\r\nabc"))),
    FaultScript("length and chunks at once", Malformed, _always(lambda a: a.with_headers(Transfer_Encoding="chunked"))),
    FaultScript(
        "another digest", Incomplete, _always(lambda a: a.with_headers(Content_Digest=f"sha-256=:{'A' * 43}=:"))
    ),
    FaultScript("an unreadable digest", Malformed, _always(lambda a: a.with_headers(Content_Digest="sha-256=abc"))),
    FaultScript("an empty reply", Incomplete, _always(lambda a: a.with_body(b""))),
    FaultScript("no content", Malformed, _status(204, b"")),
    FaultScript("accepted for later", Malformed, _status(202, b"")),
    FaultScript("gzip bomb", TooLarge, _gzipped(lambda body: _BOMB)),
    FaultScript("gzip cut", Incomplete, _gzipped(lambda body: gzip.compress(body)[:-12])),
    FaultScript("gzip with a wrong checksum", Incomplete, _gzipped(lambda body: gzip.compress(body)[:-8] + b"\0" * 8)),
    FaultScript("bytes after the gzip", Malformed, _gzipped(lambda body: gzip.compress(body) + b"more")),
    FaultScript("an encoding nobody asked for", Malformed, _always(lambda a: a.with_headers(Content_Encoding="br"))),
    FaultScript(
        "ten gigabytes announced",
        TooLarge,
        _always(lambda a: a.with_headers(Content_Length=str(10 << 30), Content_Digest=None)),
    ),
    FaultScript("a body that drips", TimedOut, _always(lambda a: replace(a, drip_s=0.2))),
    FaultScript("headers that drip", TimedOut, _always(lambda a: replace(a, drip_s=0.2, drip_head=True))),
    FaultScript("silence", TimedOut, _always(lambda a: replace(a, silence_s=5.0))),
    FaultScript("reset inside the body", Incomplete, _always(lambda a: replace(a, cut_after=20, reset=True))),
    FaultScript("closed without a word", Unreachable, _always(lambda a: replace(a, silence_s=0.01))),
    FaultScript("429", Throttled, _status(429, Retry_After="120")),
    FaultScript("503", Throttled, _status(503, Retry_After="120")),
    FaultScript("500", SourceFailed, _status(500)),
    FaultScript("502", SourceFailed, _status(502)),
    FaultScript("504", SourceFailed, _status(504)),
    FaultScript("401", AuthenticationFailed, _status(401)),
    FaultScript("403", AuthenticationFailed, _status(403)),
    FaultScript("404", Refused, _status(404)),
    FaultScript("a redirect", Refused, _status(302, Location="http://127.0.0.1:9/")),
)


# -- JSON envelope of the one-stop systems ---------------------------------------------------------


def _json(change: Callable[[dict[str, Any]], object]) -> Callable[[], Spoil]:
    def spoil(answer: ScriptedReply) -> ScriptedReply:
        envelope = json.loads(answer.body)
        change(envelope)
        return answer.with_body(json.dumps(envelope, ensure_ascii=False).encode())

    return _always(spoil)


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


ONE_STOP_FAULTS = (
    FaultScript("a count that is too high", Incomplete, _json(lambda e: e.update(count=e["count"] + 1))),
    FaultScript("a record missing", Incomplete, _json(lambda e: e["result"].pop())),
    FaultScript("a record too many", Incomplete, _json(lambda e: e["result"].append(e["result"][0]))),
    FaultScript(
        "an empty page with more to come", Incomplete, _json(lambda e: e.update(count=0, result=[], hasMore=True))
    ),
    FaultScript("refused inside HTTP 200", Refused, _json(lambda e: e.update(error_code="3"))),
    FaultScript("code 0 beside a failure", Refused, _json(lambda e: e.update(message="Lỗi hệ thống"))),
    FaultScript("another shape", Malformed, _json(lambda e: e.update(result={"MaHoSo": "1"}))),
    FaultScript("no error_code", Malformed, _json(lambda e: e.pop("error_code"))),
    FaultScript("descending times", Malformed, _json(lambda e: (e["result"].reverse(), e.update(hasMore=True)))),
    FaultScript("a cursor loop", Malformed, _in_circles),
)


PORTAL_FAULTS = (
    *ONE_STOP_FAULTS,
    FaultScript(
        "-3 and «đã tồn tại» to a question",
        Refused,
        _json(lambda e: e.update(error_code="-3", message="Hồ sơ đã tồn tại")),
    ),
    FaultScript(
        "3 and «đã tồn tại» to a question", Refused, _json(lambda e: e.update(error_code=3, message="Hồ sơ đã tồn tại"))
    ),
    FaultScript("success only in the text", Refused, _json(lambda e: e.update(error_code="-1", message="Thành công"))),
    FaultScript("an unreadable code", Refused, _json(lambda e: e.update(error_code="lỗi: 1"))),
    FaultScript(
        "a session that never lasts",
        AuthenticationFailed,
        _json(lambda e: e.update(error_code="-1", message="Phiên làm việc hết hạn", result=[])),
    ),
)

E_IDENTIFICATION_FAULTS = (
    *ONE_STOP_FAULTS,
    FaultScript("an image beside the envelope", Malformed, _json(lambda e: e.update(anh="aGlkZGVu"))),
    FaultScript("a list of templates for a result", Malformed, _json(lambda e: e.update(result=[["aGlkZGVu"]]))),
)

# -- SOAP of the registry --------------------------------------------------------------------------

FAULT_TEXTS = ("Nguyễn Văn Lỗi", "079000000001")
"""Content of a careless server's faultstring: a synthetic person's name and number."""
_ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'


def _soap_fault(code: str, kind: str = "Client") -> Callable[[], Spoil]:
    def spoil(request: Request, answer: ScriptedReply) -> ScriptedReply:
        found = re.search(rb"urn:[a-z0-9:-]+", answer.body)
        namespace = found[0].decode() if found else ""
        detail = f'<detail><m:maLoi xmlns:m="{namespace}">{code}</m:maLoi></detail>' if code else ""
        text = f"<s:Fault><faultcode>s:{kind}</faultcode><faultstring>{' '.join(FAULT_TEXTS)}</faultstring>{detail}</s:Fault>"
        return replace(answer.with_body(_ENVELOPE.format(text).encode()), status=500)

    return lambda: spoil


def _bytes(pattern: bytes, by: bytes | Callable[[re.Match[bytes]], bytes]) -> Callable[[], Spoil]:
    return _always(lambda answer: answer.with_body(re.sub(pattern, by, answer.body, count=1, flags=re.DOTALL)))


_RECORD = rb"<((?:\w+:)?hoSo)>.*?</\1>"
_FIELD = rb"<((?:\w+:)?{})(?: [^>]*)?>[^<]*</\1>"
_UNIT = _FIELD.replace(b"{}", b"maDonVi")

SOAP_FAULTS = (
    *(FaultScript(f"Fault {code}", AuthenticationFailed, _soap_fault(code)) for code in ("100", "101")),
    *(FaultScript(f"Fault {code}", Refused, _soap_fault(code)) for code in ("106", "108", "302", "500")),
    FaultScript("Fault of the server", SourceFailed, _soap_fault("", "Server")),
    FaultScript("Fault of our token", AuthenticationFailed, _soap_fault("", "FailedAuthentication")),
    FaultScript("HTTP 500 around a reply", SourceFailed, _always(lambda a: replace(a, status=500))),
    FaultScript("a record missing", Incomplete, _bytes(_RECORD, b"")),
    FaultScript("a record twice", Incomplete, _bytes(_RECORD, lambda m: m[0] * 2)),
    FaultScript("a DTD", Malformed, _bytes(rb"(<(?:\w+:)?Envelope)", rb'<!DOCTYPE x [<!ENTITY e "1">]>\1')),
    FaultScript(
        "an external DTD",
        Malformed,
        _bytes(rb"(<(?:\w+:)?Envelope)", rb'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">\1'),
    ),
    FaultScript("a processing instruction inside a text", Malformed, _bytes(rb"(maDonVi>.)", rb"\1<?x y?>")),
    FaultScript("a required element missing", Malformed, _bytes(_UNIT, b"")),
    FaultScript("an element twice", Malformed, _bytes(_UNIT, lambda m: m[0] * 2)),
    FaultScript("an element nobody declared", Malformed, _bytes(_UNIT, lambda m: m[0] + b"<surprise/>")),
    FaultScript("another namespace", Malformed, _always(lambda a: a.with_body(a.body.replace(b"urn:", b"urn:x-")))),
    FaultScript(
        "UTF-16",
        Malformed,
        _always(
            lambda a: a.with_body(
                a.body.decode().replace("utf-8", "utf-16").replace("UTF-8", "UTF-16").encode("utf-16")
            )
        ),
    ),
    FaultScript("no envelope", Malformed, _always(lambda a: a.with_body(b"<reply/>"))),
    FaultScript("an empty Body", Malformed, _always(lambda a: a.with_body(_ENVELOPE.format("").encode()))),
    FaultScript("the XML ends early", Incomplete, _always(lambda a: a.with_body(a.body[:-20]))),
)


# -- REST facade of the registry -------------------------------------------------------------------


def _said(**parts: object) -> Callable[[], Spoil]:
    return _json(lambda e: e.update(parts))


def _data(change: Callable[[str], str]) -> Callable[[], Spoil]:
    return _json(lambda e: e.update(data=change(e["data"])))


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
    FaultScript("no status", Malformed, _json(lambda e: e.pop("status"))),
    FaultScript("no data", Incomplete, _json(lambda e: e.pop("data"))),
    FaultScript("data that is no text", Malformed, _said(data=[{"so": _CANARY}])),
    FaultScript("errors of another shape", Malformed, _said(errors=[_CANARY])),
    FaultScript(
        "a refusal of all among the records'",
        Refused,
        _json(lambda e: e["errors"].append({"id": "1", "errorCode": "500"})),
    ),
    FaultScript(
        "a record that is refused and comes",
        Incomplete,
        _json(lambda e: e["errors"].append({"id": "1001", "errorCode": "200"})),
    ),
    FaultScript("data that ends early", Incomplete, _data(lambda text: text[: len(text) * 2 // 3])),
)

REST_XML_FAULTS = (
    *_FACADE_FAULTS,
    FaultScript("an empty data", Malformed, _said(data="")),
    FaultScript("a record missing", Incomplete, _in_data("<hoso>.*?</hoso>", "")),
    FaultScript("a record twice", Incomplete, _in_data("<hoso>.*?</hoso>", lambda m: m[0] * 2)),
    FaultScript("a record without its id", Incomplete, _in_data("<id>[^<]*</id>", "")),
    FaultScript("another id", Incomplete, _in_data("<id>[^<]*</id>", "<id>77</id>")),
    FaultScript("a DTD inside data", Malformed, _in_data("<hotich>", '<!DOCTYPE x [<!ENTITY e "1">]><hotich>')),
    FaultScript(
        "an external DTD inside data",
        Malformed,
        _in_data("<hotich>", '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><hotich>'),
    ),
    FaultScript("an entity inside data", Malformed, _in_data("<so>[^<]*<", "<so>&e;<")),
    FaultScript("a processing instruction inside data", Malformed, _in_data("<so>", "<so><?x y?>")),
    FaultScript("another root", Malformed, _data(lambda text: text.replace("hotich>", "hoTich>"))),
    FaultScript("another kind of record", Malformed, _in_data("<hoso>(.*?)</hoso>", r"<hoSo>\1</hoSo>")),
    FaultScript("a field twice", Malformed, _in_data("<so>[^<]*</so>", lambda m: m[0] * 2)),
    FaultScript("a field that is no leaf", Malformed, _in_data("<so>", "<so><x/>")),
    FaultScript("a field nobody declared", Malformed, _in_data("<so>", "<surprise/><so>")),
    FaultScript("JSON where XML was due", Malformed, _data(lambda text: '{"hoso": []}')),
)

REST_JSON_FAULTS = (
    *_FACADE_FAULTS,
    FaultScript("an empty data", Incomplete, _said(data="")),
    FaultScript("a record missing", Incomplete, _hoso(lambda r: r.pop())),
    FaultScript("a record twice", Incomplete, _hoso(lambda r: r.append(r[0]))),
    FaultScript("a record without its id", Incomplete, _hoso(lambda r: r[0].pop("id"))),
    FaultScript("a field nobody declared", Malformed, _hoso(lambda r: r[0].update(surprise="1"))),
    FaultScript("the register's name of a field", Malformed, _hoso(lambda r: r[0].update(so=r[0].pop("soDangKy")))),
    FaultScript("a number where a text is due", Malformed, _hoso(lambda r: r[0].update(quyenSo=12))),
    FaultScript("an object where a text is due", Malformed, _hoso(lambda r: r[0].update(quyenSo={"so": _CANARY}))),
    FaultScript(
        "a name with a part nobody declared",
        Malformed,
        _hoso(lambda r: r[0].update(nksHoTen={"Ho": _CANARY, "TenKhac": "x"})),
    ),
    FaultScript("a date that is a list", Malformed, _hoso(lambda r: r[0].update(nksNgaySinh=[15, 5, 2022]))),
    FaultScript("a record that is no object", Malformed, _hoso(lambda r: r.append(_CANARY))),  # type: ignore[arg-type]  # what is tried here
    FaultScript("XML where JSON was due", Malformed, _data(lambda text: "<hotich></hotich>")),
)


# -- SOAP of any WSDL ------------------------------------------------------------------------------


def _fault_of(code: str, status: int = 500) -> Callable[[], Spoil]:
    text = f"<s:Fault><faultcode>s:{code}</faultcode><faultstring>{' '.join(FAULT_TEXTS)}</faultstring></s:Fault>"
    return _always(lambda answer: replace(answer.with_body(_ENVELOPE.format(text).encode()), status=status))


_LEAF = rb"<((?:\w+:)?maToChuc)(?: [^>]*)?>[^<]*</\1>"
_ID = rb"(<(?:\w+:)?id(?: [^>]*)?>)[^<]*"

WSDL_FAULTS = (
    FaultScript("Fault of ours", Refused, _fault_of("Client")),
    FaultScript("Fault of ours under 200", Refused, _fault_of("Client", 200)),
    FaultScript("Fault of the server", SourceFailed, _fault_of("Server")),
    FaultScript("Fault of our token", AuthenticationFailed, _fault_of("FailedAuthentication")),
    FaultScript("Fault of access", AuthenticationFailed, _fault_of("Server.ServerProxy.AccessDenied")),
    FaultScript("HTTP 500 around a reply", SourceFailed, _always(lambda a: replace(a, status=500))),
    FaultScript("another request's reply", Malformed, _bytes(_ID, rb"\g<1>another")),
    FaultScript("another request's hash", Malformed, _bytes(rb"(requestHash[^>]*>)[^<]*", rb"\g<1>AAAA")),
    FaultScript("a hash of another kind", Malformed, _bytes(rb"xmlenc#sha512", b"xmldsig#md5")),
    FaultScript("no header", Malformed, _bytes(rb"<((?:\w+:)?Header)(?: [^>]*)?>.*</\1>", b"")),
    FaultScript("a DTD", Malformed, _bytes(rb"(<(?:\w+:)?Envelope)", rb'<!DOCTYPE x [<!ENTITY e "1">]>\1')),
    FaultScript(
        "an external DTD",
        Malformed,
        _bytes(rb"(<(?:\w+:)?Envelope)", rb'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">\1'),
    ),
    FaultScript("a processing instruction inside a text", Malformed, _bytes(rb"(maToChuc[^>]*>.)", rb"\1<?x y?>")),
    FaultScript("a required element missing", Malformed, _bytes(_LEAF, b"")),
    FaultScript("an element twice", Malformed, _bytes(_LEAF, lambda m: m[0] * 2)),
    FaultScript("an element nobody declared", Malformed, _bytes(_LEAF, lambda m: m[0] + b"<surprise/>")),
    FaultScript("a value the schema forbids", Malformed, _bytes(rb"CC79[0-9]{6}", b"CC78000000")),
    FaultScript(
        "another operation's reply",
        Malformed,
        _always(lambda a: a.with_body(a.body.replace(b"danhSachToChucResponse", b"traToChucResponse"))),
    ),
    FaultScript(
        "another namespace", Malformed, _always(lambda a: a.with_body(a.body.replace(b"urn:motlan", b"urn:other")))
    ),
    FaultScript(
        "bytes of another charset", Malformed, _always(lambda a: a.with_body(a.body + "<!-- é -->".encode("latin-1")))
    ),
    FaultScript("UTF-16", Malformed, _always(lambda a: a.with_body(a.body.decode().encode("utf-16")))),
    FaultScript("no envelope", Malformed, _always(lambda a: a.with_body(b"<reply/>"))),
    FaultScript("an empty Body", Malformed, _always(lambda a: a.with_body(_ENVELOPE.format("").encode()))),
    FaultScript("the XML ends early", Incomplete, _always(lambda a: a.with_body(a.body[:-20]))),
    FaultScript(
        "a multipart message without its end",
        Incomplete,
        _always(
            lambda a: a.with_body(
                b"--b\r\nContent-Type: text/xml\r\n\r\n" + a.body, **{"Content-Type": 'multipart/related; boundary="b"'}
            )
        ),
    ),
)
