"""Refuses regular expressions of a file whose worst case is too expensive, before an engine compiles them.

    fault("(a+)+")          'takes exponential time: one text can be read in two ways inside a repetition'
    fault("[0-9]{1000}")    'repeats something 1000 times; PostgreSQL counts to 255'

A backtracking engine (Python, and PostgreSQL in part) tries every way to match a text. Their number is exponential
exactly if one text leads from a place of the expression back to that place on two different paths (Weber and Seidl,
1991: EDA). This module decides it on the position automaton, which has a state for each character of the expression
and an edge for each way from one to the next. The engine of Polars (Rust) takes linear time but unfolds counted
repetitions, so these are limited too. We know no maintained library that does this for Python's syntax.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from contracts.regular_expressions.character_sets import Spans, meet, spans_of

# Private by name, but the only parser of exactly what `re` compiles. Its tree is the same from 3.11 to 3.13.
import re._constants as op  # type: ignore[import-not-found]  # isort: skip
import re._parser as parser  # type: ignore[import-not-found]  # isort: skip

LONGEST = 2_000
"""Most characters of an expression."""
MOST_TIMES = 255
"""Limit of a counted repetition (PostgreSQL manual, 9.7.3: DUPMAX)."""
MOST_PLACES = 2_000
"""Most characters of an expression with its counted repetitions written out."""
MOST_STEPS = 100_000
"""Most steps of the proof, about 0.1 s. An expression that needs more is refused without a proof."""

HINT = "Rewrite it so that a repeated part cannot begin with a character that it can end with: a(,a)* for (a,?)*."


class _Costly(Exception):
    """The expression is refused; the message says why."""


@cache
def fault(expression: str) -> str | None:
    """Why an expression is refused, in words for its author; None if it may be used."""
    if len(expression) > LONGEST:
        return f"is longer than {LONGEST} characters"
    try:
        re.compile(expression)
        tree = parser.parse(expression)
    except (re.error, OverflowError) as error:
        return f"is no regular expression: {error}"
    except RecursionError:
        return "is nested too deeply"
    try:
        automaton = _Automaton()
        automaton.read(tree)
        automaton.prove()
    except _Costly as error:
        return str(error)
    except RecursionError:
        return "is nested too deeply"
    return None


class _Part:
    """A part of the expression: the places where a match enters and leaves it, and whether it matches the empty text.

    Each has the number of ways to do so. Two stands for two or more, because more makes no difference.
    """

    def __init__(self, first: Counter[int] | None = None, last: Counter[int] | None = None, empty: int = 1) -> None:
        self.first, self.last, self.empty = first or Counter[int](), last or Counter[int](), min(empty, 2)


class _Automaton:
    """The positions of an expression, and the positions that may follow each."""

    def __init__(self) -> None:
        self._spans: list[Spans] = []
        self._after: list[Counter[int]] = []
        self._steps = 0

    def read(self, tree: Any) -> _Part:
        """A parsed expression as a part."""
        part = _Part()
        self._spend(1)  # even for an empty one: (((){255}){255}){255}
        for code, argument in tree:
            part = self._joined(part, self._item(code, argument))
        return part

    def prove(self) -> None:
        """Raises _Costly: one text has two paths from a place to itself, or the proof would need too many steps."""
        for ring in _rings(range(len(self._after)), self._after.__getitem__):
            within = {place: {n: ways for n, ways in self._after[place].items() if n in ring} for place in ring}
            if any(ways > 1 for after in within.values() for ways in after.values()):
                raise _Costly(EXPONENTIAL)
            pairs: dict[tuple[int, int], list[tuple[int, int]]] = {}
            waiting = [(place, place) for place in ring]
            while waiting:
                pair = waiting.pop()
                if pair in pairs:
                    continue
                pairs[pair] = []
                for one in within[pair[0]]:
                    for other in within[pair[1]]:
                        self._spend(1)
                        if one == other or meet(self._spans[one], self._spans[other]):
                            pairs[pair].append((one, other))
                            waiting.append((one, other))
            for together in _rings(pairs, pairs.__getitem__):
                if len({one == other for one, other in together}) > 1:
                    raise _Costly(EXPONENTIAL)

    def _item(self, code: Any, argument: Any) -> _Part:
        match code:
            case op.LITERAL | op.NOT_LITERAL | op.ANY | op.IN | op.RANGE | op.CATEGORY:
                return self._place(spans_of(code, argument))
            case op.SUBPATTERN:
                _, flags, _, inside = argument
                if flags:
                    raise _Costly("switches letter case or other flags inside")
                return self.read(inside)
            case op.BRANCH:
                return self._either([self.read(each) for each in argument[1]])
            case op.MAX_REPEAT | op.MIN_REPEAT | op.POSSESSIVE_REPEAT:
                return self._repeated(*argument)
            case op.ATOMIC_GROUP:
                return self.read(argument)
            case op.AT:
                return _Part()
            case op.ASSERT | op.ASSERT_NOT:
                self.read(argument[1])  # a lookaround is tried at every place; its cost is proved with the rest
                return _Part()
            case _:
                raise _Costly("refers back to a group, or depends on one")

    def _place(self, spans: Spans) -> _Part:
        if len(self._spans) == MOST_PLACES:
            raise _Costly(f"has more than {MOST_PLACES} characters once its repetitions are written out")
        self._spans.append(spans)
        self._after.append(Counter())
        here = Counter({len(self._spans) - 1: 1})
        return _Part(here, Counter(here), empty=0)

    def _repeated(self, least: int, most: Any, inside: Any) -> _Part:
        endless = most is op.MAXREPEAT
        counted = max(int(least), 0 if endless else int(most))
        if counted > MOST_TIMES:
            raise _Costly(f"repeats something {counted} times; PostgreSQL counts to {MOST_TIMES}")
        part = _Part()
        for _ in range(int(least) - 1 if endless else int(least)):
            part = self._joined(part, self.read(inside))
        if endless:
            return self._joined(part, self._again(self.read(inside), may_miss=least == 0))
        # x{1,3} is x(x(x)?)?: nested like this, each length has one way to match.
        rest = _Part()
        for _ in range(int(most) - int(least)):
            rest = self._either([self._joined(self.read(inside), rest), _Part()])
        return self._joined(part, rest)

    def _again(self, part: _Part, *, may_miss: bool) -> _Part:
        self._link(part.last, part.first)
        return _Part(part.first, part.last, part.empty + may_miss)

    def _joined(self, one: _Part, other: _Part) -> _Part:
        self._link(one.last, other.first)
        first = _summed((one.first, 1), (other.first, one.empty))
        return _Part(first, _summed((other.last, 1), (one.last, other.empty)), one.empty * other.empty)

    def _either(self, parts: list[_Part]) -> _Part:
        first = _summed(*((each.first, 1) for each in parts))
        return _Part(first, _summed(*((each.last, 1) for each in parts)), sum(each.empty for each in parts))

    def _link(self, ends: Counter[int], begins: Counter[int]) -> None:
        self._spend(len(ends) * len(begins))
        for end, out in ends.items():
            for begin, into in begins.items():
                self._after[end][begin] = min(self._after[end][begin] + out * into, 2)

    def _spend(self, steps: int) -> None:
        self._steps += steps
        if self._steps > MOST_STEPS:
            raise _Costly("is too complex to compute its cost")


EXPONENTIAL = "takes exponential time: one text can be read in two ways inside a repetition"


def _summed(*parts: tuple[Counter[int], int]) -> Counter[int]:
    total = Counter[int]()
    for part, times in parts:
        if times:
            for place, ways in part.items():
                total[place] = min(total[place] + ways * times, 2)
    return total


def _rings(nodes: Iterable[Any], after: Callable[[Any], Iterable[Any]]) -> Iterator[set[Any]]:
    """The strongly connected components (Tarjan's algorithm, without recursion).

    A node that has no path back to itself is in none.
    """
    number, low, waiting, stack = dict[Any, int](), dict[Any, int](), set[Any](), list[Any]()
    for root in nodes:
        if root in number:
            continue
        path = [(root, iter(after(root)))]
        number[root] = low[root] = len(number)
        stack.append(root)
        waiting.add(root)
        while path:
            node, following = path[-1]
            for each in following:
                if each not in number:
                    number[each] = low[each] = len(number)
                    stack.append(each)
                    waiting.add(each)
                    path.append((each, iter(after(each))))
                    break
                if each in waiting:
                    low[node] = min(low[node], number[each])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                if low[node] == number[node]:
                    ring = set(stack[stack.index(node) :]) if stack[-1] != node else {node}
                    del stack[-len(ring) :]
                    waiting -= ring
                    if len(ring) > 1 or node in set(after(node)):
                        yield ring
