"""One reply of a declared listing: judged, its records cut out, and which of them cannot be read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..codes import shown as shown_code
from ..errors import Incomplete, Malformed, Refused
from .json_document import JsonDocument, Piece, read_document
from .json_envelope import Fields, Judge, Row, refuse_beside, rows_of
from .json_text import NO_JSON, text_of
from .listing_plan import ListingPlan

_MEND = "the operator of the source must mend what it sends, or the listing is declared otherwise"
_LONGEST_ADDRESS = 4000


@dataclass(frozen=True)
class ListingReply:
    """A whole reply."""

    rows: Sequence[Row]
    total: int | None
    """Records of the whole question."""
    more: bool | None
    next: str | None
    """Address of the next page."""


def at_path(value: Any, path: str) -> Any:
    """What stands at a path; None where nothing does."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def read_reply(body: bytes, plan: ListingPlan, about: str, fields: Fields, judge: Judge) -> ListingReply:
    """A reply as the plan declares it.

    Raises:
        Refused: it says that it is no answer.
        Incomplete: truncated, or its count is another than that of its records.
        Malformed: damaged, without what the plan promises, or with a list that the plan does not know; with a clause:
            damaged, and the records cannot be told apart.
    """
    document = read_document(text_of(body), plan.records, about)
    head = document.head
    _require_success(head, plan, about)
    _refuse_beside(head, plan, about)
    pieces = document.pieces
    if pieces is None:
        pieces = _empty(head, plan, about)
    total = None if plan.total is None else _number(head, plan.total, about)
    if plan.count is not None and (count := _number(head, plan.count, about)) != len(pieces):
        raise _miscounted(document, count, len(pieces), about)
    more = at_path(head, plan.more) if plan.more is not None else None
    if plan.more is not None and not isinstance(more, bool):
        raise Malformed(f"{about}: {plan.more} is neither true nor false", hint=_MEND)
    if more and not pieces:
        raise Incomplete(f"{about}: an empty page that says more will come")
    if total is not None and len(pieces) > total:
        raise Incomplete(f"{about}: the page holds more records than the {total} of the whole")
    if not document.sure and plan.count is None:
        raise Malformed(f"{about}: the JSON is damaged, and its records cannot be told apart", clause=NO_JSON)
    return ListingReply(rows_of(document, pieces, fields, judge), total, more, _next(head, plan, about))


def _require_success(head: Mapping[str, Any], plan: ListingPlan, about: str) -> None:
    if plan.success is None:
        return
    code = at_path(head, plan.success.at)
    if code is None or isinstance(code, list | dict):
        raise Malformed(f"{about}: the reply has no {plan.success.at}", hint=_MEND)
    text = str(code).lower() if isinstance(code, bool) else str(code)
    if text not in plan.success.values:
        raise Refused(
            f"{about}: the source refuses with {plan.success.at} {shown_code(text)}",
            hint=f"success is {', '.join(plan.success.values)}; ask the operator of the source",
            code=shown_code(text),
        )


def _refuse_beside(head: Mapping[str, Any], plan: ListingPlan, about: str) -> None:
    """Each level around the records may have what the plan knows, and plain values."""
    level: Any = head
    within = ""
    names = plan.records.split(".")
    for name in names:
        if not isinstance(level, dict):
            return
        known = {path[len(within) :].split(".")[0] for path in plan.beside if path.startswith(within)}
        refuse_beside(level, known | {name}, about)
        level, within = level.get(name), f"{within}{name}."


def _empty(head: Mapping[str, Any], plan: ListingPlan, about: str) -> Sequence[Piece]:
    *around, name = plan.records.split(".")
    level = at_path(head, ".".join(around)) if around else head
    if not isinstance(level, dict) or name not in level:
        raise Malformed(f"{about}: the reply has no {plan.records}; an empty list would have said so", hint=_MEND)
    if level[name] is not None:
        raise Malformed(f"{about}: {plan.records} is no list of records", hint=_MEND)
    return ()


def _number(head: Mapping[str, Any], path: str, about: str) -> int:
    value = at_path(head, path)
    if isinstance(value, bool) or not re.fullmatch("[0-9]{1,9}", str(value)):
        raise Malformed(f"{about}: the reply has no number in {path}", hint=_MEND)
    return int(value)


def _miscounted(document: JsonDocument, count: int, found: int, about: str) -> Incomplete | Malformed:
    if document.is_whole:
        return Incomplete(f"{about}: the page holds {found} records and says it holds {count}")
    return Malformed(f"{about}: the JSON is damaged, and its {count} records cannot be told apart", clause=NO_JSON)


def _next(head: Mapping[str, Any], plan: ListingPlan, about: str) -> str | None:
    value = None if plan.paging.next is None else at_path(head, plan.paging.next)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > _LONGEST_ADDRESS or not value.isprintable():
        raise Malformed(f"{about}: {plan.paging.next} is no address", hint=_MEND)
    return value
