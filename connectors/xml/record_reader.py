"""Reads replies of records: each record becomes a row or a refusal, and the schema is the judge of it.

A reply of up to `STREAMED_FROM` bytes is parsed as one tree and validated in one step, which is fastest. A larger one is
read as a stream: what has come is validated every `BATCH` records, their rows and refusals are made, and their part of
the tree is dropped, so memory does not grow with the reply. Where a stream is not valid beside its records, it is read
again as a tree, which is the last word on that. Only rules over all records of a reply (an upper bound of their number,
`xs:key`) are not enforced on a stream.

lxml could validate while it parses (`iterparse(schema=...)`), but it takes a truncated document for a whole one then
(6.1.3 with libxml2 2.14).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeAlias, TypeVar

from lxml import etree

from ..errors import Malformed
from ..interface import RecordRefusal
from . import envelope, parsing
from .record_places import record_bytes
from .record_refusals import Known, UnreadableRecord, refused_records

Row = TypeVar("Row")
Plain: TypeAlias = "Callable[[etree._Element, bytes, int], Sequence[Row] | None]"
"""Rows of a valid envelope, its bytes and the number of its records; None: it cannot say."""

STREAMED_FROM = 4 << 20
"""Bytes; the tree of a smaller reply stays below 40 MB."""
BATCH = 500
"""Records of a stream in the tree at a time."""
_INTERNAL = 1
"""libxml2's code where `iterparse` lost the reason of an error."""


@dataclass(frozen=True)
class Reading(Generic[Row]):
    """What a reply holds."""

    rows: Sequence[Row | RecordRefusal]
    """One for each record, in the order of the reply."""
    answer: etree._Element
    """The element of the Body; a stream has dropped the records in it."""

    def complete(self, about: str) -> Sequence[Row]:
        """The rows, if no record is refused.

        Raises:
            Malformed: names the place of the first refusal and the broken clause, never the value.
        """
        for number, row in enumerate(self.rows, 1):
            if isinstance(row, RecordRefusal):
                raise Malformed(f"{about}: not what the schema says in record {number}: {row.clause} at {row.place}")
        return [row for row in self.rows if not isinstance(row, RecordRefusal)]


class RecordReader(Generic[Row]):
    """Reads the replies of one kind of record."""

    def __init__(
        self,
        schema: parsing.Schema,
        path: Sequence[str],
        row: Callable[[etree._Element], Row],
        caps: parsing.Caps = parsing.Caps(),
        *,
        also: Collection[str] = (),
        known: Known | None = None,
        plain: Plain[Row] | None = None,
        streamed_from: int = STREAMED_FROM,
        batch: int = BATCH,
    ) -> None:
        """`path` are the tags from the element of the Body, without it, to a record; `also` are other tags in its place.

        `row` makes a row of a valid record or raises `UnreadableRecord`, and does not keep the element. `known` says
        what is sure of a refused one. `plain` gives the same rows of a whole reply faster, where it can.
        """
        self._schema, self._above, self._tags = schema, tuple(path[:-1]), (path[-1], *also)
        self._row, self._known, self._caps, self._plain = row, known, caps, plain
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
        refused: Mapping[int, RecordRefusal] = {}
        if violations := self._schema.violations(answer):
            found = refused_records(answer, records, violations, self._known)
            if found.outside:
                raise found.outside[0].error(about)
            refused = found.records
        elif self._plain and (rows := self._plain(whole, body, len(records))) is not None:
            return Reading(rows, answer)
        return self._reading(self._rows(records, refused), answer, body)

    def _records(self, answer: etree._Element) -> list[etree._Element]:
        found = [answer]
        for tag in self._above:
            found = [inner for each in found for inner in each.iterchildren(tag)]
        return [inner for each in found for inner in each.iterchildren(*self._tags)]

    def _rows(
        self, records: Sequence[etree._Element], refused: Mapping[int, RecordRefusal]
    ) -> list[Row | RecordRefusal]:
        """A row for each record; the content of a refusal is libxml2's until `_reading` puts the bytes in its place."""
        if not refused:
            try:
                return [self._row(each) for each in records]
            except UnreadableRecord:
                pass  # some record cannot be read: each is looked at below
        rows: list[Row | RecordRefusal] = []
        for number, each in enumerate(records):
            refusal = refused.get(number)
            if refusal is None:
                try:
                    rows.append(self._row(each))
                    continue
                except UnreadableRecord as error:
                    known = self._known(each, ()) if self._known else {}
                    refusal = RecordRefusal(b"", error.place, error.clause, known)
            rows.append(replace(refusal, content=etree.tostring(each, encoding="utf-8", with_tail=False)))
        return rows

    def _reading(self, rows: list[Row | RecordRefusal], answer: etree._Element, body: bytes) -> Reading[Row]:
        """The reading, each refusal with its bytes as received; expat finds nearly all that libxml2 has read."""
        wanted = [number for number, row in enumerate(rows) if isinstance(row, RecordRefusal)]
        if wanted:
            path = (f"{envelope.SOAP}Envelope", f"{envelope.SOAP}Body", str(answer.tag), *self._above)
            for number, content in record_bytes(body, path, self._tags, wanted).items():
                refusal = rows[number]
                assert isinstance(refusal, RecordRefusal)  # one that is wanted
                rows[number] = replace(refusal, content=content)
        return Reading(rows, answer)

    def _streamed(self, body: bytes, about: str, admit: Callable[[etree._Element], None]) -> Reading[Row] | None:
        """The records of a reply read as a stream; None: the tree has to say what is wrong."""
        parsing.inspect(body, about, self._caps)
        rows: list[Row | RecordRefusal] = []
        waiting: list[etree._Element] = []
        answer: etree._Element | None = None
        events: Any = etree.iterparse(io.BytesIO(body), tag=self._tags, **parsing.SAFE)
        try:
            for _, element in events:
                if (above := self._answer_of(element)) is None:
                    continue
                answer = above
                waiting.append(element)
                if len(waiting) < self._batch:
                    continue
                # What the schema has against the rest is left for the end: it is not whole yet, and stays in the tree.
                found = refused_records(answer, waiting, self._schema.violations(answer), self._known)
                if found.misplaced:
                    return None
                # The last one stays: libxml2 may still be appending behind it.
                rows += self._dropped(waiting[:-1], found.records)
                waiting = waiting[-1:]
        except etree.XMLSyntaxError as error:
            if getattr(error, "code", _INTERNAL) == _INTERNAL:
                return None
            raise parsing.broken(error, body, about) from None
        answer = envelope.content(envelope.checked(events.root, about))
        admit(answer)
        found = refused_records(answer, waiting, self._schema.violations(answer), self._known)
        if found.outside:
            return None
        return self._reading([*rows, *self._dropped(waiting, found.records)], answer, body)

    def _dropped(
        self, records: Sequence[etree._Element], refused: Mapping[int, RecordRefusal]
    ) -> list[Row | RecordRefusal]:
        """The rows of records that leave the tree."""
        rows = self._rows(records, refused)
        for each in records:
            parent = each.getparent()
            assert parent is not None  # the answer at least
            parent.remove(each)
        return rows

    def _answer_of(self, element: etree._Element) -> etree._Element | None:
        """The element of the Body around a record; None: the element is no record."""
        above = element.getparent()
        for tag in reversed(self._above):
            if above is None or above.tag != tag:
                return None
            above = above.getparent()
        body = None if above is None else above.getparent()
        root = None if body is None else body.getparent()
        return above if root is not None and root.getparent() is None else None
