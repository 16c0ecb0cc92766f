"""Reads replies of records: each record becomes a row or a refusal, and the schema is the judge of it.

A reply of up to `STREAMED_FROM` bytes is parsed as one tree and validated in one step, which is fastest. A larger one is
read as a stream: what has come is validated every `BATCH` records, their rows are made, and their part of the tree is
dropped, so memory does not grow with the reply. A stream that is not valid is read again as a tree, which finds the
place of each violation. Only rules over all records of a reply (an upper bound of their number, `xs:key`) are not
enforced on a stream.

lxml could validate while it parses (`iterparse(schema=...)`), but it takes a truncated document for a whole one then
(6.1.3 with libxml2 2.14).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from lxml import etree

from . import envelope, xml
from .interface import RecordRefusal
from .record_places import record_bytes

Row = TypeVar("Row")

STREAMED_FROM = 4 << 20
"""Bytes; the tree of a smaller reply stays below 40 MB."""
MOST_REFUSED = 5_000
"""Records of a reply whose places are looked up when some are refused, which takes the square of them in time. A larger
reply is refused at its first violation.
"""
BATCH = 500
"""Records of a stream in the tree at a time."""


@dataclass(frozen=True)
class Reading(Generic[Row]):
    """What a reply holds."""

    rows: Sequence[Row | RecordRefusal]
    """One for each record, in the order of the reply."""
    answer: etree._Element
    """The element of the Body; a stream has dropped the records in it."""
    violations: Sequence[xml.Violation] = ()
    """The first violation of each refused record."""

    def complete(self, about: str) -> Sequence[Row]:
        """The rows, if no record is refused.

        Raises:
            Malformed: names the place of the first refusal and the broken clause, never the value.
        """
        if self.violations:
            raise self.violations[0].error(about)
        return [row for row in self.rows if not isinstance(row, RecordRefusal)]


class RecordReader(Generic[Row]):
    """Reads the replies of one kind of record."""

    def __init__(
        self,
        schema: xml.Schema,
        path: Sequence[str],
        row: Callable[[etree._Element], Row],
        caps: xml.Caps = xml.Caps(),
        *,
        streamed_from: int = STREAMED_FROM,
        batch: int = BATCH,
    ) -> None:
        """`path` are the tags from the element of the Body, without it, to a record. `row` makes a row of a valid record,
        and does not keep the element.
        """
        self._schema, self._path, self._row, self._caps = schema, tuple(path), row, caps
        self._streamed_from, self._batch = streamed_from, batch

    def read(self, body: bytes, about: str, admit: Callable[[etree._Element], None]) -> Reading[Row]:
        """The records of an envelope as bytes.

        `admit` raises what the dialect has against the element of the Body: it is a Fault, or another one than was
        asked for. A stream calls it when the reply is read, a tree before it is validated.

        Raises:
            Malformed, Incomplete, TooLarge: as `envelope.opened`; or a violation of the schema that belongs to no record.
        """
        if len(body) >= self._streamed_from and (reading := self._streamed(body, about, admit)):
            return reading
        return self.read_tree(envelope.opened(body, about, self._caps), body, about, admit)

    def read_tree(
        self, whole: etree._Element, body: bytes, about: str, admit: Callable[[etree._Element], None]
    ) -> Reading[Row]:
        """The same of an opened envelope; `body` are the bytes that it was parsed from."""
        answer = envelope.content(whole)
        admit(answer)
        records = self._records(answer)
        violations = self._schema.violations(answer)
        if not violations:
            return Reading([self._row(each) for each in records], answer)
        return self._with_refusals(answer, records, violations, body, about)

    def _records(self, answer: etree._Element) -> list[etree._Element]:
        found = [answer]
        for tag in self._path:
            found = [inner for each in found for inner in each.iterchildren(tag)]
        return found

    def _with_refusals(
        self,
        answer: etree._Element,
        records: Sequence[etree._Element],
        violations: Sequence[xml.Violation],
        body: bytes,
        about: str,
    ) -> Reading[Row]:
        if len(records) > MOST_REFUSED:
            raise violations[0].error(about)
        tree = etree.ElementTree(answer)
        numbers = {tree.getpath(each): number for number, each in enumerate(records)}
        first: dict[int, xml.Violation] = {}
        below: dict[int, str] = {}
        for each in violations:
            end = next((end for end in _ends(each.path) if each.path[:end] in numbers), None)
            if end is None:
                raise each.error(about)
            number = numbers[each.path[:end]]
            if number not in first:
                first[number], below[number] = each, each.path[end:]
        envelope_path = (f"{envelope.SOAP}Envelope", f"{envelope.SOAP}Body", str(answer.tag), *self._path)
        content = record_bytes(body, envelope_path, first)
        rows = [
            RecordRefusal(content[number], _named(record, below[number]), first[number].clause)
            if number in first
            else self._row(record)
            for number, record in enumerate(records)
        ]
        return Reading(rows, answer, [first[number] for number in sorted(first)])

    def _streamed(self, body: bytes, about: str, admit: Callable[[etree._Element], None]) -> Reading[Row] | None:
        """The records of a valid reply, read as a stream; None: the tree has to say what is wrong."""
        xml.inspect(body, about, self._caps)
        rows: list[Row] = []
        waiting: list[etree._Element] = []
        answer: etree._Element | None = None
        events: Any = etree.iterparse(io.BytesIO(body), tag=self._path[-1], **xml.SAFE)
        try:
            for _, element in events:
                if (above := self._answer_of(element)) is None:
                    continue
                answer = above
                waiting.append(element)
                if len(waiting) < self._batch:
                    continue
                if not self._valid(answer, waiting):
                    return None
                # The last one stays: libxml2 may still be appending behind it.
                rows += self._dropped(waiting[:-1])
                waiting = waiting[-1:]
        except etree.XMLSyntaxError:
            return None
        answer = envelope.content(envelope.checked(events.root, about))
        admit(answer)
        if self._schema.violations(answer):
            return None
        return Reading([*rows, *self._dropped(waiting)], answer)

    def _valid(self, answer: etree._Element, records: Sequence[etree._Element]) -> bool:
        """Whether the schema has nothing against some whole records of an answer that is still coming.

        What else it has against the answer is left for the end: the rest is not whole yet, and stays in the tree.
        """
        violations = self._schema.violations(answer)
        if not violations:
            return True
        tree = etree.ElementTree(answer)
        whole = {tree.getpath(each) for each in records}
        return not any(each.path[:end] in whole for each in violations for end in _ends(each.path))

    def _dropped(self, records: Sequence[etree._Element]) -> list[Row]:
        """The rows of records that leave the tree."""
        rows = [self._row(each) for each in records]
        for each in records:
            parent = each.getparent()
            assert parent is not None  # the answer at least
            parent.remove(each)
        return rows

    def _answer_of(self, element: etree._Element) -> etree._Element | None:
        """The element of the Body around a record; None: the element is no record."""
        above = element.getparent()
        for tag in reversed(self._path[:-1]):
            if above is None or above.tag != tag:
                return None
            above = above.getparent()
        body = None if above is None else above.getparent()
        root = None if body is None else body.getparent()
        return above if root is not None and root.getparent() is None else None


def _ends(path: str) -> Iterator[int]:
    """Where each step of a path ends, the longest path first."""
    end = len(path)
    while end > 0:
        yield end
        end = path.rfind("/", 0, end)


def _named(record: etree._Element, below: str) -> str:
    """The names on the way from a record to a node below it, the record's own first.

    `below` is the path of the node without that of the record.
    """
    tree = etree.ElementTree(record)
    found = (each for each in record.iterdescendants() if _without_root(tree.getpath(each)) == below)
    node: etree._Element | None = next(found, record)
    names: list[str] = []
    while node is not None:
        names.append(etree.QName(node).localname)
        if node is record:
            break
        node = node.getparent()
    return "/".join(reversed(names))


def _without_root(path: str) -> str:
    return path[path.index("/", 1) :]
