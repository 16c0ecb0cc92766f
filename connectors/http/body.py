"""Reads the body of a reply: completely, within limits, and as its headers promise.

requests would inflate without a limit and accept a truncated gzip stream, so this module takes the raw bytes from
urllib3 and inflates them itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..errors import Incomplete, Malformed, TooLarge

MIB = 1 << 20
_HINT = (
    "ask for smaller pages (page_size), or raise max_raw_bytes, max_inflated_bytes or max_ratio in the system's options"
)


@dataclass(frozen=True)
class CallLimits:
    """Limits of one call. The options of a system may set each by name (`options.limits`)."""

    deadline_s: float = 60.0
    """From the first byte sent to the last byte read, repeats and pauses included."""
    connect_s: float = 10.0
    """For one attempt to connect, TLS handshake included."""
    attempts: int = 3
    """Most tries of one call; see `connectors.http.client`."""
    max_raw_bytes: int = 32 * MIB
    """Bytes of one reply on the wire."""
    max_inflated_bytes: int = 32 * MIB
    """Bytes of one reply after gzip."""
    max_ratio: int = 100
    """Inflated to raw bytes, beyond the first MiB: honest JSON and XML stay below 30."""


def read_body(chunks: Iterator[bytes], headers: Mapping[str, str], limits: CallLimits) -> bytes:
    """The inflated body of a reply; `chunks` are its bytes on the wire.

    Raises:
        Incomplete: fewer bytes than Content-Length says, a truncated gzip stream, or another digest.
        TooLarge: a limit is exceeded; the rest is not read.
        Malformed: contradictory headers, or an encoding that was not requested.
    """
    promised = _promised_length(headers)
    if promised is not None and promised > limits.max_raw_bytes:
        raise TooLarge(f"the reply announces {promised} bytes; at most {limits.max_raw_bytes} are read", hint=_HINT)
    content: _Plain | _Gzip = _decoder(headers, limits)
    digests = _promised_digests(headers)
    hashes = {name: hashlib.new(name) for name in digests}
    received = 0
    for chunk in chunks:
        received += len(chunk)
        if received > limits.max_raw_bytes:
            raise TooLarge(f"the reply goes past {limits.max_raw_bytes} bytes", hint=_HINT)
        for each in hashes.values():
            each.update(chunk)
        content.take(chunk)
    if promised is not None and received != promised:
        raise Incomplete(f"the reply ended after {received} of {promised} bytes")
    for name, digest in digests.items():
        if hashes[name].digest() != digest:
            raise Incomplete(f"the reply's {name} is not the one its Content-Digest gives")
    return content.whole()


class _Plain:
    """A body without content encoding."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def take(self, chunk: bytes) -> None:
        self.parts.append(chunk)

    def whole(self) -> bytes:
        return b"".join(self.parts)


class _Gzip(_Plain):
    """A gzip body, inflated step by step within both limits; it must be complete."""

    def __init__(self, limits: CallLimits) -> None:
        super().__init__()
        self.limits = limits
        self.stream = zlib.decompressobj(wbits=31)  # 31: the gzip wrapper only, with its CRC and length
        self.raw = self.inflated = 0

    def take(self, chunk: bytes) -> None:
        self.raw += len(chunk)
        allowed = min(self.limits.max_inflated_bytes, MIB + self.limits.max_ratio * self.raw)
        try:
            # One byte above the limit is enough to know, so a gzip bomb never costs more than the limit.
            out = self.stream.decompress(chunk, allowed - self.inflated + 1)
        except zlib.error:
            raise Incomplete("the reply's gzip stream is damaged") from None
        self.inflated += len(out)
        if self.inflated > allowed:
            raise TooLarge(f"the reply inflates past its cap ({allowed} bytes from {self.raw})", hint=_HINT)
        self.parts.append(out)

    def whole(self) -> bytes:
        if not self.stream.eof:
            raise Incomplete("the reply's gzip stream has no end: it was cut")
        if self.stream.unused_data:
            raise Malformed("bytes follow the end of the reply's gzip stream")
        return super().whole()


def _decoder(headers: Mapping[str, str], limits: CallLimits) -> _Plain | _Gzip:
    encoding = headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return _Plain()
    if encoding in ("gzip", "x-gzip"):
        return _Gzip(limits)
    raise Malformed("the reply is encoded in a way the hub did not ask for (only gzip)")


def _promised_length(headers: Mapping[str, str]) -> int | None:
    length = headers.get("Content-Length")
    if length is None:
        return None
    if "Transfer-Encoding" in headers:
        # RFC 9112 6.3 calls this a likely request smuggling: nobody can say where the reply ends.
        raise Malformed("the reply gives both Content-Length and Transfer-Encoding")
    values = {part.strip() for part in length.split(",")}
    if len(values) != 1 or not (text := values.pop()).isascii() or not text.isdigit():
        raise Malformed("the reply's Content-Length is not one number")
    return int(text)


_MEMBER = re.compile(r"\s*([a-z0-9-]+)\s*=\s*:([A-Za-z0-9+/=]*):\s*")


def _promised_digests(headers: Mapping[str, str]) -> dict[str, bytes]:
    """hashlib name -> digest, of the algorithms that RFC 9530 calls active; others are ignored."""
    given: dict[str, bytes] = {}
    for member in filter(str.strip, headers.get("Content-Digest", "").split(",")):
        match = _MEMBER.fullmatch(member)
        if match is None:
            raise Malformed("the reply's Content-Digest cannot be read")
        if match[1] in ("sha-256", "sha-512"):
            try:
                given[match[1].replace("-", "")] = base64.b64decode(match[2], validate=True)
            except binascii.Error:
                raise Malformed("the reply's Content-Digest cannot be read") from None
    return given
