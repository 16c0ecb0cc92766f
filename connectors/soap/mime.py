"""SOAP messages on the wire: an envelope, or a multipart message with the envelope as its root (SwA, MTOM/XOP).

The root is the part that `start` names, and without it the first one (RFC 2387 section 3.2); no other part, whatever
its type, stands in its place.

The HTTP header gives the charset, with UTF-8 as default. The parsed envelope is UTF-8.
"""

from __future__ import annotations

import base64
import email.policy
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from urllib.parse import unquote

from lxml import etree

from contracts.errors import HubError

from ..errors import Incomplete, Malformed
from . import version_12

XML = "text/xml"
XOP = "application/xop+xml"
MULTIPART = "multipart/related"
CHARSETS = ("utf-8", "utf8", "us-ascii", "iso-8859-1")
_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"
_DECLARED = re.compile(r"\A\ufeff?\s*<\?xml[^>]*\?>")
_PARAMETER = re.compile(r';\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"]*))')


@dataclass(frozen=True)
class Message:
    """The parts of one message."""

    envelope: bytes
    """XML in UTF-8, not yet checked."""
    parts: Mapping[str, bytes]
    """Content-ID (without angle brackets) -> bytes of an attachment."""


def read_message(body: bytes, content_type: str, about: str) -> Message:
    """Split a message into its parts.

    `content_type` is the complete header with its parameters.

    Raises:
        Malformed: another media type or charset, bytes outside the charset, or no envelope in the root.
        Incomplete: a multipart message without its last boundary.
    """
    with _border(about):
        return _message(body, content_type, about)


def _message(body: bytes, content_type: str, about: str) -> Message:
    head = _head(content_type)
    kind = head.get_content_type()
    if kind == version_12.MEDIA:
        return Message(version_12.as_soap_11(_utf8(body, head, about)), {})
    if kind != MULTIPART:
        if kind not in (XML, XOP):
            raise Malformed(f"{about}: the message's media type is not {XML} or {MULTIPART}")
        return Message(_utf8(body, head, about), {})
    given = _parameters(content_type)
    if not given.get("boundary"):
        raise Malformed(f"{about}: a multipart message whose Content-Type has no boundary")
    framed = f'Content-Type: {MULTIPART}; boundary="{given["boundary"]}"\r\n\r\n'
    whole = BytesParser(policy=email.policy.HTTP).parsebytes(framed.encode("latin-1", "replace") + body)
    parts = [each for each in whole.iter_parts() if isinstance(each, EmailMessage)] if whole.is_multipart() else []
    if any(type(defect).__name__ == "CloseBoundaryNotFoundDefect" for defect in whole.defects):
        raise Incomplete(f"{about}: the multipart message has no last boundary: it was cut")
    broken = {type(defect).__name__ for each in (whole, *parts) for defect in each.defects}
    if broken or not parts:
        raise Malformed(
            f"{about}: the multipart message cannot be taken apart ({', '.join(sorted(broken)) or 'it has no part'})"
        )
    names = [_content_id(each) for each in parts]
    if twice := sum(count > 1 for name, count in Counter(names).items() if name):
        raise Malformed(
            f"{about}: {twice} Content-ID(s) of the multipart message are given twice: nobody can say whose"
        )
    start = _bare(given.get("start", ""))
    if start and start not in names:
        raise Malformed(f"{about}: the multipart message names a root (start) that is none of its parts")
    root = parts[names.index(start) if start else 0]
    kind = root.get_content_type()
    if kind not in (XML, XOP, version_12.MEDIA):
        place = "the part that it names as its root" if start else "the first part"
        raise Malformed(f"{about}: the envelope is not {place} of the multipart message")
    attachments = {name: _bytes(each) for name, each in zip(names, parts, strict=True) if each is not root and name}
    envelope = _utf8(_bytes(root), root, about)
    new = version_12.MEDIA in (kind, _parameters(str(root.get("Content-Type", ""))).get("type", ""))  # `type` is XOP's
    return Message(version_12.as_soap_11(envelope) if new else envelope, attachments)


@contextmanager
def _border(about: str) -> Iterator[None]:
    """What Python's reader of mail raises for headers that nobody foresaw becomes an error of ours."""
    try:
        yield
    except HubError:
        raise
    except Exception as error:
        raise Malformed(f"{about}: the headers of the message cannot be read ({type(error).__name__})") from None


def inline(envelope: etree._Element, message: Message, about: str) -> None:
    """Insert attachments as base64 where the envelope refers to them (XOP).

    Raises:
        Incomplete: a referenced attachment is missing.
    """
    for include in list(envelope.iter(_INCLUDE)):
        name = unquote(include.get("href", "").removeprefix("cid:"))
        if name not in message.parts:
            raise Incomplete(f"{about}: the envelope refers to an attachment that did not come")
        owner = include.getparent()
        assert owner is not None  # the root is an Envelope
        owner.remove(include)
        owner.text = base64.b64encode(message.parts[name]).decode()


def _parameters(content_type: str) -> dict[str, str]:
    """The parameters of a header by their names in small letters, also where a sender forgot the quotes.

    Python's reader stops at an unquoted `<` or `@`, which many write in `start`.
    """
    return {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) if quoted else bare.strip()
        for name, quoted, bare in _PARAMETER.findall(content_type)
    }


def _bare(content_id: str) -> str:
    return "".join(content_id.split()).strip("<>")


def _head(content_type: str) -> EmailMessage:
    head = EmailMessage(policy=email.policy.HTTP)
    head["Content-Type"] = content_type or XML
    return head


def _utf8(body: bytes, head: EmailMessage, about: str) -> bytes:
    charset = (head.get_content_charset() or "utf-8").lower()
    if charset not in CHARSETS:
        raise Malformed(f"{about}: the message is neither in UTF-8 nor in ISO 8859-1")
    try:
        text = body.decode(charset)
    except UnicodeDecodeError as error:
        source = "by its Content-Type" if head.get_content_charset() else "UTF-8, as its Content-Type has no charset"
        what = f"{about}: byte {error.start} of the envelope is not of its charset ({source})"
        raise Malformed(what, clause="ERR_INVALID_ENCODING") from None
    # The HTTP header outweighs the declaration (RFC 7303 section 3), which would be wrong now.
    return (_DECLARED.sub("", text) if charset == "iso-8859-1" else text).encode()


def _bytes(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _content_id(part: EmailMessage) -> str:
    return _bare(str(part.get("Content-ID", "")))
