"""The records of `<hotich><hoso>...</hoso></hotich>`, of which some may be damaged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from contracts.logs import Logger

from ..errors import Incomplete, Malformed
from ..rest.json_document import Piece
from ..rest.json_text import DamagedJson, as_received, shown, suspect
from ..xml import parsing

log = Logger()

ILL_FORMED = "ill-formed XML"
_OPENS = re.compile(rb"<hoso(?=[\s/>])[^<>]*>")
_CLOSES = re.compile(rb"</hoso\s*>")
_AROUND = re.compile(rb"<hotich[^<>]*>\s*(.*\S)\s*</hotich\s*>", re.DOTALL)
_MEND = "the registry must mend what it sends"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


@dataclass(frozen=True)
class XmlRecords:
    """Records as values by field."""

    text: str
    pieces: Sequence[Piece]
    sure: bool = True
    """False: the damage hides where records end; `pieces` is then one, around all of them."""

    @property
    def is_suspect(self) -> bool:
        return suspect(self.text)

    def contents(self) -> Sequence[bytes]:
        body = as_received(self.text)
        if not self.sure:
            around = _AROUND.search(body)
            return [around[1] if around else body]
        return [body[start:end] for start, end in _spans(body)]

    def once(self, content: bytes, name: str) -> str | None:
        tag = name.encode()
        found = re.findall(rb"<%b>([^<&]*)</%b>" % (tag, tag), content)
        return found[0].decode("utf-8", "replace") if len(found) == 1 == content.count(b"<%b" % tag + b">") else None


def read_records(text: str, about: str, caps: parsing.Caps) -> XmlRecords:
    """The records of a text.

    Raises:
        Incomplete: it is truncated.
        Malformed: not of this form; with a clause: damaged, and the records cannot be told apart.
        TooLarge: it has more tags than `caps` allow.
    """
    body = as_received(text)
    try:
        root = parsing.read(body, about, caps)
    except (Malformed, Incomplete) as error:
        return _damaged(text, body, error, about, caps)
    _require_form(root, about)
    return XmlRecords(text, [_piece(each) for each in root])


def _require_form(root: etree._Element, about: str) -> None:
    if root.tag != "hotich" or any(each.tag != "hoso" for each in root):
        raise Malformed(
            f"{about}: no <hotich> of <hoso>",
            hint="another list beside the records, or another form: the system's option `data` says which",
        )
    texts = [root.text, *(each.tail for each in root)]
    if any(text and text.strip() for text in texts):
        raise Malformed(f"{about}: text between the records, which nobody reads", hint=_MEND)
    if beside := {f"@{shown(str(name))}" for each in (root, *root) for name in each.attrib if not _is_xsi(name)}:
        log.warning("page.unknown_fields", system=about, fields=sorted(beside)[:10], count=len(beside))


def _is_xsi(name: object) -> bool:
    return str(name).startswith(_XSI)


def _piece(record: etree._Element) -> Piece:
    """A record whose fields are leaves, each of them once."""
    tags, texts = [str(field.tag) for field in record], [field.text for field in record]
    if len(set(tags)) != len(tags):
        return Piece(damage=DamagedJson("a field twice", place=shown(Counter(tags).most_common(1)[0][0])))
    if any(map(len, record)):
        return Piece(
            damage=DamagedJson("a field that is no leaf", place=next(shown(str(f.tag)) for f in record if len(f)))
        )
    if any(text and text.strip() for text in (record.text, *[field.tail for field in record])):
        return Piece(damage=DamagedJson("text between the fields", place="hoso"))
    return Piece(dict(zip(tags, texts, strict=True)))


def _damaged(text: str, body: bytes, error: Malformed | Incomplete, about: str, caps: parsing.Caps) -> XmlRecords:
    """The records of an ill-formed text, each parsed alone."""
    top, _, inner = body.partition(b"<hotich")
    # A DTD is the reply's, and never a record's; what is no XML at all is of another form.
    if isinstance(error, Incomplete) or b"<!" in top or not body.lstrip().startswith(b"<"):
        raise type(error)(error.message, hint=_MEND)
    if b"<!" in inner:  # a comment: what stands in it may look like a record
        raise Malformed(error.message, hint=_MEND, clause=ILL_FORMED)
    spans = _spans(body)
    between = b"".join(
        body[end:start] for (_, end), (start, _) in zip([(0, 0), *spans], [*spans, (len(body), 0)], strict=True)
    )
    try:
        root = parsing.read(between, about, caps)
    except (Malformed, Incomplete):
        if _AROUND.search(body) is None:
            raise Malformed(error.message, hint=_MEND, clause=ILL_FORMED) from None
        return XmlRecords(text, [Piece(damage=DamagedJson(ILL_FORMED, place="hoso"))], sure=False)
    _require_form(root, about)
    return XmlRecords(text, [_alone(body[start:end], about, caps) for start, end in spans])


def _spans(body: bytes) -> list[tuple[int, int]]:
    """From where to where each record goes, by its tags alone."""
    spans: list[tuple[int, int]] = []
    at = 0
    while opens := _OPENS.search(body, at):
        closes = opens if opens[0].endswith(b"/>") else _CLOSES.search(body, opens.end())
        if closes is None:
            break
        at = closes.end()
        spans.append((opens.start(), at))
    return spans


def _alone(content: bytes, about: str, caps: parsing.Caps) -> Piece:
    try:
        return _piece(parsing.read(content, about, caps))
    except (Malformed, Incomplete):
        return Piece(damage=DamagedJson(ILL_FORMED, place="hoso"))
