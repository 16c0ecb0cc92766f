"""The texts of the records of a valid reply, cut from its bytes: a third of the time of asking the tree for each.

The reply was parsed and validated before, so its tags are those of the schema, well nested. It is plain if it is UTF-8
and has no entity, comment, CDATA section and carriage return, no white space between its elements, no attribute in a
record and no header: then the text of a leaf is what stands between its tags. Of any other reply the tree is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from lxml import etree

from ..leaf_rows import MOST_SHAPES, Texts, row_maker

UTF_8 = "UTF-8"


class PlainRecords:
    """Cuts the records of one kind: `<outer><inner>...leaves...</inner></outer>`, all with one prefix or none."""

    def __init__(self, outer: str, inner: str, fields: Sequence[str]) -> None:
        """`outer`, `inner`: local names of the elements; `fields` those of the leaves that a row has, in its order."""
        self._outer, self._inner, self._fields = outer, inner, tuple(fields)
        self._first = re.compile(rf"<((?:[\w.-]+:)?){outer}><\1{inner}>".encode())
        self._shapes: dict[tuple[str, ...], Callable[[Sequence[str | None]], Any]] = {}

    def __call__(self, whole: etree._Element, body: bytes, records: int) -> list[Texts] | None:
        """The row of each record, in their order; None: the reply is not plain, or has not so many of this kind.

        `whole` is the envelope. An absent or empty field is None.
        """
        if len(whole) != 1 or b"&" in body or b"\r" in body or (b"!" in body and b"<!" in body):
            return None
        if (whole.getroottree().docinfo.encoding or UTF_8).upper() != UTF_8:
            return None
        if (first := self._first.search(body)) is None:
            return None
        prefix = first[1].decode()
        closes = f"</{prefix}{self._inner}></{prefix}{self._outer}>"
        each = body[first.end() : body.rfind(closes.encode())].decode().split(closes + first[0].decode())
        if len(each) != records:
            return None
        rows: list[Texts] = []
        for record in each:
            # Open tags without their ends, and texts with the close tags behind them, in turns.
            pieces = record.split(">")
            shape = tuple(pieces[:-1:2])
            row = self._shapes.get(shape) or self._learn(shape, prefix)
            if row is None:
                return None
            texts: list[str | None] = [piece.partition("<")[0] or None for piece in pieces[1::2]]
            texts.append(None)
            rows.append(row(texts))
        return rows

    def _learn(self, shape: tuple[str, ...], prefix: str) -> Callable[[Sequence[str | None]], Any] | None:
        """None: something in it is no open tag of a field, so that the texts are not where they are looked for."""
        tags = [f"<{prefix}{name}" for name in self._fields]
        if not set(shape) <= set(tags):
            return None
        if len(self._shapes) >= MOST_SHAPES:
            self._shapes.clear()
        made = self._shapes[shape] = row_maker(tags, shape)
        return made
