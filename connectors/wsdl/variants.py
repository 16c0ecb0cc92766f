"""What may stand in an element's place beside what is declared: substitution groups, derived types, repetitions.

A reply that uses any of them is valid by its schema, so each place that can hold a text has a path of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from lxml import etree

from ..xml.parsing import XSD

if TYPE_CHECKING:
    from .nodes import Node

_DERIVED = (f"{XSD}complexContent", f"{XSD}simpleContent")
_ANY_TYPE = "{http://www.w3.org/2001/XMLSchema}anyType"


class Variants:
    """The substitution groups and derived types of the schemas of a WSDL."""

    def __init__(
        self,
        declared: Mapping[tuple[str, str], etree._Element],
        expanded: Callable[[etree._Element, str], str],
    ) -> None:
        """`declared`: what the schemas declare globally, by kind and name; `expanded` makes `{namespace}name` of a
        prefixed name where it stands.
        """
        self._members: dict[str, list[tuple[str, etree._Element]]] = defaultdict(list)
        self._types: dict[str, list[tuple[str, etree._Element]]] = defaultdict(list)
        self._names = {id(each): name for (kind, name), each in declared.items() if kind in ("element", "complexType")}
        for (kind, name), each in declared.items():
            if kind == "element":
                for head in (each.get("substitutionGroup") or "").split():
                    self._members[expanded(each, head)].append((name, each))
            elif kind == "complexType":
                for derived in (inner for content in each.iterchildren(*_DERIVED) for inner in content):
                    if isinstance(derived.tag, str) and derived.get("base"):
                        base = expanded(derived, derived.get("base", ""))
                        if base != _ANY_TYPE:
                            self._types[base].append((name, each))

    def stand_ins(self, head: etree._Element) -> Iterator[etree._Element]:
        """The elements that may stand in the place of a global element, also by way of each other."""
        return self._all(head, self._members)

    def derived(self, type_: etree._Element) -> Iterator[etree._Element]:
        """The types that `xsi:type` may name in the place of a global type, also by way of each other."""
        return self._all(type_, self._types)

    def _all(
        self, start: etree._Element, by_name: Mapping[str, list[tuple[str, etree._Element]]]
    ) -> Iterator[etree._Element]:
        waiting, seen = [self._names.get(id(start), "")], set[str]()
        while waiting:
            name = waiting.pop(0)
            if name in seen or name not in by_name:
                continue
            seen.add(name)
            for other, each in by_name[name]:
                if other not in seen:
                    waiting.append(other)
                    yield each


def merged(one: Node, other: Node) -> Node:
    """One element that holds what either of two holds; what only one of them has is optional."""
    theirs = {each.step: each for each in other.children}
    children = [
        merged(each, theirs.pop(each.step)) if each.step in theirs else replace(each, optional=True)
        for each in one.children
    ]
    return replace(
        one,
        text=one.text if one.text is not None else other.text,
        optional=one.optional or other.optional,
        many=one.many or other.many,
        mixed=one.mixed or other.mixed or (one.text is None) != (other.text is None),
        children=(*children, *(replace(each, optional=True, needed=False) for each in theirs.values())),
    )


def extended(children: Iterable[Node], *more: Iterable[Node]) -> list[Node]:
    """The children of an element, and those that derived types add to them."""
    found = list(children)
    for each in (node for nodes in more for node in nodes):
        if all(each.step != other.step for other in found):
            found.append(replace(each, optional=True, needed=False))
    return found


def chosen(branches: Iterable[Iterable[Node]]) -> list[Node]:
    """The children that one branch of a choice may bring: an element of two branches comes once."""
    taken: list[Node] = []
    for branch in branches:
        times: Counter[str] = Counter()
        for node in branch:
            times[node.tag] += 1
            places = [at for at, other in enumerate(taken) if other.tag == node.tag]
            if len(places) >= times[node.tag]:
                place = places[times[node.tag] - 1]
                taken[place] = merged(taken[place], node)
            else:
                taken.append(node)
    return taken


def numbered(children: Iterable[Node]) -> tuple[Node, ...]:
    """The children of an element, each with a path of its own: `name[1]` and `name[2]` where a name comes again.

    The number counts the elements that come, so none of them is passed over when an optional one is absent. A name that
    may come any number of times is one list.
    """
    found = list(children)
    again = {name for name, count in Counter(each.name for each in found).items() if count > 1}
    lists = {each.tag for each in found if each.many and each.name in again}
    places: Counter[str] = Counter()
    tags: Counter[str] = Counter()
    made: list[Node] = []
    for each in found:
        if each.name not in again:
            made.append(each)
        elif each.tag in lists:
            if all(other.tag != each.tag for other in made):
                made.append(replace(each, many=True))
        else:
            places[each.name] += 1
            tags[each.tag] += 1
            made.append(replace(each, name=f"{each.name}[{places[each.name]}]", nth=tags[each.tag]))
    return tuple(made)
