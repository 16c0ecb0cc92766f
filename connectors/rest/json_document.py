"""A JSON document around a list of records, of which some may be damaged.

A damaged document is cut into its records by its quotes and brackets alone, so that the damage costs only the records in
which it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..errors import Malformed
from .json_text import NAME, NO_JSON, STRING, DamagedJson, as_received, goes_on, is_cut_off, parse, suspect, unreadable

_MOST_TOKENS = 4_000_000
"""Quotes, brackets and commas of a damaged document that is cut: a page of 1000 dossiers has 200,000."""
_TOKEN = re.compile(rf"{STRING.pattern}|[\[\]{{}},]", re.DOTALL)


@dataclass(frozen=True)
class Piece:
    """One element of the list: its value, or why it has none."""

    value: Any = None
    damage: DamagedJson | None = None


class RecordList(Protocol):
    """Records of a reply, of which some may be refused."""

    @property
    def is_suspect(self) -> bool:
        """Whether values of the records may have a flaw that only a look at each text finds."""

    def contents(self) -> Sequence[bytes]:
        """The records as received, from their first to their last byte. Only asked for when one is refused."""

    def once(self, content: bytes, name: str) -> str | None:
        """The text of a field in the bytes of a damaged record, if it stands there once and whole."""


@dataclass(frozen=True)
class JsonDocument:
    """An object around a list."""

    head: dict[str, Any]
    """The object without the list."""
    pieces: Sequence[Piece] | None
    """Elements of the list; None if the object holds no list under that name."""
    text: str
    """The whole, for `contents`; bytes that are no UTF-8 are single surrogates in it."""
    name: str
    """Path of the list: names with dots between them."""
    sure: bool = True
    """False: the damage hides where records end; `pieces` is then one, around all of them."""

    @property
    def is_whole(self) -> bool:
        """Whether it is JSON in all its parts."""
        return not any(piece.damage for piece in self.pieces or ())

    @property
    def is_suspect(self) -> bool:
        return suspect(self.text)

    def contents(self) -> Sequence[bytes]:
        found = _cut(self.text, self.name)
        spans = found[1] if found is not None and self.sure else [_around(self.text, self.name) or (0, len(self.text))]
        return [as_received(self.text[start:end]) for start, end in spans]

    def once(self, content: bytes, name: str) -> str | None:
        quoted = b'"%b"' % name.encode()
        found = re.findall(quoted + rb'\s*:\s*"([^"\\]*)"', content)
        return found[0].decode("utf-8", "replace") if len(found) == 1 == content.count(quoted) else None


def read_document(text: str, name: str, about: str) -> JsonDocument:
    """A document around the list at the path `name`.

    Raises:
        Incomplete: it is truncated.
        Malformed: no object, or damaged outside of the list's elements.
    """
    try:
        value = parse(text)
    except DamagedJson as damage:
        return _damaged(text, name, damage, about)
    if not isinstance(value, dict):
        raise Malformed(f"{about}: the JSON is no object")
    held = _taken(value, name)
    return JsonDocument(value, None if held is None else [Piece(each) for each in held], text, name)


def _damaged(text: str, name: str, damage: DamagedJson, about: str) -> JsonDocument:
    if goes_on(text):  # two replies in one, or the rest of a page: nobody can say which counts
        raise unreadable(text, damage, about)
    found = _cut(text, name)
    if found is not None:
        try:
            return JsonDocument(_head(found[0], name), [_piece(text[start:end]) for start, end in found[1]], text, name)
        except DamagedJson as other:
            if other.place:  # a key twice around the records: nobody can say which of the two counts
                raise unreadable(text, other, about) from None
    if is_cut_off(text, damage) or (span := _around(text, name)) is None:
        raise unreadable(text, damage, about)
    try:
        head = _head(text[: span[0]] + text[span[1] :], name)
    except DamagedJson:
        raise unreadable(text, damage, about) from None
    return JsonDocument(head, [Piece(damage=_placed(text[span[0] : span[1]], damage))], text, name, sure=False)


def _head(text: str, name: str) -> dict[str, Any]:
    head = parse(text)
    if not isinstance(head, dict):
        raise DamagedJson(NO_JSON)
    _taken(head, name)
    return head


def _taken(value: dict[str, Any], name: str) -> list[Any] | None:
    """The list at a path, taken out of the object; None if no list is there, and nothing is taken then."""
    *around, last = name.split(".")
    level: Any = value
    for each in around:
        level = level.get(each) if isinstance(level, dict) else None
    if not isinstance(level, dict) or not isinstance(level.get(last), list):
        return None
    held: list[Any] = level.pop(last)
    return held


def _piece(text: str) -> Piece:
    try:
        return Piece(parse(text))
    except DamagedJson as damage:
        return Piece(damage=_placed(text, damage))


def _placed(text: str, damage: DamagedJson) -> DamagedJson:
    """The damage with the name of the last field before it; whoever shows it must know the name."""
    names = [found[1] for found in NAME.finditer(text, 0, damage.at)]
    return DamagedJson(damage.clause, at=damage.at, place=damage.place or (names[-1] if names else ""))


_CLOSES = {"]": "[", "}": "{"}


def _cut(text: str, name: str) -> tuple[str, list[tuple[int, int]]] | None:
    """The document with its list `name` empty, and the span of each element, by quotes and brackets alone.

    None: brackets do not close, or there is no such list.
    """
    *around, last = name.split(".")
    opening = re.compile(rf'"{re.escape(last)}"\s*:\s*\[')
    entering = [re.compile(rf'"{re.escape(each)}"\s*:\s*{{') for each in around]
    within = 0
    open_: list[str] = []
    spans: list[tuple[int, int]] = []
    inside = begin = end = start = 0
    for number, token in enumerate(_TOKEN.finditer(text)):
        if number > _MOST_TOKENS:
            return None
        sign = token[0]
        if sign in ("[", "{"):
            open_.append(sign)
        elif sign in _CLOSES:
            if not open_ or open_.pop() != _CLOSES[sign]:
                return None
            within = min(within, max(len(open_) - 1, 0))
            if inside and len(open_) == inside - 1 and not end:
                end = token.start()
                if text[start:end].strip():
                    spans.append((start, end))
        elif sign == ",":
            if inside and not end and len(open_) == inside:
                spans.append((start, token.start()))
                start = token.end()
        elif not inside and len(open_) == within + 1:
            if within < len(entering):
                within += entering[within].match(text, token.start()) is not None
            elif found := opening.match(text, token.start()):
                inside, begin = len(open_) + 1, found.end()
                start = begin
    if open_ or not end:
        return None
    return text[:begin] + text[end:], [_stripped(text, *span) for span in spans]


def _around(text: str, name: str) -> tuple[int, int] | None:
    """The span from the first to the last byte of the list's content, if nothing in it can be told apart."""
    first = re.search(rf'"{re.escape(name.rpartition(".")[2])}"\s*:\s*\[', text)
    last = text.rfind("]")
    if first is None or last < first.end() or not text[first.end() : last].strip():
        return None
    return _stripped(text, first.end(), last)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
