"""Faults of any reply over HTTP: media types, lengths, encodings, pauses, statuses."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace

from ...errors import (
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
from ..fault_proxy import ScriptedReply, Spoil
from .script import FaultScript, always


def _status(status: int, body: bytes = b"<html>x</html>", **headers: str) -> Callable[[], Spoil]:
    return always(
        lambda answer: replace(
            answer.with_body(body, **{"Content-Type": "text/html"}).with_headers(**headers), status=status
        )
    )


def _gzipped(squeeze: Callable[[bytes], bytes]) -> Callable[[], Spoil]:
    return always(lambda answer: answer.with_body(squeeze(answer.body), **{"Content-Encoding": "gzip"}))


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
        always(lambda a: a.with_body(_PAGE, **{"Content-Type": "text/html; charset=utf-8"})),
    ),
    FaultScript("HTML under the right media type", Malformed, always(lambda a: a.with_body(_PAGE))),
    FaultScript(
        "another media type", Malformed, always(lambda a: a.with_headers(Content_Type="application/octet-stream"))
    ),
    FaultScript("another charset", Malformed, always(lambda a: _recoded(a, "windows-1258"))),
    FaultScript("cut before its length", Incomplete, always(lambda a: replace(a, cut_after=len(a.body) // 2))),
    FaultScript(
        "cut without a length",
        Incomplete,
        always(lambda a: a.with_body(a.body[: len(a.body) // 2]).with_headers(Content_Length=None)),
    ),
    FaultScript("cut by the source itself", Incomplete, always(lambda a: a.with_body(a.body[: len(a.body) // 2]))),
    FaultScript("chunked, without its last chunk", Incomplete, always(lambda a: _chunked(a, b""))),
    FaultScript("chunked, cut inside a chunk", Incomplete, always(lambda a: _chunked(a, b"ffff\r\nabc"))),
    FaultScript("length and chunks at once", Malformed, always(lambda a: a.with_headers(Transfer_Encoding="chunked"))),
    FaultScript(
        "another digest", Incomplete, always(lambda a: a.with_headers(Content_Digest=f"sha-256=:{'A' * 43}=:"))
    ),
    FaultScript("an unreadable digest", Malformed, always(lambda a: a.with_headers(Content_Digest="sha-256=abc"))),
    FaultScript("an empty reply", Incomplete, always(lambda a: a.with_body(b""))),
    FaultScript("no content", Malformed, _status(204, b"")),
    FaultScript("accepted for later", Malformed, _status(202, b"")),
    FaultScript("gzip bomb", TooLarge, _gzipped(lambda body: _BOMB)),
    FaultScript("gzip cut", Incomplete, _gzipped(lambda body: gzip.compress(body)[:-12])),
    FaultScript("gzip with a wrong checksum", Incomplete, _gzipped(lambda body: gzip.compress(body)[:-8] + b"\0" * 8)),
    FaultScript("bytes after the gzip", Malformed, _gzipped(lambda body: gzip.compress(body) + b"more")),
    FaultScript("an encoding nobody asked for", Malformed, always(lambda a: a.with_headers(Content_Encoding="br"))),
    FaultScript(
        "ten gigabytes announced",
        TooLarge,
        always(lambda a: a.with_headers(Content_Length=str(10 << 30), Content_Digest=None)),
    ),
    FaultScript("a body that drips", TimedOut, always(lambda a: replace(a, drip_s=0.2))),
    FaultScript("headers that drip", TimedOut, always(lambda a: replace(a, drip_s=0.2, drip_head=True))),
    FaultScript("silence", TimedOut, always(lambda a: replace(a, silence_s=5.0))),
    FaultScript("reset inside the body", Incomplete, always(lambda a: replace(a, cut_after=20, reset=True))),
    FaultScript("closed without a word", Unreachable, always(lambda a: replace(a, silence_s=0.01))),
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
