"""Edits of an XML document in its bytes, by its elements: what is not edited stays as it is, and in its lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat

from lxml import etree

from .parsing import SAFE

_TAG = re.compile(rb"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")


class XmlEdits:
    """A document in UTF-8 that an XML parser has read before, so it is well formed and has no DTD."""

    def __init__(self, text: bytes) -> None:
        """`text` has passed `require_plain`."""
        self._text = text
        self.root = tree_of(text)
        # Both parsers count elements in the order of the document; the list keeps lxml's proxies, which are the keys.
        self._elements = list(self.root.iter(etree.Element))
        self._numbers = {each: number for number, each in enumerate(self._elements)}
        self._tags, self._ends = _spans(text)
        self._changed: dict[int, bytes] = {}
        self._gone: dict[int, bytes] = {}
        self._inserted: dict[int, bytes] = {}
        self._unwrapped: set[int] = set()

    def tag(self, at: etree._Element) -> bytes:
        """The start tag of an element, with the edits so far."""
        number = self._numbers[at]
        begin, end = self._tags[number]
        return self._changed.get(number, self._text[begin:end])

    def span(self, at: etree._Element) -> tuple[int, int]:
        """Where a whole element stands in the bytes that were given."""
        number = self._numbers[at]
        return self._tags[number][0], self._ends[number][1]

    def set(self, at: etree._Element, attributes: Mapping[str, str]) -> None:
        """Set attributes of an element; their names are as written, with a prefix or without."""
        tag = self.tag(at)
        for name, value in attributes.items():
            written = _escaped(value)
            place = re.compile(rb"(\s" + re.escape(name.encode()) + rb"\s*=\s*)(\"[^\"]*\"|'[^']*')")
            found = place.search(tag)
            if found is not None:
                tag = tag[: found.start(2)] + b'"' + written + b'"' + tag[found.end(2) :]
            else:
                cut = -2 if tag.endswith(b"/>") else -1
                tag = tag[:cut] + b" " + name.encode() + b'="' + written + b'"' + tag[cut:]
        self._changed[self._numbers[at]] = tag

    def unset(self, at: etree._Element, name: str) -> None:
        """Take an attribute away."""
        place = re.compile(rb"\s" + re.escape(name.encode()) + rb"\s*=\s*(\"[^\"]*\"|'[^']*')")
        self._changed[self._numbers[at]] = place.sub(lambda found: _blank(found[0]), self.tag(at), count=1)

    def replace(self, at: etree._Element, new: bytes = b"") -> None:
        """Put other content in the place of a whole element; by default none."""
        self._gone[self._numbers[at]] = new

    def unwrap(self, at: etree._Element) -> None:
        """Leave the children of an element in its place. It must not be empty."""
        number = self._numbers[at]
        self._changed[number] = _blank(self.tag(at))
        self._unwrapped.add(number)

    def insert(self, at: etree._Element, content: bytes) -> None:
        """Put content before the first child of an element."""
        self._inserted[self._numbers[at]] = content

    def result(self) -> bytes:
        """The edited document."""
        cuts: list[tuple[int, int, bytes]] = []
        for number in {*self._changed, *self._inserted} - self._gone.keys():
            begin, end = self._tags[number]
            tag, inside = self._changed.get(number, self._text[begin:end]), self._inserted.get(number, b"")
            if inside and tag.endswith(b"/>"):
                name = re.match(rb"<([^\s/>]+)", tag)
                assert name is not None
                tag, inside = tag[:-2] + b">", inside + b"</" + name[1] + b">"
            cuts.append((begin, end, tag + inside))
        for number, new in self._gone.items():
            begin, end = self._tags[number][0], self._ends[number][1]
            cuts.append((begin, end, new + _blank(self._text[begin:end])))
        cuts += [(*self._ends[number], _blank(self._text[slice(*self._ends[number])])) for number in self._unwrapped]
        made, at = [], 0
        for begin, end, new in sorted(cuts, key=lambda cut: cut[0]):
            if begin < at:
                continue  # inside of what is gone
            made += [self._text[at:begin], new]
            at = end
        return b"".join([*made, self._text[at:]])


def require_plain(text: bytes) -> None:
    """Demand that expat reads a document too, which counts its elements here. Raises: ValueError."""
    try:
        expat.ParserCreate("utf-8").Parse(text, True)
    except expat.ExpatError as error:
        raise ValueError(f"line {error.lineno}: {expat.ErrorString(error.code)}") from None


def tree_of(text: bytes) -> etree._Element:
    """The elements of a document, without comments and processing instructions."""
    return etree.fromstring(text, etree.XMLParser(**{**SAFE, "remove_pis": True}))


def _spans(text: bytes) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Where the start tag of each element stands, and its end tag: of an empty element both are one."""
    tags: list[tuple[int, int]] = []
    ends: dict[int, tuple[int, int]] = {}
    open_: list[int] = []
    parser = expat.ParserCreate("utf-8")

    def start(name: str, attributes: object) -> None:
        open_.append(len(tags))
        tags.append(_tag_at(text, parser.CurrentByteIndex))

    def end(name: str) -> None:
        number = open_.pop()
        begin, stop = tags[number]
        ends[number] = (begin, stop) if text[stop - 2 : stop] == b"/>" else _tag_at(text, parser.CurrentByteIndex)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(text, True)
    return tags, [ends[number] for number in range(len(tags))]


def _tag_at(text: bytes, begin: int) -> tuple[int, int]:
    found = _TAG.match(text, begin)
    assert found is not None  # the parser stands at one
    return found.span()


def _blank(text: bytes) -> bytes:
    """Nothing, in as many lines."""
    return b"\n" * text.count(b"\n")


def _escaped(value: str) -> bytes:
    return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").encode()
