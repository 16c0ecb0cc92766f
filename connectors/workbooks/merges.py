"""Merged ranges of a sheet: which value a row has from a range that begins above it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import Malformed
from .layout import letters

_REFERENCE = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^>]*?\bref\s*=\s*["']\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})["']"""
)
_MOST_AT_ONCE = 4_096


@dataclass(frozen=True)
class MergedRange:
    """A merged range; rows and columns count from 1."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def name(self) -> str:
        return f"{letters(self.left - 1)}{self.top}:{letters(self.right - 1)}{self.bottom}"


class Merges:
    """The merged ranges of a sheet, walked row by row, downwards."""

    def __init__(self, sheet: bytes, about: str) -> None:
        """`sheet` is the part's XML. Read before the rows, although it stands behind them."""
        found = [
            MergedRange(int(top), _number(left), int(bottom), _number(right))
            for left, top, right, bottom in _REFERENCE.findall(sheet)
        ]
        self._about = about
        self._coming = sorted(
            (each for each in found if each.bottom >= each.top), key=lambda each: each.top, reverse=True
        )
        self._open: list[MergedRange] = []

    def at(self, row: int) -> Mapping[int, MergedRange]:
        """Column -> the range that covers it in a row. Raises Malformed: ranges lie over one another."""
        self._open = [each for each in self._open if each.bottom >= row]
        while self._coming and self._coming[-1].top <= row:
            if (each := self._coming.pop()).bottom >= row:
                self._open.append(each)
        covered: dict[int, MergedRange] = {}
        if len(self._open) > _MOST_AT_ONCE:
            raise Malformed(
                f"{self._about}, row {row}: merged ranges lie over one another", hint="save the workbook anew"
            )
        for each in self._open:
            for column in range(each.left, min(each.right, each.left + 16_384) + 1):
                covered[column] = each
            if len(covered) > 16_384:
                raise Malformed(
                    f"{self._about}, row {row}: merged beyond the last column", hint="save the workbook anew"
                )
        return covered


def _number(column: bytes) -> int:
    number = 0
    for letter in column:
        number = number * 26 + letter - 64
    return number
