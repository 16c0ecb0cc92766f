"""What a regular expression of a file costs at worst, before any engine is given it.

    fault("(a+)+")          'takes exponential time: one text can be read in two ways inside a repetition'
    fault("[0-9]{1000}")    'repeats something 1000 times; PostgreSQL counts to 255'

A backtracking engine (Python, and PostgreSQL in part) tries every way of reading a text. There are exponentially
many exactly when some place of the expression can be left and reached again by one text on two different paths (Weber
and Seidl, 1991: EDA). That is decided here on the position automaton: one state for each character of the expression,
an edge for each way from one to the next. Rust's engine, Polars', takes linear time but unfolds counted repetitions:
they are counted, too. No kept library does this for Python's syntax.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from contracts.character_sets import Spans, meet, spans_of

# Private in name, and the one parser that reads what `re` compiles; its tree is the same from 3.11 to 3.13.
import re._constants as op  # type: ignore[import-not-found]  # isort: skip
import re._parser as parser  # type: ignore[import-not-found]  # isort: skip

LONGEST = 2_000
"""Characters of an expression."""
MOST_TIMES = 255
"""Bound of a counted repetition (PostgreSQL manual, 9.7.3: DUPMAX)."""
MOST_PLACES = 2_000
"""Characters that an expression has once every counted repetition is written out."""
MOST_STEPS = 100_000
"""Steps of the proof, a tenth of a second or so; an expression that needs more is refused unproven."""

HINT = "Mend it; let each repetition begin with something that what is repeated cannot end with: a(,a)* for (a,?)*."


class _Costly(Exception):
    """The expression is refused; the message says why."""


def fault(expression: str) -> str | None:
    """Why an expression may not be used, in words for its author; None: it may."""
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
    """A part of the expression: the places where a text may enter and leave it, and how it may be passed by.

    Each with the number of ways, counted to two: more makes no difference.
    """

    def __init__(self, first: Counter[int] | None = None, last: Counter[int] | None = None, empty: int = 1) -> None:
        self.first, self.last, self.empty = first or Counter[int](), last or Counter[int](), min(empty, 2)


class _Automaton:
    """The positions of an expression, and what may follow each."""

    def __init__(self) -> None:
        self._spans: list[Spans] = []
        self._after: list[Counter[int]] = []
        self._steps = 0

    def read(self, tree: Any) -> _Part:
        """The part that a parsed expression is."""
        part = _Part()
        self._spend(1)  # also where there is nothing inside: (((){255}){255}){255}
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
                self.read(argument[1])  # it is tried at every place; what it costs is proved with the rest
                return _Part()
            case _:
                raise _Costly("refers back to what it matched before, or asks for it")

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
        # x{1,3} is x(x(x)?)?: written one in the other there is one way to each length.
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
    """The sets of nodes of which each can be reached from each (Tarjan, without recursion).

    A node that never returns to itself is in none.
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
