"""Rows of records whose fields stand at paths: in the record, or at the top of the reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from lxml import etree

from ..leaf_rows import LeafRows, Texts
from ._wsdl_plan import FieldPath

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


class PathRows:
    """Makes the row of a record: the texts at its paths, in their order; absent and empty ones are None."""

    def __init__(self, places: Sequence[FieldPath | None]) -> None:
        """A field that the service does not have has no path: its text is always None."""
        self._leaves = LeafRows([place.tags[0] if _is_leaf(place) else "" for place in places])
        self._deep = [
            (at, place.tags, place.default)
            for at, place in enumerate(places)
            if place and place.in_record and not _is_leaf(place)
        ]
        self._top = [
            (at, place.tags, place.default) for at, place in enumerate(places) if place and not place.in_record
        ]

    def __call__(self, record: etree._Element) -> Texts:
        """The row, without the fields at the top of the reply: not all of them may have come yet."""
        row = self._leaves(record)
        if not self._deep:
            return row
        texts = list(row)
        for at, tags, default in self._deep:
            texts[at] = text_below(record, tags, default)
        return tuple(texts)

    def completed(self, rows: Sequence[Texts], answer: etree._Element) -> Sequence[Texts]:
        """The rows with the fields at the top of the reply."""
        if not self._top:
            return rows
        shared = {at: text_below(answer, tags, default) for at, tags, default in self._top}
        return [tuple(shared.get(at, text) for at, text in enumerate(row)) for row in rows]


def text_below(top: etree._Element, tags: Sequence[str], default: str | None = None) -> str | None:
    """The text at a path of tags; a last step that begins with `@` is an attribute.

    `default` is the schema's: by its rules an absent attribute and an empty element have it, and an absent element or a
    nil one has none.
    """
    at: etree._Element | None = top
    for tag in tags:
        if at is None:
            return None
        if tag.startswith("@"):
            return at.get(tag[1:], default or "") or None
        at = at.find(tag)
    if at is None:
        return None
    return at.text or (default if at.get(_NIL) not in ("true", "1") else None)


def _is_leaf(place: FieldPath | None) -> TypeGuard[FieldPath]:
    """Whether the field is a child of the record, and its text is what stands there."""
    return (
        place is not None
        and place.in_record
        and place.default is None
        and len(place.tags) == 1
        and not place.tags[0].startswith("@")
    )
