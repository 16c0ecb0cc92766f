"""Rows of records whose fields stand at paths: in the record, or at the top of the reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from lxml import etree

from ..leaf_rows import LeafRows, Texts
from ._wsdl_plan import FieldPath


class PathRows:
    """Makes the row of a record: the texts at its paths, in their order; absent and empty ones are None."""

    def __init__(self, places: Sequence[FieldPath | None]) -> None:
        """A field that the service does not have has no path: its text is always None."""
        self._leaves = LeafRows([place.tags[0] if _is_leaf(place) else "" for place in places])
        self._deep = [
            (at, place.tags) for at, place in enumerate(places) if place and place.in_record and not _is_leaf(place)
        ]
        self._top = [(at, place.tags) for at, place in enumerate(places) if place and not place.in_record]

    def __call__(self, record: etree._Element) -> Texts:
        """The row, without the fields at the top of the reply: not all of them may have come yet."""
        row = self._leaves(record)
        if not self._deep:
            return row
        texts = list(row)
        for at, tags in self._deep:
            texts[at] = text_below(record, tags)
        return tuple(texts)

    def completed(self, rows: Sequence[Texts], answer: etree._Element) -> Sequence[Texts]:
        """The rows with the fields at the top of the reply."""
        if not self._top:
            return rows
        shared = {at: text_below(answer, tags) for at, tags in self._top}
        return [tuple(shared.get(at, text) for at, text in enumerate(row)) for row in rows]


def text_below(top: etree._Element, tags: Sequence[str]) -> str | None:
    """The text at a path of tags; a last step that begins with `@` is an attribute."""
    at: etree._Element | None = top
    for tag in tags:
        if tag.startswith("@"):
            return (at.get(tag[1:]) or None) if at is not None else None
        at = at.find(tag) if at is not None else None
    return (at.text or None) if at is not None else None


def _is_leaf(place: FieldPath | None) -> TypeGuard[FieldPath]:
    """Whether the field is a child of the record."""
    return place is not None and place.in_record and len(place.tags) == 1 and not place.tags[0].startswith("@")
