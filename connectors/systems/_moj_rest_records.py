"""The records in replies of the registry's REST facade, with the contract's names; and entries without a record."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import polars as pl

from contracts.model import Dataset

from ..errors import Malformed
from ..interface import RecordRefusal
from ..leaf_rows import Texts
from ..mapping import FieldMap
from ..refusals import record_frame
from ..rest.json_document import JsonDocument, read_document
from ..rest.json_envelope import Fields, Record, refuse_beside, rows_of
from ..rest.json_text import marked, shown, text_of
from ..rest.session import SHAPE_HINT
from ..wire_time import from_iso, is_storable
from ..xml import parsing
from ._moj_rest_reply import RestReply, entry_id
from ._moj_structured import Composer, UnitNames, WrongShape
from ._moj_xml import XmlRecords
from ._moj_xml import read_records as read_xml

_TEXTS = frozenset({str, type(None)})
NOT_ASKED = "another id than those that were asked for"


class RestRecords:
    """Reads the records of one register."""

    def __init__(self, dataset: Dataset, names: FieldMap, units: UnitNames, caps: parsing.Caps | None) -> None:
        """`caps` are those of XML; None: `data` is JSON."""
        self._dataset, self._map, self._units, self._caps = dataset, names, units, caps
        self._places = {field.name: place for place, field in enumerate(dataset.fields)}
        record_id, changed = (dict(names.fields)[name] or name for name in ("id", "ngayCapNhat"))
        self._wire = Fields(record_id, changed, names.wire_names)

    def mark(self, row: Texts | RecordRefusal) -> tuple[datetime | None, str]:
        if isinstance(row, RecordRefusal):
            return from_iso(row.known.get("ngayCapNhat")), row.known.get("id", "")
        return from_iso(row[self._places["ngayCapNhat"]]), row[self._places["id"]] or ""

    def rows(self, answer: RestReply, about: str, ids: Collection[str] | None) -> Sequence[Texts | RecordRefusal]:
        """The records in `data` as rows with the contract's fields. `ids` are those that were asked for, where known."""
        if answer.entries:
            raise Malformed(
                f"{about}: beside its records the reply holds the list value, which nobody reads", hint=SHAPE_HINT
            )
        about = f"{about}: data"
        if not (answer.data or "").strip():
            return []
        text = answer.data or ""
        records: XmlRecords | JsonDocument
        if self._caps is not None:
            records = read_xml(text, about, self._caps)
        else:
            records = read_document(text, "hoso", about)
            if records.head == {"hoso": None}:
                return []
            refuse_beside(records.head, (), about)
        if records.pieces is None:
            raise Malformed(f"{about}: no list hoso of records", hint=SHAPE_HINT)
        wanted = None if ids is None else frozenset(ids)
        made: dict[int, Texts] = {}

        def judge(record: Record) -> tuple[str, str] | None:
            try:
                made[id(record)] = self._texts(record, wanted)
            except WrongShape as error:
                return error.place, error.rule
            return None

        rows = rows_of(records, records.pieces, self._wire, judge)
        return [self._in_our_names(row) if isinstance(row, RecordRefusal) else made[id(row)] for row in rows]

    def _in_our_names(self, row: RecordRefusal) -> RecordRefusal:
        ours = {self._wire.record_id: "id", self._wire.changed: "ngayCapNhat"}
        return replace(row, known={ours[name]: text for name, text in row.known.items()})

    def _texts(self, record: Record, ids: Collection[str] | None) -> Texts:
        """A record with the contract's fields. Raises WrongShape."""
        record_id = record.get(self._wire.record_id)
        if not isinstance(record_id, str) or not record_id or not is_storable(record_id):
            raise WrongShape(self._wire.record_id, "missing, or no text")
        if ids is not None and record_id not in ids:
            raise WrongShape(self._wire.record_id, NOT_ASKED)
        if strange := self._map.strange(record):
            names = [shown(name) for name in strange]
            raise WrongShape(", ".join(names[:5]), f"a field that the map of {self._map.contract} does not know")
        row = self._map.to_contract(record, Composer(self._units, from_iso(record.get(self._wire.changed))))
        if not _TEXTS.issuperset(map(type, row.values())):
            raise WrongShape(next(name for name, value in row.items() if type(value) not in _TEXTS), "no text")
        return tuple([value or None for value in row.values()])  # type: ignore[misc]  # each is a text, as was checked

    def frames(self, rows: Sequence[Texts | RecordRefusal]) -> Mapping[str, pl.DataFrame]:
        return {self._dataset.name: record_frame(list(self._places), rows)}


def unaskable(body: bytes, about: str) -> Sequence[RecordRefusal]:
    """The entries of a list by which no record can be asked for."""
    entries = read_document(marked(text_of(body)), "value", about)
    contents = entries.contents()
    return [
        RecordRefusal(contents[at], "value/id", "missing, or no text: its record cannot be asked for")
        for at, each in enumerate(entries.pieces or ())
        if entry_id(each.value) is None
    ]
