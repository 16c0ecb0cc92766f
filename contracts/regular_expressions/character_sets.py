"""Character sets of a regular expression, as spans of code points, and whether two sets overlap."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache
from typing import Any

import re._constants as op  # type: ignore[import-not-found]  # isort: skip  # see contracts/regular_expressions/patterns.py

Spans = tuple[tuple[int, int], ...]
"""Ranges of code points (first, last), both inclusive; sorted and disjoint."""
_LAST = 0x10FFFF


def meet(one: Spans, other: Spans) -> bool:
    """Whether two sets have a character in common."""
    if len(one) > len(other):
        one, other = other, one
    for first, last in one:
        at = bisect_right(other, (last, _LAST)) - 1
        if at >= 0 and other[at][1] >= first:
            return True
    return False


@cache
def _of_category(category: str) -> Spans:
    """The characters of `\\d`, `\\w` or `\\s`, as `re` itself matches them."""
    letter = {"DIGIT": "d", "WORD": "w", "SPACE": "s"}[category.rpartition("_")[2]]
    found = re.compile(rf"\{letter}+").finditer("".join(map(chr, (*range(0xD800), *range(0xE000, _LAST + 1)))))
    return _merged((ord(run[0][0]), ord(run[0][-1])) for run in found)


def spans_of(code: Any, argument: Any) -> Spans:
    """The characters that one item of a parsed regular expression matches: a letter, a class, a dot."""
    match code:
        case op.LITERAL:
            return ((argument, argument),)
        case op.NOT_LITERAL:
            return _others(((argument, argument),))
        case op.RANGE:
            return (tuple(argument),)
        case op.CATEGORY:
            spans = _of_category(str(argument))
            return _others(spans) if "_NOT_" in str(argument) else spans
        case op.IN:
            inside = _merged(
                span for each, value in argument if each is not op.NEGATE for span in spans_of(each, value)
            )
            return _others(inside) if argument[0][0] is op.NEGATE else inside
        case _:
            return ((0, _LAST),)  # a dot: in the hub's engines it matches line ends too


def _merged(spans: Iterable[tuple[int, int]]) -> Spans:
    merged = list[tuple[int, int]]()
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def _others(spans: Spans) -> Spans:
    edges = [-1, *(edge for span in spans for edge in span), _LAST + 1]
    return tuple((last + 1, first - 1) for last, first in zip(edges[::2], edges[1::2], strict=True) if last + 1 < first)
