"""The envelope of systems around the national portal: what it promises, its records, and which of them cannot be read.

{error_code, message, count, hasMore, result: [records]}
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from contracts.logs import Logger

from ..codes import shown as shown_code
from ..errors import Incomplete, Malformed, Refused
from ..interface import RecordRefusal
from .json_document import JsonDocument, Piece, RecordList, read_document
from .json_text import NO_JSON, flaw, shown, text_of

log = Logger()

Record: TypeAlias = dict[str, Any]
Row: TypeAlias = "Record | RecordRefusal"
Judge: TypeAlias = Callable[[Record], "tuple[str, str] | None"]
"""What a dialect has against a record: place and clause, or None."""

AGREED = frozenset({"error_code", "message", "count", "hasMore", "result"})
_SUCCESS = "thành công"
_TOTALS = frozenset({"total", "totalcount", "totalrecords", "totalresults", "tongso", "tongsobanghi", "tongsohoso"})
_MORE = frozenset({"hasmore", "hasnext", "hasnextpage", "more", "next", "nextpage", "nexturl", "nextpagetoken"})
_MEND = "the operator of the source must mend what it sends"


@dataclass(frozen=True)
class Fields:
    """The names of a record's fields, as the wire has them."""

    record_id: str
    changed: str
    names: Collection[str]
    """Those that a message may show although they stand in a damaged text."""

    @property
    def key(self) -> tuple[str, str]:
        """Id and change time, which a refusal repeats where they are sure."""
        return self.record_id, self.changed


@dataclass(frozen=True)
class Envelope:
    """A successful reply whose count agrees."""

    rows: Sequence[Row]
    more: bool | None
    """Whether more records follow; None: the reply does not say."""
    total: int | None = None
    """Records of the whole question, where the source says so."""


def read_envelope(
    body: bytes, about: str, fields: Fields, judge: Judge = lambda record: None, *, strict: bool = False
) -> Envelope:
    """The envelope of a reply. `strict`: nothing may stand beside the agreed members.

    Raises:
        Refused: the source reports no success.
        Incomplete: truncated, or the count is another than that of the records.
        Malformed: damaged elsewhere, or a member that completes a page is missing or of another type; with a clause:
            damaged, and the records cannot be told apart.
    """
    document = read_document(text_of(body), "result", about)
    head = document.head
    judged(head.get("error_code"), head.get("message"), about)
    if strict and head.keys() - AGREED:
        raise Malformed(f"{about}: the reply holds more than its envelope, and nothing of it is kept", hint=_MEND)
    count, more = _count(head, about), _more(head, about)
    pieces = document.pieces
    if pieces is None:
        pieces = _empty(head, count, more, about)
    if count != len(pieces):
        raise _miscounted(document, count, len(pieces), about)
    if more and not pieces:
        raise Incomplete(f"{about}: an empty page that says more will come")
    refuse_beside(head, AGREED, about)
    return Envelope(rows_of(document, pieces, fields, judge), more, _total(head))


def judged(error_code: object, message: object, about: str) -> None:
    """Returns if both code and message report success: some systems send `0` with the message of a failure.

    Raises:
        Malformed: there is no code.
        Refused: with the source's own code, if it can be shown.
    """
    if not isinstance(error_code, str | int) or isinstance(error_code, bool):
        raise Malformed(f"{about}: the reply has no error_code", hint=_MEND)
    code = str(error_code)
    text = unicodedata.normalize("NFC", message).casefold().strip() if isinstance(message, str) else ""
    if code != "0":
        raise Refused(f"{about}: the source refuses with error_code {shown_code(code)}", code=shown_code(code))
    if text.rstrip(".!") != _SUCCESS:
        raise Refused(
            f"{about}: error_code 0 with a message that reports no success",
            hint="success is code 0 and the message «Thành công»; ask the operator of the source what it meant",
            code="0",
        )


def refuse_beside(head: Mapping[str, Any], agreed: Collection[str], about: str) -> None:
    """Refuse a list or an object beside the agreed members: nobody reads it, and it may be records. Others are logged."""
    beside = sorted(shown(name) for name in head.keys() - set(agreed))
    if held := [
        name for name, value in head.items() if name not in agreed and value and isinstance(value, dict | list)
    ]:
        raise Malformed(
            f"{about}: beside its records the reply holds {', '.join(sorted(map(shown, held)))}, which nobody reads",
            hint="a second list, or a list of deletions? The dialect must learn it, or the source leave it out",
        )
    if beside:
        _name_once(about, tuple(beside))


