"""Where records stand in the bytes of a document: only asked for the few that are refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from xml.parsers import expat

_TAG = re.compile(rb"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")


def record_bytes(body: bytes, path: Sequence[str], wanted: Collection[int]) -> Mapping[int, bytes]:
    """The bytes of some records, by their number from 0, of a document that libxml2 has read.

    `path` are the tags from the root to a record, as lxml writes them. `body` has passed `connectors.xml.inspect`, so it
    has no DTD.
    """
    finder = _Finder(body, [tag.removeprefix("{") for tag in path], frozenset(wanted))
    # The encoding is UTF-8 whatever the declaration says: `inspect` has refused any other.
    parser = expat.ParserCreate("utf-8", "}")
    parser.StartElementHandler = finder.start
    parser.EndElementHandler = finder.end
    finder.parser = parser
    parser.Parse(body, True)
    return finder.found


class _Finder:
    """Handlers of one parse."""

    parser: expat.XMLParserType

    def __init__(self, body: bytes, path: Sequence[str], wanted: frozenset[int]) -> None:
        self._body, self._path, self._wanted = body, path, wanted
        self._depth = self._matched = 0
        self._number = -1
        self._begin = 0
        self.found: dict[int, bytes] = {}

    def start(self, name: str, attributes: object) -> None:
        if self._matched == self._depth < len(self._path) and name == self._path[self._depth]:
            self._matched += 1
            if self._matched == len(self._path):
                self._number += 1
                self._begin = self.parser.CurrentByteIndex
        self._depth += 1

    def end(self, name: str) -> None:
        if self._matched == self._depth == len(self._path) and self._number in self._wanted:
            only = _TAG.match(self._body, self._begin)
            assert only is not None
            empty = only[0].endswith(b"/>")
            last = only if empty else _TAG.match(self._body, self.parser.CurrentByteIndex)
            assert last is not None
            self.found[self._number] = self._body[self._begin : last.end()]
        self._matched = min(self._matched, self._depth - 1)
        self._depth -= 1
