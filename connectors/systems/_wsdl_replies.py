"""What the replies of an operation hold, by its plan: rows and refusals of records, and what was deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeAlias

import polars as pl
from lxml import etree

from contracts.logs import Logger

from ..codes import shown
from ..errors import Malformed, Refused, SourceFailed
from ..interface import RecordRefusal
from ..leaf_rows import Texts
from ..refusals import record_frame
from ..soap import mime
from ..xml import envelope
from ..xml.parsing import Caps, Schema
from ..xml.record_reader import RecordReader
from ._path_rows import PathRows, text_below
from ._wsdl_plan import Plan
from ._wsdl_taken import require_whole

log = Logger()

Row: TypeAlias = Texts | RecordRefusal
_INCLUDE = b"Include"
"""Part of the name of an element that refers to an attachment; a name cannot be written otherwise."""


class OperationReplies:
    """Reads replies of one operation."""

    def __init__(self, system: str, plan: Plan, schema: Schema, dataset: str, caps: Caps) -> None:
        self._system, self._plan, self._dataset, self._caps = system, plan, dataset, caps
        self._names = list(plan.places)
        self._path_rows = PathRows(plan.places, plan.open_content)
        self._reader = RecordReader(schema, plan.record, self._path_rows, caps, also=plan.also, known=self._known)

    def opened(self, message: mime.Message, about: str) -> etree._Element:
        """The envelope of a message, its attachments in their places."""
        whole = envelope.opened(message.envelope, about, self._caps)
        mime.inline(whole, message, about)
        return whole

    def rows(
        self, body: bytes, media_type: str, about: str, status: int = 200, whole: etree._Element | None = None
    ) -> Sequence[Row]:
        """The texts of each record in the order of the contract's fields, its refusal, or that of a deletion.

        `whole` is the envelope, where it is open already.
        """
        message = mime.read_message(body, media_type, about)
        if whole is None and (message.parts or _INCLUDE in message.envelope):
            whole = self.opened(message, about)
        admit = partial(self._admit, about, status)
        reading = (
            self._reader.read(message.envelope, about, admit)
            if whole is None
            else self._reader.read_tree(whole, message.envelope, about, admit)
        )
        if self._plan.refusal and (code := text_below(reading.answer, self._plan.refusal)):
            raise Refused(
                f"{about}: the service says no: {shown(code)}",
                hint="its documentation says what the code means",
                code=shown(code),
            )
        require_whole(reading.answer, self._plan.marks, len(reading.rows), about)
        if message.parts and _INCLUDE not in message.envelope:  # nothing in the envelope refers to them
            log.warning("reply.attachments_unread", system=self._system, parts=len(message.parts))
        return [*self._path_rows.completed(reading.rows, reading.answer), *self._deletions(reading.answer)]

    def frames(self, rows: Sequence[Row]) -> Mapping[str, pl.DataFrame]:
        """The frame of rows, their versions as times with a zone."""
        frame = record_frame(self._names, rows)
        if self._plan.version is None:
            return {self._dataset: frame}
        versions = pl.Series(self._plan.version, [self._version(row) for row in rows], dtype=pl.String)
        return {self._dataset: frame.with_columns(versions)}

    def marks(self, rows: Sequence[Row]) -> list[tuple[datetime | None, str]]:
        """Change time and key of each row; of a refused one as far as they are sure."""
        return [(self._moment(row), self._record_id(row)) for row in rows]

    # -- records ----------------------------------------------------------------------------------

    def _admit(self, about: str, status: int, found: etree._Element) -> None:
        """Raise a Fault as an error; only the reply of the operation is read."""
        if found.tag == envelope.FAULT:
            raise envelope.meaning(envelope.fault(found), about)
        if status != 200:
            raise SourceFailed(f"{about}: HTTP {status} around a reply that is no Fault")
        if found.tag != self._plan.operation.reply:
            raise Malformed(f"{about}: another element came than {self._plan.operation.reply}")

    def _deletions(self, answer: etree._Element) -> list[RecordRefusal]:
        """What the reply says was deleted at the source: a person decides what becomes of the record here."""
        if not (path := self._plan.marks.deleted):
            return []
        place = "/".join(etree.QName(step).localname.partition("[")[0] for step in path)
        key = self._plan.key[0] if len(self._plan.key) == 1 else None
        return [
            RecordRefusal(
                etree.tostring(each, encoding="utf-8", with_tail=False),
                place,
                "DELETED_AT_SOURCE",
                {key: each.text.strip()} if key and each.text and len(each) == 0 else {},
            )
            for each in answer.findall("/".join(path))
        ]

    def _known(self, record: etree._Element, wrong: Sequence[etree._Element]) -> dict[str, str]:
        """Key and change time of a refused record, as far as they are right in themselves."""
        version = self._plan.version
        names = dict.fromkeys([*self._plan.key, *([version] if version else [])])
        known = self._path_rows.known(record, wrong, list(names))
        if version in known and self._plan.moment(known[version]) is None:
            del known[version]
        return known

    def _text(self, row: Row, name: str) -> str | None:
        return row.known.get(name) if isinstance(row, RecordRefusal) else row[self._names.index(name)]

    def _version(self, row: Row) -> str | None:
        moment = self._moment(row)
        text = self._text(row, self._plan.version or "")
        return text if moment is None else moment.isoformat()  # unreadable: the contract's rules report it

    def _moment(self, row: Row) -> datetime | None:
        version = self._plan.version
        return None if version is None else self._plan.moment(self._text(row, version))

    def _record_id(self, row: Row) -> str:
        texts = (self._version(row) if name == self._plan.version else self._text(row, name) for name in self._plan.key)
        return "|".join(text or "" for text in texts)
