"""What the registry's SOAP replies hold, by its pinned schema: records, refusals by code, entries of a day's list.

A landed page says by its media type what it is, so that it is read again as it was fetched:

    text/xml                      records: each `hoSo` a row, right or refused
    text/xml; record="1005"       the reply about one record that cannot be read otherwise: one refused row
    text/xml; record=""           the reply about one record that the registry refuses by code: no row
    text/xml; list="danhSach"     a day's list: a refused row for each entry that cannot be asked for
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote, unquote

import polars as pl
from lxml import etree

from contracts.errors import HubError

from ..errors import Malformed
from ..interface import RecordRefusal
from ..leaf_rows import LeafRows, Texts
from ..refusals import record_frame
from ..wire_time import from_iso
from ..xml.parsing import Caps, Schema
from ..xml.plain_records import PlainRecords
from ..xml.record_reader import RecordReader
from ..xml.record_refusals import UnreadableRecord

XML = "text/xml"
LIST = f'{XML}; list="danhSach"'
NOTHING = f'{XML}; record=""'
ID, CHANGED = "id", "ngayCapNhat"
_ALONE = re.compile(rf'{re.escape(XML)}; record="([^"]*)"')
_UNREADABLE, _ANOTHER_REGISTER, _ANOTHER_RECORD = "UNREADABLE", "ANOTHER_REGISTER", "ANOTHER_RECORD"
_NOT_GIVEN = "LISTED_AND_NOT_GIVEN"


@dataclass(frozen=True)
class CodeRefusal:
    """A record that the registry refuses by code (`loi`)."""

    record_id: str
    code: str


Row: TypeAlias = Texts | CodeRefusal
Admit: TypeAlias = Callable[[etree._Element], None]


def alone(record_id: str) -> str:
    """The media type of a page about one record that cannot be read."""
    return f'{XML}; record="{quote(record_id, safe="")}"'


def not_given(record_id: str) -> bytes:
    """What stands behind a reply that lacks the record which it was to be about: replies that lack others differ by it."""
    return f"<!-- {_NOT_GIVEN} {record_id.encode().hex()} -->".encode()


class ReplyReader:
    """Reads replies of one register."""

    def __init__(self, schema: Schema, element: str, names: Sequence[str], caps: Caps) -> None:
        """`element` is the element of one record, `names` the contract's fields."""
        self._schema, self._element, self._names = schema, element, tuple(names)
        self._record, self._loi = self.tag(element), self.tag("loi")
        self._leaves = LeafRows([self.tag(name) for name in self._names])
        self._id, self._changed = self._names.index(ID), self._names.index(CHANGED)
        held = self.tag("hoSo")
        plain = PlainRecords("hoSo", element, self._names)
        self.records = RecordReader[Row](
            schema, [held], self._row, caps, also=[self._loi], known=self._known, plain=plain
        )
        number = self.tag(ID)
        self.entries = RecordReader[str](
            schema, [self.tag("danhSach"), held], lambda each: each.findtext(number, ""), caps, known=self._known
        )

    def page(self, body: bytes, media_type: str, about: str, admit: Admit) -> pl.DataFrame:
        """The frame of a landed page. Raises: Malformed."""
        if media_type == LIST:
            entries = self.entries.read(body, about, admit)
            return self.frame(unaskable(entries.rows))
        if media_type == NOTHING:
            return self.frame([])
        if only := _ALONE.fullmatch(media_type):
            return self.frame([self._only(body, unquote(only[1]), about, admit)])
        if media_type != XML:
            raise Malformed(f"{about}: a page of this dialect is {XML}")
        return self.frame(self.records.read(body, about, admit).rows)

    def frame(self, rows: Sequence[Row | RecordRefusal]) -> pl.DataFrame:
        """A row for each record that came, right or refused."""
        return record_frame(self._names, [row for row in rows if not isinstance(row, CodeRefusal)])

    def marks(self, row: Texts | RecordRefusal) -> tuple[str | None, str]:
        """Change time and id of a record; of a refused one as far as they are sure."""
        if isinstance(row, RecordRefusal):
            return row.known.get(CHANGED), row.known.get(ID, "")
        return row[self._changed], row[self._id] or ""

    def tag(self, name: str) -> str:
        """The name of an element of the schema as lxml writes it."""
        return f"{{{self._schema.namespace}}}{name}"

    # -- records ----------------------------------------------------------------------------------

    def _row(self, held: etree._Element) -> Row:
        if held.tag == self._loi:
            return CodeRefusal(held.findtext(self.tag(ID), ""), held.findtext(self.tag("maLoi"), ""))
        if held[0].tag != self._record:
            raise UnreadableRecord(f"hoSo/{etree.QName(held[0]).localname}", _ANOTHER_REGISTER)
        return self._leaves(held[0])

    def _only(self, body: bytes, record_id: str, about: str, admit: Admit) -> RecordRefusal:
        """The refusal of the one record that a reply is about.

        Its id is known only where the reply itself has it: the same bytes may have come for another record too.
        """
        if body.endswith(absent := not_given(record_id)):
            return RecordRefusal(body.removesuffix(absent), "hoSo", _NOT_GIVEN, {ID: record_id})
        clause, place = _UNREADABLE, "hoSo"
        try:
            rows = self.records.read(body, about, admit).rows
            clause, place = _ANOTHER_RECORD, f"hoSo/{self._element}/{ID}"
            if len(rows) == 1 and isinstance(rows[0], RecordRefusal):
                clause, place = rows[0].clause, rows[0].place
        except Malformed as error:
            clause = error.clause or clause
        except HubError:
            pass  # whatever it was: the record could not be had
        known = {ID: record_id} if f">{record_id}<".encode() in body else {}
        return RecordRefusal(body, place, clause, known)

    def _known(self, held: etree._Element, wrong: Sequence[etree._Element]) -> dict[str, str]:
        """Id and change time of a refused record or entry, each where it stands once and is right in itself."""
        [*inner] = held
        of = inner[0] if len(inner) == 1 and len(inner[0]) else held
        texts = {name: _text(of.findall(self.tag(name)), wrong) for name in (ID, CHANGED)}
        if not self._is_id(texts[ID]):
            del texts[ID]
        if from_iso(texts[CHANGED]) is None:
            del texts[CHANGED]
        return texts

    def _is_id(self, text: str) -> bool:
        """Whether the schema takes a text as the id of a record, as in the question for it."""
        question = etree.Element(self.tag("traHoSo"))
        for name, value in (("module", "KS"), ("maHoSo", text)):
            etree.SubElement(question, self.tag(name)).text = value
        return bool(text) and not self._schema.violations(question)


def unaskable(entries: Sequence[str | RecordRefusal]) -> list[RecordRefusal]:
    """The entries of a list that say no id under which their record can be asked for."""
    return [each for each in entries if isinstance(each, RecordRefusal) and ID not in each.known]


def _text(found: Sequence[etree._Element], wrong: Sequence[etree._Element]) -> str:
    """The text of the only element found, if it has no other fault than its place; otherwise empty."""
    if len(found) != 1 or len(found[0]) or any(each is found[0] for each in wrong):
        return ""
    return found[0].text or ""