@cache
def _name_once(about: str, beside: tuple[str, ...]) -> None:
    """Log members that no dialect has; an envelope has the same ones on every page."""
    log.warning("page.unknown_fields", system=about, fields=list(beside[:10]), count=len(beside))


def rows_of(
    records: RecordList, pieces: Sequence[Piece], fields: Fields, judge: Judge = lambda record: None
) -> Sequence[Row]:
    """Each record, or why it cannot be read."""
    texts = records.is_suspect
    broken: dict[int, tuple[str, str]] = {}
    for number, piece in enumerate(pieces):
        if found := _broken(piece, fields, judge, texts):
            broken[number] = found
    if not broken:
        return [piece.value for piece in pieces]
    contents = records.contents()
    return [
        RecordRefusal(
            contents[number], *broken[number], _known(records, piece, contents[number], fields, broken[number][0])
        )
        if number in broken
        else piece.value
        for number, piece in enumerate(pieces)
    ]


def _broken(piece: Piece, fields: Fields, judge: Judge, texts: bool) -> tuple[str, str] | None:
    if piece.damage:
        guessed = piece.damage.clause == NO_JSON and piece.damage.place not in fields.names
        return "record" if guessed else piece.damage.place or "record", piece.damage.clause
    if not isinstance(piece.value, dict):
        return "record", "no object"
    return flaw(piece.value, texts=texts) or judge(piece.value)


def _known(records: RecordList, piece: Piece, content: bytes, fields: Fields, place: str) -> Mapping[str, str]:
    """Id and change time of a refused record, where they are sure: they occur once, and are plain texts."""
    if piece.damage is None:
        record = piece.value if isinstance(piece.value, dict) else {}
        found = {name: record.get(name) for name in fields.key}
    else:
        found = {name: records.once(content, name) for name in fields.key}
    return {
        name: text
        for name, text in found.items()
        if name != place
        and isinstance(text, str)
        and 0 < len(text) <= 100
        and text.isprintable()
        and "\ufffd" not in text
    }


def _count(head: Mapping[str, Any], about: str) -> int:
    count = head.get("count")
    if isinstance(count, str) and re.fullmatch("[0-9]{1,9}", count):
        return int(count)
    if not isinstance(count, int) or isinstance(count, bool):
        raise Malformed(f"{about}: the reply does not say by a number in count how many records it holds", hint=_MEND)
    return count


def _more(head: Mapping[str, Any], about: str) -> bool | None:
    more = head.get("hasMore", ...)
    if more is not ... and not isinstance(more, bool):
        raise Malformed(f"{about}: hasMore is neither true nor false", hint=_MEND)
    if more is not True and any(_word(name) in _MORE and value for name, value in head.items() if name != "hasMore"):
        return True
    return None if more is ... else bool(more)


def _total(head: Mapping[str, Any]) -> int | None:
    for name, value in head.items():
        if _word(name) in _TOTALS and re.fullmatch("[0-9]{1,9}", str(value)):
            return int(value)
    return None


def _word(name: str) -> str:
    return name.replace("_", "").casefold()


def _empty(head: Mapping[str, Any], count: int, more: bool | None, about: str) -> Sequence[Piece]:
    """An empty list that is written as null, as many servers do."""
    if "result" not in head:
        raise Malformed(f"{about}: the reply has no result; an empty list would have said so", hint=_MEND)
    if head["result"] is not None:
        raise Malformed(f"{about}: result is no list of records", hint=_MEND)
    if count or more:
        raise Malformed(f"{about}: result is null, and the reply says that there are records", hint=_MEND)
    return ()


def _miscounted(document: JsonDocument, count: int, found: int, about: str) -> Incomplete | Malformed:
    if document.is_whole:
        return Incomplete(f"{about}: the page holds {found} records and says it holds {count}")
    return Malformed(
        f"{about}: the JSON is damaged, and its {count} records cannot be told apart",
        hint="the operator of the source must mend the record that its JSON breaks at",
        clause=NO_JSON,
    )
