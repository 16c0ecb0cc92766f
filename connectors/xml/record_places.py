"""Where records stand in the bytes of a document: only asked for the few that are refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from xml.parsers import expat

_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\s[^<>]*?\?>")
_TAG = re.compile(rb"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")


def record_bytes(
    body: bytes, path: Sequence[str], records: Collection[str], wanted: Collection[int]
) -> Mapping[int, bytes]:
    """The bytes of some records, by their number from 0, of a document that libxml2 has read.

    `path` are the tags from the root to what holds the records, `records` those of a record, as lxml writes them. `body`
    has passed `connectors.xml.parsing.inspect`, so it has no DTD. A record that expat cannot find is absent.
    """
    finder = _Finder(body, [_name(tag) for tag in path], frozenset(map(_name, records)), frozenset(wanted))
    # The encoding is UTF-8 whatever the declaration says: `inspect` has refused any other. Blanks in its place keep
    # every byte where it is, and expat from refusing another version of XML than 1.0, which libxml2 reads.
    parser = expat.ParserCreate("utf-8", "}")
    parser.StartElementHandler = finder.start
    parser.EndElementHandler = finder.end
    finder.parser = parser
    declared = _DECLARATION.match(body)
    try:
        if declared:
            parser.Parse(b" " * declared.end(), False)
        parser.Parse(memoryview(body)[declared.end() if declared else 0 :], True)
    except expat.ExpatError:
        pass  # what was found until then is right, for the places are those of the same bytes
    return finder.found


def _name(tag: str) -> str:
    return tag.removeprefix("{")


class _Finder:
    """Handlers of one parse."""

    parser: expat.XMLParserType

    def __init__(self, body: bytes, path: Sequence[str], records: frozenset[str], wanted: frozenset[int]) -> None:
        self._body, self._path, self._records, self._wanted = body, path, records, wanted
        self._depth = self._matched = 0
        self._number = -1
        self._begin = 0
        self.found: dict[int, bytes] = {}

    def start(self, name: str, attributes: object) -> None:
        if self._matched == self._depth <= len(self._path):
            if self._depth < len(self._path):
                self._matched += name == self._path[self._depth]
            elif name in self._records:
                self._matched += 1
                self._number += 1
                self._begin = self.parser.CurrentByteIndex
        self._depth += 1

    def end(self, name: str) -> None:
        if self._matched == self._depth == len(self._path) + 1 and self._number in self._wanted:
            only = _TAG.match(self._body, self._begin)
            assert only is not None  # expat has read it
            empty = only[0].endswith(b"/>")
            last = only if empty else _TAG.match(self._body, self.parser.CurrentByteIndex)
            assert last is not None
            self.found[self._number] = self._body[self._begin : last.end()]
        self._matched = min(self._matched, self._depth - 1)
        self._depth -= 1
