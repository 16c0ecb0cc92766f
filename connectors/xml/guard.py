"""The guard before libxml2: refuses by its bytes a document that must not reach the parser.

libxml2 would still read local files for entities, build a tree thirty times the size of the bytes, or drop an entity
from a name without an error. Replies in our dialects are UTF-8 without DTD, entities and processing instructions.
Only markup of the document itself counts: within a comment or a CDATA section the same characters are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import Malformed, TooLarge

INSTRUCTION, INVALID_CHARACTER = "PROCESSING_INSTRUCTION", "ERR_INVALID_CHAR"
"""Clauses of `Malformed`, beside libxml2's own: what one record alone may bring into a document."""

_DECLARATION = re.compile(rb"<\?xml\s[^<>]*?\?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_TEXT = re.compile(rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|<![A-Za-z]*+", re.DOTALL)
"""A comment, a CDATA section, an instruction or the head of a declaration, from the first byte that begins one.

A section that does not end reaches to the end of the document, which libxml2 refuses then.
"""
_START_TAG = re.compile(rb"<[^!?/<>](?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>")


@dataclass(frozen=True)
class Caps:
    """Limits of one document. libxml2 itself limits the depth to 256 and a text to 10 MB, as `huge_tree` is off."""

    tags: int = 400_000
    """Opening and closing tags; 1000 births have about 130,000, and a day's list has six for each id."""
    attributes: int = 20_000
    """Equals signs in tags; our dialects need next to none."""


def inspect(body: bytes, about: str, caps: Caps = Caps(), *, instructions: bool = False) -> None:
    """Refuse a document that must not reach the parser. `instructions` allows processing instructions.

    Raises:
        Malformed: not in UTF-8, or with a DTD, an entity or an instruction; its clause says what one record may bring.
        TooLarge: a limit is exceeded.
    """
    text = body.removeprefix(b"\xef\xbb\xbf")
    start = text[:200].lstrip()
    declaration = _DECLARATION.match(start)
    if (
        declaration
        and (encoding := _ENCODING.search(declaration[0]))
        and encoding[1].lower() not in (b"utf-8", b"us-ascii")
    ):
        raise Malformed(f"{about}: the XML says it is not in UTF-8")
    if not start.startswith(b"<"):
        raise Malformed(f"{about}: it is no XML in UTF-8")
    if b"\x00" in text:
        raise Malformed(f"{about}: it is no XML in UTF-8: it holds a NUL", clause=INVALID_CHARACTER)
    own = 1 if declaration else 0
    # A single byte is found many times faster than two; nearly every page has no exclamation and no question mark.
    declares = b"!" in text and (b"<!DOCTYPE" in text or b"<!ENTITY" in text)
    instructs = not instructions and text.count(b"?") > 2 * own and text.count(b"<?") > own
    if declares or instructs:
        _refuse_markup(text, about, own, instructions)
    if text.count(b"<") > caps.tags and _bare(text).count(b"<") > caps.tags:
        raise TooLarge(
            f"{about}: the XML holds more than {caps.tags} tags",
            hint="ask for smaller pages (page_size), or raise max_tags",
        )
    if text.count(b"=") > caps.attributes and _attributes(text, caps.attributes) > caps.attributes:
        raise TooLarge(
            f"{about}: the XML holds more than {caps.attributes} attributes", hint="ask for smaller pages (page_size)"
        )


def _refuse_markup(text: bytes, about: str, own: int, instructions: bool) -> None:
    """Raise if a declaration, an entity or an instruction is markup of the document, and not a text in it."""
    found = 0
    for token in _tokens(text):
        if token.startswith((b"<!DOCTYPE", b"<!ENTITY")):
            name = "a DTD" if token.startswith(b"<!DOCTYPE") else "an entity"
            raise Malformed(f"{about}: the XML holds {name}, which is never accepted")
        found += token.startswith(b"<?")
    if found > own and not instructions:
        what = f"{about}: the XML holds a processing instruction, which is never accepted"
        raise Malformed(what, clause=INSTRUCTION)


def _tokens(text: bytes) -> Iterator[bytes]:
    return (each[0] for each in _TEXT.finditer(text))


def _bare(text: bytes) -> bytes:
    """The document without its comments and CDATA sections."""
    return _TEXT.sub(b"", text) if b"<!" in text else text


def _attributes(text: bytes, most: int) -> int:
    """How many equals signs stand in start tags; it stops counting soon after `most`."""
    count = 0
    for tag in _START_TAG.finditer(_bare(text)):
        count += tag[0].count(b"=")
        if count > most:
            break
    return count
