"""Faults of SOAP replies of any WSDL: Faults, headers of X-Road, elements, the envelope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...errors import AuthenticationFailed, Incomplete, Malformed, Refused, SourceFailed
from ..fault_proxy import ScriptedReply, Spoil
from .script import ENVELOPE, FAULT_TEXTS, FaultScript, always, in_bytes


def _fault_of(code: str, status: int = 500) -> Callable[[], Spoil]:
    text = f"<s:Fault><faultcode>s:{code}</faultcode><faultstring>{' '.join(FAULT_TEXTS)}</faultstring></s:Fault>"
    return always(lambda answer: replace(answer.with_body(ENVELOPE.format(text).encode()), status=status))


def _with_attachment(answer: ScriptedReply, start: str = "") -> ScriptedReply:
    """The reply as the first part of a multipart message, and another envelope as an attachment without a name."""
    head = b"Content-Type: text/xml; charset=UTF-8\r\n\r\n"
    other = ENVELOPE.format("<other/>").encode()
    parts = b"".join(b"--b\r\n" + head + each + b"\r\n" for each in (answer.body, other)) + b"--b--\r\n"
    root = f'; start="{start}"' if start else ""
    return answer.with_body(parts, **{"Content-Type": f'multipart/related; boundary="b"{root}'})


_LEAF = rb"<((?:\w+:)?maToChuc)(?: [^>]*)?>[^<]*</\1>"
_RECORD = rb"<((?:\w+:)?toChuc)(?: [^>]*)?>.*?</\1>"
_ID = rb"(<(?:\w+:)?id(?: [^>]*)?>)[^<]*"

WSDL_FAULTS = (
    FaultScript("Fault of ours", Refused, _fault_of("Client")),
    FaultScript("Fault of ours under 200", Refused, _fault_of("Client", 200)),
    FaultScript("Fault of the server", SourceFailed, _fault_of("Server")),
    FaultScript("Fault of our token", AuthenticationFailed, _fault_of("FailedAuthentication")),
    FaultScript("Fault of access", AuthenticationFailed, _fault_of("Server.ServerProxy.AccessDenied")),
    FaultScript("HTTP 500 around a reply", SourceFailed, always(lambda a: replace(a, status=500))),
    FaultScript("another request's reply", Malformed, in_bytes(_ID, rb"\g<1>another")),
    FaultScript("another request's hash", Malformed, in_bytes(rb"(requestHash[^>]*>)[^<]*", rb"\g<1>AAAA")),
    FaultScript("a hash of another kind", Malformed, in_bytes(rb"xmlenc#sha512", b"xmldsig#md5")),
    FaultScript("no header", Malformed, in_bytes(rb"<((?:\w+:)?Header)(?: [^>]*)?>.*</\1>", b"")),
    FaultScript("a DTD", Malformed, in_bytes(rb"(<(?:\w+:)?Envelope)", rb'<!DOCTYPE x [<!ENTITY e "1">]>\1')),
    FaultScript(
        "an external DTD",
        Malformed,
        in_bytes(rb"(<(?:\w+:)?Envelope)", rb'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">\1'),
    ),
    FaultScript("a processing instruction inside a text", Malformed, in_bytes(rb"(maToChuc[^>]*>.)", rb"\1<?x y?>")),
    FaultScript("a bare ampersand in a text", Malformed, in_bytes(rb"(maToChuc[^>]*>.)", rb"\1&")),
    FaultScript("a required element missing", None, in_bytes(_LEAF, b"")),
    FaultScript("a record twice", None, in_bytes(_RECORD, lambda m: m[0] * 2), more=True),
    FaultScript("an element twice", None, in_bytes(_LEAF, lambda m: m[0] * 2)),
    FaultScript("an element nobody declared", None, in_bytes(_LEAF, lambda m: m[0] + b"<surprise/>")),
    FaultScript("a value the schema forbids", None, in_bytes(rb"CC79[0-9]{6}", b"CC78000000")),
    FaultScript("a text that is too long", None, in_bytes(rb"(<(?:\w+:)?ten>)", rb"\1" + b"x" * 200)),
    FaultScript("an XML attachment before the end", None, always(_with_attachment)),
    FaultScript("a multipart message with another root", Malformed, always(lambda a: _with_attachment(a, "<gone>"))),
    FaultScript(
        "another operation's reply",
        Malformed,
        always(lambda a: a.with_body(a.body.replace(b"danhSachToChucResponse", b"traToChucResponse"))),
    ),
    FaultScript(
        "another namespace", Malformed, always(lambda a: a.with_body(a.body.replace(b"urn:motlan", b"urn:other")))
    ),
    FaultScript(
        "bytes of another charset", Malformed, always(lambda a: a.with_body(a.body + "<!-- é -->".encode("latin-1")))
    ),
    FaultScript("UTF-16", Malformed, always(lambda a: a.with_body(a.body.decode().encode("utf-16")))),
    FaultScript("no envelope", Malformed, always(lambda a: a.with_body(b"<reply/>"))),
    FaultScript("an empty Body", Malformed, always(lambda a: a.with_body(ENVELOPE.format("").encode()))),
    FaultScript("the XML ends early", Incomplete, always(lambda a: a.with_body(a.body[:-20]))),
    FaultScript(
        "a multipart message without its end",
        Incomplete,
        always(
            lambda a: a.with_body(
                b"--b\r\nContent-Type: text/xml\r\n\r\n" + a.body, **{"Content-Type": 'multipart/related; boundary="b"'}
            )
        ),
    ),
)
