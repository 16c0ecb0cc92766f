"""SOAP messages on the wire: an envelope, or a multipart message with the envelope first (SwA, MTOM/XOP).

The HTTP header gives the charset, with UTF-8 as default. The parsed envelope is UTF-8.
"""

from __future__ import annotations

import base64
import email.policy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from urllib.parse import unquote

from lxml import etree

from . import soap_12
from .errors import Incomplete, Malformed

XML = "text/xml"
XOP = "application/xop+xml"
MULTIPART = "multipart/related"
CHARSETS = ("utf-8", "utf8", "us-ascii", "iso-8859-1")
_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"
_DECLARED = re.compile(r"\A\ufeff?\s*<\?xml[^>]*\?>")


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
        Malformed: another media type or charset, bytes outside the charset, or no envelope in the first part.
        Incomplete: a multipart message without its last boundary.
    """
    head = _head(content_type)
    kind = head.get_content_type()
    if kind == soap_12.MEDIA:
        return Message(soap_12.as_soap_11(_utf8(body, head, about)), {})
    if kind != MULTIPART:
        if kind not in (XML, XOP):
            raise Malformed(f"{about}: the message's media type is not {XML} or {MULTIPART}")
        return Message(_utf8(body, head, about), {})
    if not head.get_boundary():
        raise Malformed(f"{about}: a multipart message whose Content-Type has no boundary")
    whole = BytesParser(policy=email.policy.HTTP).parsebytes(
        b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n" + body
    )
    broken = {type(defect).__name__ for each in whole.walk() for defect in each.defects}
    if "CloseBoundaryNotFoundDefect" in broken:
        raise Incomplete(f"{about}: the multipart message has no last boundary: it was cut")
    parts = [each for each in whole.iter_parts() if isinstance(each, EmailMessage)] if whole.is_multipart() else []
    if broken or not parts:
        raise Malformed(
            f"{about}: the multipart message cannot be taken apart ({', '.join(sorted(broken)) or 'it has no part'})"
        )
    named = {_content_id(each): each for each in parts}
    root = named.get(str(head.get_param("start") or "").strip("<>"), parts[0])
    if root.get_content_type() not in (XML, XOP):
        raise Malformed(f"{about}: the envelope is not the first part of the multipart message")
    return Message(
        _utf8(_bytes(root), root, about),
        {name: _bytes(each) for name, each in named.items() if each is not root and name},
    )


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
        raise Malformed(f"{about}: byte {error.start} of the envelope is not of its charset ({source})") from None
    # The HTTP header outweighs the declaration (RFC 7303 section 3), which would be wrong now.
    return (_DECLARED.sub("", text) if charset == "iso-8859-1" else text).encode()


def _bytes(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _content_id(part: EmailMessage) -> str:
    return "".join(str(part.get("Content-ID", "")).split()).strip("<>")
