"""The text of an XML document in UTF-8, whatever encoding it stands in."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BARE = ((b"<\x00?\x00", "utf-16-le"), (b"\x00<\x00?", "utf-16-be"))
"""How UTF-16 without a mark begins."""
_DECLARATION = re.compile(r"\s*<\?xml\s[^<>]*?\?>")
_ENCODING = re.compile(r"""\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


def in_utf8(content: bytes) -> bytes:
    """A document in UTF-8 without its XML declaration, in its old lines; as it is where it cannot be decoded.

    A mark at its start outweighs what it declares. Some tools declare UTF-16 and write single bytes, so such a
    declaration is not believed.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], encoding)
    for start, encoding in _BARE:
        if content.startswith(start):
            return _decoded(content, encoding)
    declaration = _DECLARATION.match(content[:300].decode("latin-1"))
    declared = _ENCODING.search(declaration[0]) if declaration else None
    encoding = declared[1].lower() if declared else "utf-8"
    return _decoded(content, "utf-8" if encoding.startswith(("utf-16", "utf16", "utf-32", "ucs")) else encoding)


def _decoded(content: bytes, encoding: str) -> bytes:
    try:
        text = content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return content  # the reader says what is wrong with it
    declaration = _DECLARATION.match(text)
    return (text if declaration is None else "\n" * declaration[0].count("\n") + text[declaration.end() :]).encode()
