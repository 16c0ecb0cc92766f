"""Rows of records whose fields stand at paths: in the record, or at the top of the reply."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from lxml import etree

from contracts.lint import portable

from ..interface import RecordRefusal
from ..leaf_rows import LeafRows, Texts
from ..wsdl.nodes import OWN_NAME, OWN_TEXT, Text
from ..xml.record_refusals import UnreadableRecord
from ._wsdl_plan import FieldPath
from ._wsdl_taken import OpenContent

_LONGEST_KNOWN = 200
"""Letters of a key that is believed of a record that cannot be read."""

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


class PathRows:
    """Makes the row of a record: the texts at its paths, in their order; absent and empty ones are None."""

    def __init__(self, places: Mapping[str, FieldPath | None], open_content: OpenContent | None = None) -> None:
        """A field that the service does not have has no path: its text is always None."""
        self._places, self._open = places, open_content
        found = list(places.values())
        self._leaves = LeafRows([place.tags[0] if _is_leaf(place) else "" for place in found])
        self._deep = [
            (at, place) for at, place in enumerate(found) if place and place.in_record and not _is_leaf(place)
        ]
        self._top = [(at, place) for at, place in enumerate(found) if place and not place.in_record]

    def __call__(self, record: etree._Element) -> Texts:
        """The row, without the fields at the top of the reply: not all of them may have come yet.

        Raises:
            UnreadableRecord: something stands in the record that the schema leaves open, and no field takes it.
        """
        if self._open is not None and (untaken := self._open.first(record)):
            raise UnreadableRecord(untaken, "NO_FIELD_TAKES_IT")
        row = self._leaves(record)
        if not self._deep:
            return row
        texts = list(row)
        for at, place in self._deep:
            texts[at] = text_below(record, place.tags, place.default, whole=place.whole)
        return tuple(texts)

    def completed(
        self, rows: Sequence[Texts | RecordRefusal], answer: etree._Element
    ) -> Sequence[Texts | RecordRefusal]:
        """The rows with the fields at the top of the reply."""
        if not self._top:
            return rows
        shared = {at: text_below(answer, place.tags, place.default, whole=place.whole) for at, place in self._top}
        return [
            row if isinstance(row, RecordRefusal) else tuple(shared.get(at, text) for at, text in enumerate(row))
            for row in rows
        ]

    def known(self, record: etree._Element, wrong: Sequence[etree._Element], names: Sequence[str]) -> dict[str, str]:
        """Those of some fields that a refused record has right: once, at their place, and as far as the schema goes."""
        found: dict[str, str] = {}
        for name in names:
            place = self._places[name]
            if place is None or not place.in_record or place.whole or place.tags[0] in (OWN_TEXT, OWN_NAME):
                continue
            text = _only_text(record, place.tags, wrong)
            if text and fits(place.kind, text):
                found[name] = text
        return found


def text_below(
    top: etree._Element, tags: Sequence[str], default: str | None = None, *, whole: bool = False
) -> str | None:
    """The text at a path of tags; a last step that begins with `@` is an attribute.

    `default` is the schema's: by its rules an absent attribute and an empty element have it, and an absent element or a
    nil one has none. `whole`: with the text of all elements in it.
    """
    at: etree._Element | None = top
    for tag in tags:
        if at is None:
            return None
        if tag == OWN_NAME:
            return etree.QName(at).localname
        if tag == OWN_TEXT:
            return "".join(filter(None, (at.text, *(each.tail for each in at)))) or None
        if tag.startswith("@"):
            return at.get(tag[1:], default or "") or None
        at = at.find(tag)
    if at is None:
        return None
    if text := "".join(map(str, at.itertext())) if whole else at.text:
        return text
    return default if len(at) == 0 and at.get(_NIL) not in ("true", "1") else None


def fits(kind: Text | None, text: str) -> bool:
    """Whether the schema may take a text: as far as a pattern, codes and a length say."""
    if kind is None or len(text) > min(kind.max_length or _LONGEST_KNOWN, _LONGEST_KNOWN):
        return False
    if kind.codes and text not in kind.codes:
        return False
    if not text.isprintable() or (kind.pattern and not portable(kind.pattern)):
        return False
    return re.fullmatch(kind.pattern, text) is not None if kind.pattern else True


def _only_text(record: etree._Element, tags: Sequence[str], wrong: Sequence[etree._Element]) -> str | None:
    """The text at a path if each step of it stands there once, and nothing is wrong with the last."""
    *above, last = tags
    at = record
    for tag in above if last.startswith("@") else tags:
        found = at.findall(re.sub(r"\[\d+\]$", "", tag))
        if len(found) != 1:
            return None
        at = found[0]
    if any(each is at for each in wrong) or (len(at) and not last.startswith("@")):
        return None
    return at.get(last[1:]) if last.startswith("@") else at.text


def _is_leaf(place: FieldPath | None) -> TypeGuard[FieldPath]:
    """Whether the field is a child of the record that comes at most once, and its text is what stands there."""
    return (
        place is not None
        and place.in_record
        and not place.whole
        and place.default is None
        and len(place.tags) == 1
        and not place.tags[0].startswith("@")
        and not place.tags[0].endswith(("]", "()"))
    )
